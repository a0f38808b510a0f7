using UnityEngine;
using UnityEngine.Rendering.Universal;

namespace Ani3d
{
    /// <summary>
    /// Says where in the frame of a renderer avatars are drawn. It is not needed: without it they are drawn before transparent
    /// things.
    /// </summary>
    public sealed class GaussianAvatarFeature : ScriptableRendererFeature
    {
        [SerializeField, Tooltip("After opaque things, whose depth is tested against.")]
        private RenderPassEvent place = RenderPassEvent.BeforeRenderingTransparents;

        /// <inheritdoc/>
        public override void Create()
        {
        }

        /// <inheritdoc/>
        public override void AddRenderPasses(ScriptableRenderer renderer, ref RenderingData renderingData)
        {
            // The renderer has it already, and sorts its passes after this.
            if (ReferenceEquals(UniversalPath.Enqueued, renderingData.cameraData.camera))
            {
                UniversalPath.Pass.renderPassEvent = place;
            }
        }
    }
}
