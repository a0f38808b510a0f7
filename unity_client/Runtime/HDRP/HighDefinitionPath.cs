using UnityEngine;
using UnityEngine.Rendering;
using UnityEngine.Rendering.HighDefinition;

namespace Ani3d
{
    /// <summary>Draws avatars in the High Definition Render Pipeline: a custom pass for all cameras, without a volume to set up.</summary>
    public static class HighDefinitionPath
    {
        private static HighDefinitionPass s_pass;
        private static CustomPassInjectionPoint s_place = CustomPassInjectionPoint.BeforeTransparent;
#if !UNITY_6000_0_OR_NEWER
        private static CustomPassVolume s_volume;
#endif

        /// <summary>
        /// Where avatars are drawn. Before post-processing they are exposed and toned as unlit things are; after it they have
        /// the colours of the capture.
        /// </summary>
        public static CustomPassInjectionPoint Place
        {
            get => s_place;
            set
            {
                Remove();
                s_place = value;
            }
        }

        [RuntimeInitializeOnLoadMethod(RuntimeInitializeLoadType.SubsystemRegistration)]
#if UNITY_EDITOR
        [UnityEditor.InitializeOnLoadMethod]
#endif
        private static void Install()
        {
            Remove();
            RenderPipelineManager.beginCameraRendering -= Begin;
            RenderPipelineManager.beginCameraRendering += Begin;
        }

        private static void Begin(ScriptableRenderContext context, Camera camera)
        {
            var draws = !AvatarDrawing.IsEmpty && GraphicsSettings.currentRenderPipeline is HDRenderPipelineAsset;
            if (draws)
            {
                AvatarDrawing.Begin(camera);
                Add();
            }
            else if (s_pass != null)
            {
                Remove();
            }
        }

#if UNITY_6000_0_OR_NEWER
        private static void Add()
        {
            if (s_pass == null)
            {
                s_pass = new HighDefinitionPass { name = "ani3d avatars" };
                CustomPassVolume.RegisterGlobalCustomPass(s_place, s_pass);
            }
        }

        private static void Remove()
        {
            if (s_pass != null)
            {
                CustomPassVolume.UnregisterGlobalCustomPass(s_pass);
                s_pass = null;
            }
        }
#else
        private static void Add()
        {
            if (s_volume != null)
            {
                return;
            }
            var holder = new GameObject("ani3d avatars") { hideFlags = HideFlags.HideAndDontSave };
            s_volume = holder.AddComponent<CustomPassVolume>();
            s_volume.isGlobal = true;
            s_volume.injectionPoint = s_place;
            s_pass = new HighDefinitionPass { name = "ani3d avatars" };
            s_volume.customPasses.Add(s_pass);
        }

        private static void Remove()
        {
            if (s_volume != null)
            {
                var holder = s_volume.gameObject;
                if (Application.isPlaying)
                {
                    Object.Destroy(holder);
                }
                else
                {
                    Object.DestroyImmediate(holder);
                }
            }
            s_volume = null;
            s_pass = null;
        }
#endif
    }
}
