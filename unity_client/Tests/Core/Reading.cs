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
