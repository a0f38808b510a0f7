using System;
using UnityEngine;
using UnityEngine.Rendering;
using UnityEngine.Rendering.HighDefinition;

namespace Ani3d
{
    /// <summary>The pass that draws avatars. Cameras that show none, such as previews, record nothing.</summary>
    [Serializable]
    internal sealed class HighDefinitionPass : CustomPass
    {
        /// <inheritdoc/>
        protected override bool executeInSceneView => true;

        /// <inheritdoc/>
        protected override void Execute(CustomPassContext ctx)
        {
            var camera = ctx.hdCamera.camera;
            if (!AvatarDrawing.Begin(camera))
            {
                return;
            }
            // Absolute matrices: the pipeline's own are relative to the camera.
            var picture = CameraPicture.Of(camera, ctx.hdCamera.actualWidth, ctx.hdCamera.actualHeight);
            picture.IsArray = TextureXR.dimension == TextureDimension.Tex2DArray;
            if (camera.stereoEnabled && picture.IsArray && TextureXR.slices > 1)
            {
                picture.SeeWithBothEyes();
            }
            picture.Colour = ctx.cameraColorBuffer;
            picture.Depth = ctx.cameraDepthBuffer;
            AvatarDrawing.Record(ctx.cmd, picture);
        }
    }
}
