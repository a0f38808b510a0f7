using System;
using UnityEngine;
using UnityEngine.Experimental.Rendering;
using UnityEngine.Rendering;

namespace Ani3d
{
    /// <summary>
    /// What Gaussians are drawn into before they go over the scene: 16-bit floats, as displayed, and a depth buffer of one
    /// sample a pixel, whatever the camera's target has.
    /// </summary>
    internal sealed class PictureTargets : IDisposable
    {
        private const int DepthBits = 32;
        private RenderTexture _drawn;
        private RenderTexture _scene;

        /// <summary>Gaussians, premultiplied, as displayed; with depth.</summary>
        public RenderTexture Drawn => _drawn;

        /// <summary>The scene's colour; null where it is not asked for.</summary>
        public RenderTexture Scene => _scene;

        /// <summary>Makes targets of the size of a picture.</summary>
        /// <param name="picture">the camera's.</param>
        /// <param name="withScene">whether the scene's colour is read.</param>
        public void Reserve(in CameraPicture picture, bool withScene)
        {
            Fit(ref _drawn, picture, DepthBits, "ani3d Gaussians");
            if (withScene)
            {
                Fit(ref _scene, picture, 0, "ani3d scene");
            }
            else
            {
                Free(ref _scene);
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            Free(ref _drawn);
            Free(ref _scene);
        }

        /// <summary>One eye's slice of a target.</summary>
        public static RenderTargetIdentifier Slice(RenderTargetIdentifier target, int eye)
        {
            return new RenderTargetIdentifier(target, 0, CubemapFace.Unknown, eye);
        }

        private static void Fit(ref RenderTexture texture, in CameraPicture picture, int depthBits, string name)
        {
            var slices = picture.IsArray ? Math.Max(picture.Eyes, 1) : 1;
            var dimension = picture.IsArray ? TextureDimension.Tex2DArray : TextureDimension.Tex2D;
            if (texture != null && texture.width == picture.Width && texture.height == picture.Height
                && texture.volumeDepth == slices && texture.dimension == dimension)
            {
                return;
            }
            Free(ref texture);
            var descriptor = new RenderTextureDescriptor(picture.Width, picture.Height)
            {
                graphicsFormat = GraphicsFormat.R16G16B16A16_SFloat,
                depthBufferBits = depthBits,
                msaaSamples = 1,
                dimension = dimension,
                volumeDepth = slices,
            };
            texture = new RenderTexture(descriptor)
            {
                name = name,
                hideFlags = HideFlags.HideAndDontSave,
                filterMode = FilterMode.Point,
                wrapMode = TextureWrapMode.Clamp,
            };
        }

        private static void Free(ref RenderTexture texture)
        {
            if (texture != null)
            {
                texture.Release();
                DrawingKernels.Destroy(texture);
            }
            texture = null;
        }
    }
}
