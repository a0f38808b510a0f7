// UnityEngine and UnityEngine.Rendering: cameras, command buffers, pipelines. ALL unless said.
using System;
using System.Collections.Generic;
using Unity.Collections;
using UnityEngine.Experimental.Rendering;
using UnityEngine.Rendering;

namespace UnityEngine
{
    [Flags]
    public enum CameraType
    {
        Game = 1, SceneView = 2, Preview = 4, VR = 8, Reflection = 16,
    }

    public enum CameraClearFlags
    {
        Skybox = 1, SolidColor = 2, Depth = 3, Nothing = 4,
    }

    [Flags]
    public enum DepthTextureMode
    {
        None = 0, Depth = 1, DepthNormals = 2, MotionVectors = 4,
    }

    public sealed class Camera : Behaviour
    {
        public enum StereoscopicEye
        {
            Left, Right,
        }

        public enum MonoOrStereoscopicEye
        {
            Left, Right, Mono,
        }

        public delegate void CameraCallback(Camera cam);

        public static CameraCallback onPreCull;
        public static CameraCallback onPreRender;
        public static CameraCallback onPostRender;

        public static extern Camera main { get; }
        public static extern Camera current { get; }
        public static extern int allCamerasCount { get; }
        public static extern int GetAllCameras(Camera[] cameras);
        public extern CameraType cameraType { get; set; }
        public extern CameraClearFlags clearFlags { get; set; }
        public extern Color backgroundColor { get; set; }
        public extern int cullingMask { get; set; }
        public extern bool orthographic { get; set; }
        public extern float orthographicSize { get; set; }
        public extern float fieldOfView { get; set; }
        public extern float aspect { get; set; }
        public extern float nearClipPlane { get; set; }
        public extern float farClipPlane { get; set; }
        public extern int pixelWidth { get; }
        public extern int pixelHeight { get; }
        public extern int scaledPixelWidth { get; }
        public extern int scaledPixelHeight { get; }
        public extern bool allowHDR { get; set; }
        public extern bool allowMSAA { get; set; }
        public extern bool forceIntoRenderTexture { get; set; }
        public extern bool stereoEnabled { get; }
        public extern MonoOrStereoscopicEye stereoActiveEye { get; }
        public extern DepthTextureMode depthTextureMode { get; set; }
        public extern RenderTexture targetTexture { get; set; }
        public extern RenderTexture activeTexture { get; }
        public extern Matrix4x4 worldToCameraMatrix { get; set; }
        public extern Matrix4x4 cameraToWorldMatrix { get; }
        public extern Matrix4x4 projectionMatrix { get; set; }
        public extern Matrix4x4 nonJitteredProjectionMatrix { get; set; }
        public extern Matrix4x4 GetStereoViewMatrix(StereoscopicEye eye);
        public extern Matrix4x4 GetStereoProjectionMatrix(StereoscopicEye eye);
        public extern void AddCommandBuffer(CameraEvent evt, CommandBuffer buffer);
        public extern void RemoveCommandBuffer(CameraEvent evt, CommandBuffer buffer);
    }

    public struct RenderParams
    {
        public extern RenderParams(Material mat);
        public extern int layer { get; set; }
        public extern Bounds worldBounds { get; set; }
        public extern Camera camera { get; set; }
        public extern MaterialPropertyBlock matProps { get; set; }
        public extern ShadowCastingMode shadowCastingMode { get; set; }
        public extern bool receiveShadows { get; set; }
        public extern Material material { get; set; }
    }

    public class Graphics
    {
        public static extern void ExecuteCommandBuffer(CommandBuffer buffer);
        public static extern void CopyBuffer(GraphicsBuffer source, GraphicsBuffer dest);
        public static extern void RenderPrimitives(
            in RenderParams rparams, MeshTopology topology, int vertexCount, int instanceCount = 1);
    }

    public class Renderer : Component
    {
        public extern bool enabled { get; set; }
        public extern bool isVisible { get; }
        public extern Bounds bounds { get; }
        public extern Material material { get; set; }
        public extern Material sharedMaterial { get; set; }
        public extern ShadowCastingMode shadowCastingMode { get; set; }
        public extern bool receiveShadows { get; set; }
        public extern void SetPropertyBlock(MaterialPropertyBlock properties);
    }

    public class MeshRenderer : Renderer
    {
    }

    public sealed class MeshFilter : Component
    {
        public extern Mesh mesh { get; set; }
        public extern Mesh sharedMesh { get; set; }
    }

    public class SkinnedMeshRenderer : Renderer
    {
        public extern Mesh sharedMesh { get; set; }
        public extern Transform[] bones { get; set; }
        public extern Transform rootBone { get; set; }
    }

    public enum LightType
    {
        Spot = 0, Directional = 1, Point = 2,
    }

    public sealed class Light : Behaviour
    {
        public extern LightType type { get; set; }
        public extern float intensity { get; set; }
        public extern Color color { get; set; }
    }

    public sealed class LightProbes : Object
    {
        public static event Action tetrahedralizationCompleted
        {
            add { }
            remove { }
        }

        public static extern void GetInterpolatedProbe(Vector3 position, Renderer renderer, out SphericalHarmonicsL2 probe);
    }
}

namespace UnityEngine.Experimental.Rendering
{
    public enum GraphicsFormat
    {
        None = 0, R8G8B8A8_SRGB = 4, R8G8B8A8_UNorm = 8, R16G16B16A16_SFloat = 48, R32G32B32A32_SFloat = 52,
    }

#if UNITY_6000_0_OR_NEWER
    public enum GraphicsFormatUsage
    {
        Sample = 1, Linear = 2, Sparse = 4, Render = 16, Blend = 32, LoadStore = 256,
    }
#else
    public enum FormatUsage
    {
        Sample = 0, Linear = 1, Sparse = 2, Render = 4, Blend = 5, LoadStore = 8,
    }
#endif
}

namespace UnityEngine.Rendering
{
    public enum TextureDimension
    {
        Unknown = -1, None = 0, Any = 1, Tex2D = 2, Tex3D = 3, Cube = 4, Tex2DArray = 5,
    }

    public enum GraphicsDeviceType
    {
        Direct3D11 = 2, Null = 4, OpenGLES2 = 8, OpenGLES3 = 11, Metal = 16, OpenGLCore = 17, Direct3D12 = 18, Vulkan = 21,
#if UNITY_6000_0_OR_NEWER
        WebGPU = 28,
#endif
    }

    public enum CameraEvent
    {
        BeforeDepthTexture = 0, AfterDepthTexture = 1, BeforeForwardOpaque = 10, AfterForwardOpaque = 11, BeforeImageEffects = 18,
        AfterEverything = 20, BeforeForwardAlpha = 27, AfterForwardAlpha = 28, AfterSkybox = 15, BeforeSkybox = 14,
    }

    public enum ShadowCastingMode
    {
        Off = 0, On = 1, TwoSided = 2, ShadowsOnly = 3,
    }

    public enum BuiltinRenderTextureType
    {
        None = 0, CurrentActive = 1, CameraTarget = 2, Depth = 3,
    }

    public enum RenderBufferLoadAction
    {
        Load = 0, Clear = 1, DontCare = 2,
    }

    public enum RenderBufferStoreAction
    {
        Store = 0, Resolve = 1, StoreAndResolve = 2, DontCare = 3,
    }

    public enum CubemapFace
    {
        Unknown = -1, PositiveX = 0,
    }

    [Flags]
    public enum RTClearFlags
    {
        None = 0, Color = 1, Depth = 2, Stencil = 4, All = 7, DepthStencil = 6, ColorDepth = 3, ColorStencil = 5,
    }

    public enum IndexFormat
    {
        UInt16, UInt32,
    }

    public struct RenderTargetIdentifier
    {
        public extern RenderTargetIdentifier(BuiltinRenderTextureType type);
        public extern RenderTargetIdentifier(int nameID);
        public extern RenderTargetIdentifier(Texture tex);
        public extern RenderTargetIdentifier(
            RenderTargetIdentifier renderTargetIdentifier, int mipLevel, CubemapFace cubeFace, int depthSlice);
        public const int AllDepthSlices = -1;
        public static extern bool operator ==(RenderTargetIdentifier lhs, RenderTargetIdentifier rhs);
        public static extern bool operator !=(RenderTargetIdentifier lhs, RenderTargetIdentifier rhs);
        public static extern implicit operator RenderTargetIdentifier(BuiltinRenderTextureType type);
        public static extern implicit operator RenderTargetIdentifier(int nameID);
        public static extern implicit operator RenderTargetIdentifier(Texture tex);
    }

    public class CommandBuffer : IDisposable
    {
        public extern CommandBuffer();
        public extern string name { get; set; }
        public extern void Clear();
        public extern void Release();
        public extern void Dispose();
        public extern void BeginSample(string name);
        public extern void EndSample(string name);
        public extern void SetComputeIntParam(ComputeShader computeShader, int nameID, int val);
        public extern void SetComputeIntParams(ComputeShader computeShader, int nameID, params int[] values);
        public extern void SetComputeFloatParam(ComputeShader computeShader, int nameID, float val);
        public extern void SetComputeFloatParams(ComputeShader computeShader, int nameID, params float[] values);
        public extern void SetComputeVectorParam(ComputeShader computeShader, int nameID, Vector4 val);
        public extern void SetComputeVectorArrayParam(ComputeShader computeShader, int nameID, Vector4[] values);
        public extern void SetComputeMatrixParam(ComputeShader computeShader, int nameID, Matrix4x4 val);
        public extern void SetComputeMatrixArrayParam(ComputeShader computeShader, int nameID, Matrix4x4[] values);
        public extern void SetComputeBufferParam(ComputeShader computeShader, int kernelIndex, int nameID, GraphicsBuffer buffer);
        public extern void SetComputeConstantBufferParam(
            ComputeShader computeShader, int nameID, GraphicsBuffer buffer, int offset, int size);
        public extern void DispatchCompute(
            ComputeShader computeShader, int kernelIndex, int threadGroupsX, int threadGroupsY, int threadGroupsZ);
        public extern void DispatchCompute(
            ComputeShader computeShader, int kernelIndex, GraphicsBuffer indirectBuffer, uint argsOffset);
        public extern void SetBufferData(GraphicsBuffer buffer, Array data);
        public extern void SetBufferData(
            GraphicsBuffer buffer, Array data, int managedBufferStartIndex, int graphicsBufferStartIndex, int count);
        public extern void CopyBuffer(GraphicsBuffer source, GraphicsBuffer dest);
        public extern void GetTemporaryRT(int nameID, RenderTextureDescriptor desc);
        public extern void GetTemporaryRT(int nameID, RenderTextureDescriptor desc, FilterMode filter);
        public extern void GetTemporaryRT(
            int nameID, int width, int height, int depthBuffer, FilterMode filter, GraphicsFormat format);
        public extern void ReleaseTemporaryRT(int nameID);
        public extern void SetRenderTarget(RenderTargetIdentifier rt);
        public extern void SetRenderTarget(RenderTargetIdentifier color, RenderTargetIdentifier depth);
        public extern void SetRenderTarget(
            RenderTargetIdentifier color, RenderTargetIdentifier depth, int mipLevel, CubemapFace cubemapFace, int depthSlice);
        public extern void SetViewport(Rect pixelRect);
        public extern void ClearRenderTarget(bool clearDepth, bool clearColor, Color backgroundColor);
        public extern void ClearRenderTarget(RTClearFlags clearFlags, Color backgroundColor, float depth, uint stencil);
        public extern void SetGlobalTexture(int nameID, RenderTargetIdentifier value);
        public extern void SetGlobalVector(int nameID, Vector4 value);
        public extern void SetGlobalInt(int nameID, int value);
        public extern void SetGlobalInteger(int nameID, int value);
        public extern void SetGlobalFloat(int nameID, float value);
        public extern void SetGlobalBuffer(int nameID, GraphicsBuffer value);
        public extern void SetInstanceMultiplier(uint multiplier);
        public extern void EnableShaderKeyword(string keyword);
        public extern void DisableShaderKeyword(string keyword);
        public extern void DrawProcedural(
            Matrix4x4 matrix, Material material, int shaderPass, MeshTopology topology, int vertexCount, int instanceCount,
            MaterialPropertyBlock properties);
        public extern void DrawProcedural(
            Matrix4x4 matrix, Material material, int shaderPass, MeshTopology topology, int vertexCount, int instanceCount);
        public extern void DrawProcedural(
            Matrix4x4 matrix, Material material, int shaderPass, MeshTopology topology, int vertexCount);
        public extern void DrawProceduralIndirect(
            Matrix4x4 matrix, Material material, int shaderPass, MeshTopology topology, GraphicsBuffer bufferWithArgs,
            int argsOffset, MaterialPropertyBlock properties);
        public extern void DrawProceduralIndirect(
            Matrix4x4 matrix, Material material, int shaderPass, MeshTopology topology, GraphicsBuffer bufferWithArgs,
            int argsOffset);
    }

    public struct ScriptableRenderContext
    {
        public extern void ExecuteCommandBuffer(CommandBuffer commandBuffer);
        public extern void Submit();
    }

    public abstract class RenderPipelineAsset : ScriptableObject
    {
    }

    public sealed class GraphicsSettings : Object
    {
        public static extern RenderPipelineAsset currentRenderPipeline { get; }
        public static extern RenderPipelineAsset defaultRenderPipeline { get; set; }
#if UNITY_6000_0_OR_NEWER
        public static extern T GetRenderPipelineSettings<T>() where T : class, IRenderPipelineGraphicsSettings;
#endif
    }

#if UNITY_6000_0_OR_NEWER
    public interface IRenderPipelineGraphicsSettings
    {
    }
#endif

    public static class RenderPipelineManager
    {
        public static event Action<ScriptableRenderContext, Camera> beginCameraRendering
        {
            add { }
            remove { }
        }

        public static event Action<ScriptableRenderContext, Camera> endCameraRendering
        {
            add { }
            remove { }
        }

        public static event Action<ScriptableRenderContext, List<Camera>> beginContextRendering
        {
            add { }
            remove { }
        }

        public static event Action<ScriptableRenderContext, List<Camera>> endContextRendering
        {
            add { }
            remove { }
        }

        public static event Action activeRenderPipelineTypeChanged
        {
            add { }
            remove { }
        }
    }

    public struct SphericalHarmonicsL2
    {
        public extern float this[int rgb, int coefficient] { get; set; }
        public extern void Evaluate(Vector3[] directions, Color[] results);
    }
}

namespace Unity.Profiling
{
    public struct ProfilerMarker
    {
        public extern ProfilerMarker(string name);
        public extern void Begin();
        public extern void End();
        public extern AutoScope Auto();

        public struct AutoScope : IDisposable
        {
            public extern void Dispose();
        }
    }
}
