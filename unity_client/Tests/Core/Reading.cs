using System;

namespace Ani3d.Tests
{
    /// <summary>Reads all of a package, as a reader of the whole file does.</summary>
    internal static class Reading
    {
        /// <summary>Every section and every frame; what is wrong is a refusal.</summary>
        /// <returns>The Gaussians.</returns>
        public static SplatCloud Everything(Package package)
        {
            package.ReadOrder();
            var splats = package.ReadSplats();
            for (var level = 0; level < package.Manifest.LevelSizes.Count; level++)
            {
                package.ReadAppearance(level, splats);
            }
            var model = package.ReadModel();
            package.ReadDriver();
            package.ReadThumbnail();
            for (var clip = 0; clip < package.Manifest.Clips.Count; clip++)
            {
                ReadClip(package, clip, package.ReadModelOf(clip, model));
            }
            package.CheckBytes();
            return splats;
        }

        /// <summary>The code under which a package is refused; null where it is read.</summary>
        public static string CodeOf(byte[] bytes)
        {
            try
            {
                using (var package = Package.Open(bytes))
                {
                    Everything(package);
                }
                return null;
            }
            catch (RefusalException refusal)
            {
                return refusal.Code;
            }
        }

        /// <summary>The code under which a package is refused by what plays it on a GPU; null where it is played.</summary>
        /// <param name="bytes">of the package.</param>
        /// <param name="inBackground">whether groups are decoded by another thread.</param>
        public static string PlayedCodeOf(byte[] bytes, bool inBackground)
        {
            try
            {
                using (var package = Package.Open(bytes))
                using (var avatar = new PlayableAvatar(package, inBackground))
                {
                    avatar.PackSplats();
                    for (var level = 0; level < package.Manifest.LevelSizes.Count - 1; level++)
                    {
                        avatar.PackLook(level);
                    }
                    PlayAll(avatar);
                    Pose(new LivePlayer(avatar));
                }
                return null;
            }
            catch (RefusalException refusal)
            {
                return refusal.Code;
            }
        }

        private static void PlayAll(PlayableAvatar avatar)
        {
            using (var player = new ClipPlayer(avatar))
            {
                for (var clip = 0; clip < avatar.Package.Manifest.Clips.Count; clip++)
                {
                    avatar.ParentsOf(clip);
                    var info = avatar.Package.Manifest.Clips[clip];
                    player.Play(clip, 0.3 / info.Fps);
                    for (var frame = 0; frame < Math.Min(info.FrameCount, 40); frame++)
                    {
                        player.UpdateAndWait(0.7 / info.Fps);
                    }
                }
            }
        }

        private static void Pose(LivePlayer live)
        {
            var pose = new AvatarFrame(live.Avatar.JointCount, live.Avatar.NodeCount);
            for (var step = 0; step < 5; step++)
            {
                pose.RootTranslationM = new Vec3(0, 0, 0.01 * step);
                live.Step(pose, step / 60.0);
            }
        }

        private static void ReadClip(Package package, int clip, ResidualModel model)
        {
            var info = package.Manifest.Clips[clip];
            for (var number = 0; number < package.Manifest.GroupCount(info); number++)
            {
                var group = package.ReadGroup(clip, number, model);
                for (var t = 0; model != null && t < group.FrameCount; t++)
                {
                    group.Nodes?.Evaluate(t, new float[3 * model.NodeCount], new float[4 * model.NodeCount]);
                    foreach (var channel in group.Detail)
                    {
                        channel?.Evaluate(t, new float[3 * model.Moving.Length]);
                    }
                }
            }
        }
    }
}
