using UnityEngine;
using UnityEngine.Rendering;

namespace Ani3d
{
    /// <summary>What a render path says about one camera: how it sees, and where its picture goes.</summary>
    public struct CameraPicture
    {
        /// <summary>The camera.</summary>
        public Camera Camera;

        /// <summary>Number of the pass of a camera that renders its eyes one after the other; 0 otherwise.</summary>
        public int MultipassId;

        /// <summary>Eyes of this pass, 1 or 2.</summary>
        public int Eyes;

        /// <summary>World to eye as Unity has it, of the first eye.</summary>
        public Matrix4x4 View;

        /// <summary>Projection as Camera.projectionMatrix has it, of the first eye.</summary>
        public Matrix4x4 Projection;

        /// <summary>World to eye of the second eye.</summary>
        public Matrix4x4 SecondView;

        /// <summary>Projection of the second eye.</summary>
        public Matrix4x4 SecondProjection;

        /// <summary>Colour of the camera's target.</summary>
        public RenderTargetIdentifier Colour;

        /// <summary>Depth of the camera's target: bound together with colour when all is done.</summary>
        public RenderTargetIdentifier Depth;

        /// <summary>Pixels that the camera really renders.</summary>
        public int Width;

        /// <summary>Pixels that the camera really renders.</summary>
        public int Height;

        /// <summary>Whether target and depth texture are arrays with a slice for each eye, as HDRP always has them.</summary>
        public bool IsArray;

        /// <summary>
        /// Whether the first row of the target is the lowest of the picture, as in every texture of Direct3D, Metal and Vulkan.
        /// </summary>
        public bool IsFlipped;

        /// <summary>Whether the target's colour can be read, which a screen's own cannot.</summary>
        public bool IsReadable;

        /// <summary>The picture of a camera without stereo.</summary>
        public static CameraPicture Of(Camera camera, int width, int height)
        {
            return new CameraPicture
            {
                Camera = camera,
                Eyes = 1,
                View = camera.worldToCameraMatrix,
                Projection = camera.projectionMatrix,
                Width = width,
                Height = height,
                IsFlipped = SystemInfo.graphicsUVStartsAtTop,
                IsReadable = true,
            };
        }

        /// <summary>Sees with both eyes of a headset at once.</summary>
        public void SeeWithBothEyes()
        {
            Eyes = 2;
            View = Camera.GetStereoViewMatrix(Camera.StereoscopicEye.Left);
            Projection = Camera.GetStereoProjectionMatrix(Camera.StereoscopicEye.Left);
            SecondView = Camera.GetStereoViewMatrix(Camera.StereoscopicEye.Right);
            SecondProjection = Camera.GetStereoProjectionMatrix(Camera.StereoscopicEye.Right);
        }

        /// <summary>Whether the numbers that Gaussians are seen by are those of another picture.</summary>
        internal bool SeesAs(in CameraPicture other)
        {
            return Eyes == other.Eyes && Width == other.Width && Height == other.Height && View.Equals(other.View)
                && Projection.Equals(other.Projection)
                && (Eyes == 1 || (SecondView.Equals(other.SecondView) && SecondProjection.Equals(other.SecondProjection)));
        }
    }
}
