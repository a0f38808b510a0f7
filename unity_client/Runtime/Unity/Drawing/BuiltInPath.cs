using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Rendering;
using UnityEngine.XR;

namespace Ani3d
{
    /// <summary>The built-in render pipeline: a command buffer on each camera, recorded before it culls.</summary>
    internal static class BuiltInPath
    {
        private const CameraEvent Place = CameraEvent.BeforeForwardAlpha;
        private static readonly Dictionary<Camera, CommandBuffer> s_buffers = new Dictionary<Camera, CommandBuffer>();
        private static readonly HashSet<Camera> s_forced = new HashSet<Camera>();
        private static readonly HashSet<Camera> s_deep = new HashSet<Camera>();
        private static readonly List<Camera> s_gone = new List<Camera>();
        private static bool s_isInstalled;

        /// <summary>Listens to cameras.</summary>
        public static void Install()
        {
            if (!s_isInstalled)
            {
                Camera.onPreCull += Record;
                s_isInstalled = true;
            }
        }

        /// <summary>Takes everything from the cameras that it was given.</summary>
        public static void Remove()
        {
            Camera.onPreCull -= Record;
            s_isInstalled = false;
            foreach (var pair in s_buffers)
            {
                if (pair.Key != null)
                {
                    pair.Key.RemoveCommandBuffer(Place, pair.Value);
                }
                pair.Value.Release();
            }
            foreach (var camera in s_forced)
            {
                if (camera != null)
                {
                    camera.forceIntoRenderTexture = false;
                }
            }
            foreach (var camera in s_deep)
            {
                if (camera != null)
                {
                    camera.depthTextureMode &= ~DepthTextureMode.Depth;
                }
            }
            s_buffers.Clear();
            s_forced.Clear();
            s_deep.Clear();
        }

        private static void Record(Camera camera)
        {
            s_buffers.TryGetValue(camera, out var commands);
            commands?.Clear();
            if (GraphicsSettings.currentRenderPipeline != null || !AvatarDrawing.Begin(camera))
            {
                return;
            }
            if (commands == null)
            {
                commands = new CommandBuffer { name = "ani3d" };
                camera.AddCommandBuffer(Place, commands);
                ForgetDestroyed();
                s_buffers.Add(camera, commands);
            }
            // Depth is tested against the depth texture: a target's own may have several samples a pixel.
            if ((camera.depthTextureMode & DepthTextureMode.Depth) == 0)
            {
                camera.depthTextureMode |= DepthTextureMode.Depth;
                s_deep.Add(camera);
            }
            if (!camera.forceIntoRenderTexture && camera.targetTexture == null)
            {
                // A screen's own target cannot be read, and lies the other way up than every texture.
                camera.forceIntoRenderTexture = true;
                s_forced.Add(camera);
            }
            AvatarDrawing.Record(commands, PictureOf(camera));
        }

        private static void ForgetDestroyed()
        {
            s_gone.Clear();
            foreach (var pair in s_buffers)
            {
                if (pair.Key == null)
                {
                    pair.Value.Release();
                    s_gone.Add(pair.Key);
                }
            }
            foreach (var camera in s_gone)
            {
                s_buffers.Remove(camera);
                s_forced.Remove(camera);
                s_deep.Remove(camera);
            }
        }

        private static CameraPicture PictureOf(Camera camera)
        {
            var picture = CameraPicture.Of(camera, camera.scaledPixelWidth, camera.scaledPixelHeight);
            picture.Colour = BuiltinRenderTextureType.CameraTarget;
            picture.Depth = BuiltinRenderTextureType.CameraTarget;
            if (!camera.stereoEnabled)
            {
                return picture;
            }
            var eyes = XRSettings.eyeTextureDesc;
            picture.Width = eyes.width;
            picture.Height = eyes.height;
            if (eyes.dimension == TextureDimension.Tex2DArray)
            {
                picture.IsArray = true;
                picture.SeeWithBothEyes();
            }
            else
            {
                var right = camera.stereoActiveEye == Camera.MonoOrStereoscopicEye.Right;
                var eye = right ? Camera.StereoscopicEye.Right : Camera.StereoscopicEye.Left;
                picture.MultipassId = right ? 1 : 0;
                picture.View = camera.GetStereoViewMatrix(eye);
                picture.Projection = camera.GetStereoProjectionMatrix(eye);
            }
            return picture;
        }
    }
}
