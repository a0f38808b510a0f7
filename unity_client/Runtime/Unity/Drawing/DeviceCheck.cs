using UnityEngine;

namespace Ani3d
{
    /// <summary>Whether this device draws avatars, and what to do where it does not.</summary>
    internal static class DeviceCheck
    {
        // Views and order, in the stage that places the corners of quads.
        private const int VertexBuffers = 2;
        private const int ComputeBuffers = 8;
        private const string OtherApi =
            "Choose Vulkan, Metal, Direct3D 11 or 12 in Project Settings > Player > Graphics APIs.";

        /// <summary>Finds kernels; what is wrong where they cannot be had, else null.</summary>
        public static RefusalException Refusal(ShaderSet shaders, ref DrawingKernels kernels)
        {
            if (shaders == null)
            {
                return Refused(
                    "no ShaderSet", "Ani3dShaders.asset of this package",
                    "Refer to it from a scene, or add it to Preloaded Assets in Project Settings > Player.");
            }
            var missing = shaders.Missing();
            if (missing != null)
            {
                return Refused($"a ShaderSet without {missing}", "all of its shaders", "Install the package again.");
            }
            if (!SystemInfo.supportsComputeShaders)
            {
                return Refused("no compute shaders", "a device that has them", OtherApi);
            }
            if (SystemInfo.maxComputeBufferInputsVertex < VertexBuffers)
            {
                return Refused(
                    $"{SystemInfo.maxComputeBufferInputsVertex} buffers in the vertex stage", $"{VertexBuffers}", OtherApi);
            }
            if (SystemInfo.maxComputeBufferInputsCompute < ComputeBuffers)
            {
                return Refused(
                    $"{SystemInfo.maxComputeBufferInputsCompute} buffers in a kernel", $"{ComputeBuffers}", OtherApi);
            }
            var found = new DrawingKernels(shaders);
            if (!found.AreUsable)
            {
                found.Dispose();
                return Refused("a kernel that it does not run", "all of them", OtherApi);
            }
            kernels = found;
            return null;
        }

        private static RefusalException Refused(string found, string expected, string fix)
        {
            return new RefusalException(
                RefusalCodes.GpuUnsupported, $"{SystemInfo.graphicsDeviceName} ({SystemInfo.graphicsDeviceType})", found,
                expected, fix);
        }
    }
}
