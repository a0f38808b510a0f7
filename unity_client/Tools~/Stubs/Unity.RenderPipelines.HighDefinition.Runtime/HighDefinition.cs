// UnityEngine.Rendering.HighDefinition: package com.unity.render-pipelines.high-definition 12.1.0 and 17.0.4.
using System;
using System.Collections.Generic;

namespace UnityEngine.Rendering.HighDefinition
{
    public enum CustomPassInjectionPoint
    {
        BeforeRendering = 0, BeforeTransparent = 1, BeforePostProcess = 2, AfterPostProcess = 3, BeforePreRefraction = 4,
        AfterOpaqueDepthAndNormal = 5, AfterOpaqueAndSky = 6,
    }

    public class HDRenderPipelineAsset : RenderPipelineAsset
    {
    }

    [Serializable]
    public abstract class CustomPass
    {
        public extern string name { get; set; }
        public bool enabled;
        protected virtual extern bool executeInSceneView { get; }
        protected virtual extern void Setup(ScriptableRenderContext renderContext, CommandBuffer cmd);
        protected virtual extern void Execute(CustomPassContext ctx);
        protected virtual extern void Cleanup();
    }

    public struct CustomPassContext
    {
        public readonly CommandBuffer cmd;
        public readonly HDCamera hdCamera;
        public readonly RTHandle cameraColorBuffer;
        public readonly RTHandle cameraDepthBuffer;
        public readonly MaterialPropertyBlock propertyBlock;
    }

    public class HDCamera
    {
        public Camera camera;
        public extern int actualWidth { get; }
        public extern int actualHeight { get; }
    }

    public class CustomPassVolume : MonoBehaviour
    {
        public List<CustomPass> customPasses;
        public CustomPassInjectionPoint injectionPoint;
        public extern bool isGlobal { get; set; }
#if HDRP_17_OR_NEWER
        public static extern void RegisterGlobalCustomPass(
            CustomPassInjectionPoint injectionPoint, CustomPass customPass, float priority = 0);
        public static extern void UnregisterGlobalCustomPass(CustomPass customPass);
#endif
    }
}
