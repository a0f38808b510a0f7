using UnityEngine;
using UnityEngine.Rendering;
using UnityEngine.Rendering.Universal;
#if UNITY_6000_0_OR_NEWER
using UnityEngine.Rendering.RenderGraphModule;
#endif

namespace Ani3d
{
    /// <summary>The pass that draws avatars: by the render graph from Unity 6 on, as a command buffer before.</summary>
    internal sealed class UniversalPass : ScriptableRenderPass
    {
        private Camera _camera;
        private int _frame;
        private int _times;

#if UNITY_6000_0_OR_NEWER
        /// <summary>Creates the pass; it reads the camera's colour, so that has to be a texture.</summary>
        public UniversalPass()
        {
            requiresIntermediateTexture = true;
        }

        /// <inheritdoc/>
        public override void RecordRenderGraph(RenderGraph renderGraph, ContextContainer frameData)
        {
            var resources = frameData.Get<UniversalResourceData>();
            var camera = frameData.Get<UniversalCameraData>();
            using (var builder = renderGraph.AddUnsafePass<PassData>("ani3d avatars", out var data))
            {
                data.Picture = PictureOf(camera.camera, camera.cameraTargetDescriptor);
                data.Picture.View = camera.GetViewMatrix(0);
                data.Picture.Projection = camera.GetProjectionMatrix(0);
                if (data.Picture.Eyes > 1)
                {
                    data.Picture.SecondView = camera.GetViewMatrix(1);
                    data.Picture.SecondProjection = camera.GetProjectionMatrix(1);
                }
                data.Picture.IsReadable = !resources.isActiveTargetBackBuffer;
                data.Picture.IsFlipped &= !resources.isActiveTargetBackBuffer;
                data.Colour = resources.activeColorTexture;
                data.Depth = resources.activeDepthTexture;
                builder.UseTexture(data.Colour, AccessFlags.ReadWrite);
                builder.UseTexture(data.Depth, AccessFlags.ReadWrite);
                if (resources.cameraDepthTexture.IsValid())
                {
                    builder.UseTexture(resources.cameraDepthTexture, AccessFlags.Read);
                }
                builder.AllowPassCulling(false);
                builder.AllowGlobalStateModification(true);
                builder.SetRenderFunc(static (PassData pass, UnsafeGraphContext context) => pass.Record(context));
            }
        }

        private sealed class PassData
        {
            public CameraPicture Picture;
            public TextureHandle Colour;
            public TextureHandle Depth;

            public void Record(UnsafeGraphContext context)
            {
                // Handles are textures only now.
                Picture.Colour = Colour;
                Picture.Depth = Depth;
                AvatarDrawing.Record(CommandBufferHelpers.GetNativeCommandBuffer(context.cmd), Picture);
            }
        }
#else
        private readonly CommandBuffer _commands = new CommandBuffer { name = "ani3d avatars" };

        /// <inheritdoc/>
        public override void Execute(ScriptableRenderContext context, ref RenderingData renderingData)
        {
            ref var camera = ref renderingData.cameraData;
            var picture = PictureOf(camera.camera, camera.cameraTargetDescriptor);
            picture.View = camera.GetViewMatrix(0);
            picture.Projection = camera.GetProjectionMatrix(0);
            if (picture.Eyes > 1)
            {
                picture.SecondView = camera.GetViewMatrix(1);
                picture.SecondProjection = camera.GetProjectionMatrix(1);
            }
            picture.IsFlipped = camera.IsCameraProjectionMatrixFlipped();
#if UNITY_2022_1_OR_NEWER
            picture.Colour = camera.renderer.cameraColorTargetHandle.nameID;
            picture.Depth = camera.renderer.cameraDepthTargetHandle.nameID;
#else
            picture.Colour = camera.renderer.cameraColorTarget;
            picture.Depth = camera.renderer.cameraDepthTarget;
#endif
            picture.IsReadable = picture.Colour != new RenderTargetIdentifier(BuiltinRenderTextureType.CameraTarget);
            _commands.Clear();
            AvatarDrawing.Record(_commands, picture);
            context.ExecuteCommandBuffer(_commands);
        }
#endif

        private CameraPicture PictureOf(Camera camera, RenderTextureDescriptor target)
        {
            var picture = CameraPicture.Of(camera, target.width, target.height);
            picture.IsArray = target.dimension == TextureDimension.Tex2DArray;
            picture.Eyes = picture.IsArray && target.volumeDepth > 1 ? 2 : 1;
            // Eyes that are rendered one after the other come as the same camera, twice in a frame.
            var isAgain = ReferenceEquals(camera, _camera) && _frame == Time.frameCount && camera.stereoEnabled;
            _times = isAgain && picture.Eyes == 1 ? 1 - _times : 0;
            (_camera, _frame) = (camera, Time.frameCount);
            picture.MultipassId = _times;
            return picture;
        }
    }
}
