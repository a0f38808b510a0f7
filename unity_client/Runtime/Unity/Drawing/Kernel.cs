using UnityEngine;
using UnityEngine.Rendering;

namespace Ani3d
{
    /// <summary>One kernel of a compute shader, and how it is dispatched.</summary>
    internal readonly struct Kernel
    {
        /// <summary>Threads of a group, of every kernel.</summary>
        public const int GroupSize = 256;

        private readonly ComputeShader _shader;
        private readonly int _index;

        /// <summary>Finds a kernel; <see cref="IsUsable"/> says whether it is there.</summary>
        public Kernel(ComputeShader shader, string name)
        {
            _shader = shader;
            IsUsable = shader.HasKernel(name);
            _index = IsUsable ? shader.FindKernel(name) : -1;
            IsUsable = IsUsable && shader.IsSupported(_index);
        }

        /// <summary>Whether this device runs it.</summary>
        public bool IsUsable { get; }

        // The command buffer's own setters alone: those of the shader would hold for all dispatches of a frame.

        /// <summary>Sets a whole number.</summary>
        public void Set(CommandBuffer commands, int name, int value)
        {
            commands.SetComputeIntParam(_shader, name, value);
        }

        /// <summary>Sets a number.</summary>
        public void Set(CommandBuffer commands, int name, float value)
        {
            commands.SetComputeFloatParam(_shader, name, value);
        }

        /// <summary>Sets four numbers.</summary>
        public void Set(CommandBuffer commands, int name, Vector4 value)
        {
            commands.SetComputeVectorParam(_shader, name, value);
        }

        /// <summary>Sets an array, always of the same length.</summary>
        public void Set(CommandBuffer commands, int name, Vector4[] values)
        {
            commands.SetComputeVectorArrayParam(_shader, name, values);
        }

        /// <summary>Sets a buffer.</summary>
        public void Set(CommandBuffer commands, int name, GraphicsBuffer buffer)
        {
            commands.SetComputeBufferParam(_shader, _index, name, buffer);
        }

        /// <summary>Runs groups.</summary>
        public void Dispatch(CommandBuffer commands, int groups)
        {
            commands.DispatchCompute(_shader, _index, groups, 1, 1);
        }

        /// <summary>Runs a thread for each of some things; nothing where there are none.</summary>
        /// <param name="commands">to be added to.</param>
        /// <param name="threads">along x.</param>
        /// <param name="rows">along y, in groups of one.</param>
        public void DispatchThreads(CommandBuffer commands, int threads, int rows = 1)
        {
            if (threads > 0 && rows > 0)
            {
                commands.DispatchCompute(_shader, _index, (threads + GroupSize - 1) / GroupSize, rows, 1);
            }
        }
    }
}
