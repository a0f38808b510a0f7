using System;
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Rendering;

namespace Ani3d
{
    /// <summary>
    /// All avatars that may be drawn, and the cameras that draw them. A render path asks <see cref="Begin"/> before a camera
    /// renders, and <see cref="Record"/> where the picture goes over the scene. Main thread alone.
    /// </summary>
    public static class AvatarDrawing
    {
        private const CameraType Drawn = CameraType.Game | CameraType.SceneView | CameraType.VR;
        private const int FramesUntilForgotten = 120;
        private static readonly List<IDrawnAvatar> s_avatars = new List<IDrawnAvatar>();
        private static readonly List<DrawnAvatar> s_drawn = new List<DrawnAvatar>();
        private static readonly Dictionary<CameraKey, CameraDrawing> s_cameras = new Dictionary<CameraKey, CameraDrawing>();
        private static readonly List<CameraKey> s_gone = new List<CameraKey>();
        private static LevelWish[] s_wishes = new LevelWish[16];
        private static CommandBuffer s_commands;
        private static DrawingKernels s_kernels;
        private static ShaderSet s_refused;
        private static int s_frame = -1;
        private static readonly PathWatch s_watch = new PathWatch();

        /// <summary>What holds for all avatars.</summary>
        public static DrawingSettings Settings { get; private set; } = new DrawingSettings();

        /// <summary>Whether there is nothing to draw.</summary>
        public static bool IsEmpty => s_avatars.Count == 0;

        /// <summary>Why this device draws no avatars; null where it does, or nothing was drawn yet.</summary>
        public static RefusalException Refusal { get; private set; }

        /// <summary>Gaussians of all avatars at the levels that were chosen last.</summary>
        public static long ChosenGaussians { get; private set; }

        /// <summary>Cameras that have buffers.</summary>
        internal static int CameraCount => s_cameras.Count;

        /// <summary>
        /// Before a camera renders: brings avatars up to date, once a frame. False where this camera shows none: previews and
        /// reflections do not.
        /// </summary>
        public static bool Begin(Camera camera)
        {
            if (s_avatars.Count == 0 || camera == null || (camera.cameraType & Drawn) == 0 || !HasKernels())
            {
                return false;
            }
            Prepare(camera);
            s_watch.Begun(Time.frameCount, s_drawn.Count > 0);
            return s_drawn.Count > 0;
        }

        /// <summary>Records all avatars in one depth order over a camera's picture.</summary>
        /// <param name="commands">of the place in the camera's frame: after opaque things, before transparent ones.</param>
        /// <param name="picture">how the camera sees.</param>
        public static void Record(CommandBuffer commands, in CameraPicture picture)
        {
            if (s_kernels == null || s_drawn.Count == 0)
            {
                return;
            }
            var key = new CameraKey(picture.Camera, picture.MultipassId);
            if (!s_cameras.TryGetValue(key, out var camera))
            {
                camera = new CameraDrawing();
                s_cameras.Add(key, camera);
            }
            s_watch.Recorded();
            camera.LastFrame = Time.frameCount;
            camera.Record(commands, picture, s_drawn, s_kernels, Settings);
        }

        /// <summary>Adds an avatar.</summary>
        internal static void Add(IDrawnAvatar avatar)
        {
            if (s_avatars.Count == 0)
            {
                s_watch.Restart(Time.frameCount);
                BuiltInPath.Install();
            }
            if (!s_avatars.Contains(avatar))
            {
                s_avatars.Add(avatar);
            }
        }

        /// <summary>Takes an avatar away; with the last one everything that was made is released.</summary>
        internal static void Remove(IDrawnAvatar avatar)
        {
            s_avatars.Remove(avatar);
            s_drawn.Remove(avatar.Drawn);
            if (s_avatars.Count == 0)
            {
                BuiltInPath.Remove();
                Release();
            }
        }

        /// <summary>Once a frame while an avatar is ready: says once where no camera draws it.</summary>
        internal static void Watch()
        {
            if (Application.isPlaying && !Application.isBatchMode && Refusal == null
                && s_watch.IsSilent(Time.frameCount, out var why))
            {
                Debug.LogWarning($"ani3d: {s_avatars.Count} avatars, and {why}");
            }
        }

        /// <summary>What one camera keeps; null where it has drawn nothing.</summary>
        internal static CameraDrawing DrawingOf(Camera camera, int multipassId)
        {
            return s_cameras.TryGetValue(new CameraKey(camera, multipassId), out var drawing) ? drawing : null;
        }

        // Statics outlive play mode where the domain is not reloaded.
        [RuntimeInitializeOnLoadMethod(RuntimeInitializeLoadType.SubsystemRegistration)]
        private static void Reset()
        {
            s_avatars.RemoveAll(avatar => !avatar.Exists);
            Release();
            Settings = new DrawingSettings();
            if (s_avatars.Count == 0)
            {
                BuiltInPath.Remove();
            }
        }

        private static void Release()
        {
            foreach (var camera in s_cameras.Values)
            {
                camera.Dispose();
            }
            s_cameras.Clear();
            s_drawn.Clear();
            s_kernels?.Dispose();
            s_kernels = null;
            s_commands?.Release();
            s_commands = null;
            s_refused = null;
            Refusal = null;
            s_frame = -1;
            ChosenGaussians = 0;
        }

        private static bool HasKernels()
        {
            var shaders = ShaderSet.Loaded;
            if (s_kernels != null && s_kernels.AreValid)
            {
                return true;
            }
            if (Refusal != null && ReferenceEquals(shaders, s_refused))
            {
                return false;
            }
            s_kernels?.Dispose();
            s_kernels = null;
            s_refused = shaders;
            Refusal = DeviceCheck.Refusal(shaders, ref s_kernels);
            if (Refusal != null)
            {
                // Once, and not in every frame.
                Debug.LogError(Refusal.Message);
            }
            return Refusal == null;
        }

        private static void Prepare(Camera camera)
        {
            var isNewFrame = s_frame != Time.frameCount;
            s_frame = Time.frameCount;
            if (isNewFrame)
            {
                ChooseLevels();
                ForgetCameras();
            }
            if (s_commands == null)
            {
                s_commands = new CommandBuffer { name = "ani3d deform" };
            }
            s_drawn.Clear();
            var isRecorded = false;
            s_commands.Clear();
            for (var i = 0; i < s_avatars.Count; i++)
            {
                var avatar = s_avatars[i];
                if (MaySee(camera, avatar.Drawn))
                {
                    isRecorded |= avatar.Prepare(s_commands, s_kernels);
                }
                if (avatar.Drawn.IsShown)
                {
                    s_drawn.Add(avatar.Drawn);
                }
            }
            if (isRecorded)
            {
                Graphics.ExecuteCommandBuffer(s_commands);
            }
        }

        // What no camera sees is not posed. The eyes of a headset see more than the camera says.
        private static bool MaySee(Camera camera, DrawnAvatar avatar)
        {
            if (camera.stereoEnabled || avatar.Bounds.IsEmpty)
            {
                return true;
            }
            var picture = CameraPicture.Of(camera, camera.pixelWidth, camera.pixelHeight);
            return (camera.cullingMask & (1 << avatar.Layer)) != 0 && avatar.Bounds.IsInSight(CameraDrawing.EyeOf(
                picture, avatar.ToWorld, picture.View, picture.Projection));
        }

        // By the sizes that the cameras of the last frame saw.
        private static void ChooseLevels()
        {
            if (s_wishes.Length < s_avatars.Count)
            {
                Array.Resize(ref s_wishes, 2 * s_avatars.Count);
            }
            var count = 0;
            for (var i = 0; i < s_avatars.Count; i++)
            {
                var wish = default(LevelWish);
                if (s_avatars[i].WantsLevel(ref wish))
                {
                    wish.HeightPx = s_avatars[i].Drawn.HeightPx;
                    wish.Quality *= Settings.Quality;
                    wish.Index = i;
                    s_wishes[count++] = wish;
                }
                s_avatars[i].Drawn.HeightPx = 0;
            }
            ChosenGaussians = LevelChoice.Choose(s_wishes, count, Settings.Budget);
            for (var k = 0; k < count; k++)
            {
                s_avatars[s_wishes[k].Index].ShowLevel(s_wishes[k].Level, s_wishes[k].HeightPx > 0);
            }
        }

        private static void ForgetCameras()
        {
            s_gone.Clear();
            foreach (var camera in s_cameras)
            {
                if (camera.Key.Camera == null || Time.frameCount - camera.Value.LastFrame > FramesUntilForgotten)
                {
                    s_gone.Add(camera.Key);
                }
            }
            foreach (var key in s_gone)
            {
                s_cameras[key].Dispose();
                s_cameras.Remove(key);
            }
        }
    }
}
