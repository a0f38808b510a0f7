// UnityEngine.Rendering.Universal: package com.unity.render-pipelines.universal 12.1.0, 14.0.12, 17.0.4 and 17.5.0.
using System;
#if URP_17_OR_NEWER
using UnityEngine.Rendering.RenderGraphModule;
#endif

namespace UnityEngine.Rendering.Universal
{
    public enum RenderPassEvent
    {
        BeforeRendering = 0, AfterRenderingPrePasses = 200, AfterRenderingOpaques = 300, AfterRenderingSkybox = 400,
        BeforeRenderingTransparents = 450, AfterRenderingTransparents = 500, BeforeRenderingPostProcessing = 550,
        AfterRenderingPostProcessing = 600, AfterRendering = 1000,
    }

    [Flags]
    public enum ScriptableRenderPassInput
    {
        None = 0, Depth = 1, Normal = 2, Color = 4, Motion = 8,
    }

    public abstract class ScriptableRenderPass
    {
        public extern RenderPassEvent renderPassEvent { get; set; }
        public extern void ConfigureInput(ScriptableRenderPassInput passInput);
        public virtual extern void OnCameraCleanup(CommandBuffer cmd);
#if URP_17_OR_NEWER
        public extern bool requiresIntermediateTexture { get; set; }
        public virtual extern void RecordRenderGraph(RenderGraph renderGraph, ContextContainer frameData);
#endif
#if !URP_17_OR_NEWER
        public abstract void Execute(ScriptableRenderContext context, ref RenderingData renderingData);
        public virtual extern void OnCameraSetup(CommandBuffer cmd, ref RenderingData renderingData);
        public virtual extern void Configure(CommandBuffer cmd, RenderTextureDescriptor cameraTextureDescriptor);
#elif !URP_17_5_OR_NEWER
        // Warnings, and used with the render graph off alone.
        [Obsolete]
        public virtual extern void Execute(ScriptableRenderContext context, ref RenderingData renderingData);
        [Obsolete]
        public virtual extern void OnCameraSetup(CommandBuffer cmd, ref RenderingData renderingData);
        [Obsolete]
        public virtual extern void Configure(CommandBuffer cmd, RenderTextureDescriptor cameraTextureDescriptor);
#endif
#if URP_14_OR_NEWER && !URP_17_OR_NEWER
        public extern void ConfigureTarget(RTHandle colorAttachment);
        public extern void ConfigureTarget(RTHandle colorAttachment, RTHandle depthAttachment);
#elif !URP_14_OR_NEWER
        public extern void ConfigureTarget(RenderTargetIdentifier colorAttachment);
        public extern void ConfigureTarget(RenderTargetIdentifier colorAttachment, RenderTargetIdentifier depthAttachment);
#endif
    }

    public abstract class ScriptableRendererFeature : ScriptableObject, IDisposable
    {
        public extern bool isActive { get; }
        public abstract void Create();
        public abstract void AddRenderPasses(ScriptableRenderer renderer, ref RenderingData renderingData);
        protected virtual extern void Dispose(bool disposing);
        public extern void Dispose();
#if URP_14_OR_NEWER && !URP_17_OR_NEWER
        public virtual extern void SetupRenderPasses(ScriptableRenderer renderer, in RenderingData renderingData);
#endif
    }

    public abstract class ScriptableRenderer : IDisposable
    {
        public extern void EnqueuePass(ScriptableRenderPass pass);
        public extern void Dispose();
#if URP_14_OR_NEWER && !URP_17_OR_NEWER
        public extern RTHandle cameraColorTargetHandle { get; }
        public extern RTHandle cameraDepthTargetHandle { get; }
#elif !URP_14_OR_NEWER
        public extern RenderTargetIdentifier cameraColorTarget { get; }
        public extern RenderTargetIdentifier cameraDepthTarget { get; }
#endif
    }

    public struct RenderingData
    {
#if !URP_17_5_OR_NEWER
        public CameraData cameraData;
#else
        public extern ref CameraData cameraData { get; }
#endif
    }

    public class UniversalRenderPipelineAsset : RenderPipelineAsset
    {
    }

    public struct CameraData
    {
        public Camera camera;
        public RenderTextureDescriptor cameraTargetDescriptor;
        public ScriptableRenderer renderer;
        public extern CameraType cameraType { get; }
        public extern Matrix4x4 GetViewMatrix(int viewIndex = 0);
        public extern Matrix4x4 GetProjectionMatrix(int viewIndex = 0);
#if !URP_17_OR_NEWER
        public extern bool IsCameraProjectionMatrixFlipped();
#endif
    }

    public class UniversalAdditionalCameraData : MonoBehaviour
    {
        public extern ScriptableRenderer scriptableRenderer { get; }
    }

    public static class CameraExtensions
    {
        public static extern UniversalAdditionalCameraData GetUniversalAdditionalCameraData(this Camera camera);
    }

#if URP_17_OR_NEWER
    public class UniversalResourceData : ContextItem
    {
        public extern TextureHandle activeColorTexture { get; }
        public extern TextureHandle activeDepthTexture { get; }
        public extern TextureHandle cameraDepthTexture { get; }
        public extern bool isActiveTargetBackBuffer { get; }
    }

    public class UniversalCameraData : ContextItem
    {
        public Camera camera;
        public RenderTextureDescriptor cameraTargetDescriptor;
        public CameraType cameraType;
        public extern Matrix4x4 GetViewMatrix(int viewIndex = 0);
        public extern Matrix4x4 GetProjectionMatrix(int viewIndex = 0);
    }

    public class UniversalRenderer : ScriptableRenderer
    {
        public static extern TextureHandle CreateRenderGraphTexture(
            RenderGraph renderGraph, RenderTextureDescriptor desc, string name, bool clear,
            FilterMode filterMode = FilterMode.Point, TextureWrapMode wrapMode = TextureWrapMode.Clamp);
    }
#endif
}
