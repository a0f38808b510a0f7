// UnityEngine.Rendering: package com.unity.render-pipelines.core 12.1.0, 14.0.12, 17.0.4 and 17.5.0.
using System;
using UnityEngine.Experimental.Rendering;

namespace UnityEngine.Rendering
{
    public class RTHandle
    {
        public extern RenderTexture rt { get; }
        public extern RenderTargetIdentifier nameID { get; }
        public extern string name { get; }
        public static extern implicit operator RenderTargetIdentifier(RTHandle handle);
        public static extern implicit operator Texture(RTHandle handle);
        public extern void Release();
    }

    // Arguments are named where it is called: their order differs between versions.
    public static class RTHandles
    {
        public static extern RTHandle Alloc(
            Vector2 scaleFactor, int slices = 1, DepthBits depthBufferBits = DepthBits.None,
            GraphicsFormat colorFormat = GraphicsFormat.R8G8B8A8_SRGB, FilterMode filterMode = FilterMode.Point,
            TextureWrapMode wrapMode = TextureWrapMode.Repeat, TextureDimension dimension = TextureDimension.Tex2D,
            bool enableRandomWrite = false, bool useMipMap = false, bool autoGenerateMips = true, bool isShadowMap = false,
            int anisoLevel = 1, float mipMapBias = 0, MSAASamples msaaSamples = MSAASamples.None, bool bindTextureMS = false,
            bool useDynamicScale = false, RenderTextureMemoryless memoryless = RenderTextureMemoryless.None, string name = "");
    }

    public enum DepthBits
    {
        None = 0, Depth8 = 8, Depth16 = 16, Depth24 = 24, Depth32 = 32,
    }

    public enum MSAASamples
    {
        None = 1, MSAA2x = 2, MSAA4x = 4, MSAA8x = 8,
    }

    [Flags]
    public enum ClearFlag
    {
        None = 0, Color = 1, Depth = 2, Stencil = 4, DepthStencil = 6, ColorStencil = 5, All = 7,
    }

    public static class TextureXR
    {
        public static extern int slices { get; }
        public static extern TextureDimension dimension { get; }
    }

    public static class CoreUtils
    {
        public static extern void SetRenderTarget(
            CommandBuffer cmd, RTHandle colorBuffer, RTHandle depthBuffer, ClearFlag clearFlag, Color clearColor,
            int miplevel = 0, CubemapFace cubemapFace = CubemapFace.Unknown, int depthSlice = -1);
        public static extern void SetRenderTarget(
            CommandBuffer cmd, RTHandle buffer, ClearFlag clearFlag, Color clearColor, int miplevel = 0,
            CubemapFace cubemapFace = CubemapFace.Unknown, int depthSlice = -1);
        public static extern void DrawFullScreen(
            CommandBuffer commandBuffer, Material material, MaterialPropertyBlock properties = null, int shaderPassId = 0);
    }

    public class ProfilingSampler
    {
        public extern ProfilingSampler(string name);
    }
}

#if URP_17_OR_NEWER
namespace UnityEngine.Rendering
{
    public class ContextItem : IDisposable
    {
        public extern void Dispose();
    }

    public class ContextContainer : IDisposable
    {
        public extern T Get<T>() where T : ContextItem, new();
        public extern bool Contains<T>() where T : ContextItem, new();
        public extern void Dispose();
    }

    public class UnsafeCommandBuffer
    {
    }

    public struct CommandBufferHelpers
    {
        public static extern CommandBuffer GetNativeCommandBuffer(UnsafeCommandBuffer baseBuffer);
    }
}

namespace UnityEngine.Rendering.RenderGraphModule
{
    [Flags]
    public enum AccessFlags
    {
        None = 0, Read = 1, Write = 2, Discard = 4, WriteAll = Write | Discard, ReadWrite = Read | Write,
    }

    public struct TextureHandle
    {
        public static extern TextureHandle nullHandle { get; }
        public extern bool IsValid();
        public static extern implicit operator RenderTargetIdentifier(TextureHandle texture);
        public static extern implicit operator Texture(TextureHandle texture);
        public static extern implicit operator RenderTexture(TextureHandle texture);
        public static extern implicit operator RTHandle(TextureHandle texture);
    }

    public interface IBaseRenderGraphBuilder : IDisposable
    {
        void UseTexture(in TextureHandle input, AccessFlags flags = AccessFlags.Read);
        void AllowPassCulling(bool value);
        void AllowGlobalStateModification(bool value);
    }

    public interface IUnsafeRenderGraphBuilder : IBaseRenderGraphBuilder
    {
        void SetRenderFunc<PassData>(BaseRenderFunc<PassData, UnsafeGraphContext> renderFunc) where PassData : class, new();
    }

    public delegate void BaseRenderFunc<PassData, ContextType>(PassData data, ContextType renderGraphContext)
        where PassData : class, new();

    public class UnsafeGraphContext
    {
        public UnsafeCommandBuffer cmd;
    }

    public class RenderGraph
    {
        public extern IUnsafeRenderGraphBuilder AddUnsafePass<PassData>(
            string passName, out PassData passData, string file = "", int line = 0) where PassData : class, new();
    }
}
#endif

namespace UnityEngine
{
    // Of the engine itself; here because RTHandles names it.
    [Flags]
    public enum RenderTextureMemoryless
    {
        None = 0, Color = 1, Depth = 2, MSAA = 4,
    }
}
