using UnityEngine;
using UnityEngine.Rendering;
using UnityEngine.Rendering.Universal;

namespace Ani3d
{
    /// <summary>
    /// Draws avatars in the Universal Render Pipeline: a pass is given to each camera's renderer as it begins to render, so no
    /// renderer asset has to be edited. <see cref="GaussianAvatarFeature"/> moves it to another place of the frame.
    /// </summary>
    public static class UniversalPath
    {
        private static UniversalPass s_pass;

        /// <summary>Where avatars are drawn, unless a renderer has a feature that says otherwise.</summary>
        public static RenderPassEvent Place { get; set; } = RenderPassEvent.BeforeRenderingTransparents;

        /// <summary>The camera whose renderer was given the pass; null where that was another one.</summary>
        internal static Camera Enqueued { get; private set; }

        /// <summary>The pass, for the feature.</summary>
        internal static UniversalPass Pass => s_pass ??= new UniversalPass();

        [RuntimeInitializeOnLoadMethod(RuntimeInitializeLoadType.SubsystemRegistration)]
#if UNITY_EDITOR
        [UnityEditor.InitializeOnLoadMethod]
#endif
        private static void Install()
        {
            RenderPipelineManager.beginCameraRendering -= Begin;
            RenderPipelineManager.beginCameraRendering += Begin;
            Enqueued = null;
        }

        private static void Begin(ScriptableRenderContext context, Camera camera)
        {
            Enqueued = null;
            if (AvatarDrawing.IsEmpty || !(GraphicsSettings.currentRenderPipeline is UniversalRenderPipelineAsset)
                || !AvatarDrawing.Begin(camera))
            {
                return;
            }
            Pass.renderPassEvent = Place;
            Pass.ConfigureInput(ScriptableRenderPassInput.Depth);
            var renderer = camera.GetUniversalAdditionalCameraData().scriptableRenderer;
            if (renderer != null)
            {
                renderer.EnqueuePass(Pass);
                Enqueued = camera;
            }
        }
    }
}
