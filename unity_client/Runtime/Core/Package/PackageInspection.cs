using System;
using System.Collections.Generic;
using System.Threading;

namespace Ani3d
{
    /// <summary>What a person wants to know of a package before playing it: what is in it, and what takes its bytes.</summary>
    public sealed class PackageInspection
    {
        private static readonly string[] PartNames = { "Gaussians", "residual model", "driver", "clips", "all else" };

        private PackageInspection(Package package)
        {
            Manifest = package.Manifest;
            HasDriver = package.HasDriver;
            Digest = package.Digest;
            var clipBytes = new long[Manifest.Clips.Count];
            var parts = new long[PartNames.Length];
            foreach (var entry in package.Sections)
            {
                parts[PartOf(entry.Key)] += entry.StoredLength;
                StoredBytes += entry.StoredLength;
                if (entry.Key.Clip >= 0 && entry.Key.Clip < clipBytes.Length)
                {
                    clipBytes[entry.Key.Clip] += entry.StoredLength;
                }
            }
            ClipBytes = clipBytes;
            var named = new List<KeyValuePair<string, long>>();
            for (var part = 0; part < parts.Length; part++)
            {
                named.Add(new KeyValuePair<string, long>(PartNames[part], parts[part]));
            }
            Parts = named;
        }

        /// <summary>What the package says about itself.</summary>
        public Manifest Manifest { get; }

        /// <summary>Whether cloth and hair move in live motions.</summary>
        public bool HasDriver { get; }

        /// <summary>SHA-256 of the content, 64 hexadecimal digits.</summary>
        public string Digest { get; }

        /// <summary>Bytes of all sections.</summary>
        public long StoredBytes { get; }

        /// <summary>Bytes of each clip, in the order of the manifest.</summary>
        public IReadOnlyList<long> ClipBytes { get; }

        /// <summary>Bytes of each part; they sum to <see cref="StoredBytes"/>.</summary>
        public IReadOnlyList<KeyValuePair<string, long>> Parts { get; }

        /// <summary>Looks at an open package; nothing but the table of contents is read.</summary>
        public static PackageInspection Of(Package package)
        {
            return new PackageInspection(package ?? throw new ArgumentNullException(nameof(package)));
        }

        /// <summary>
        /// Reads everything that a player will ever read of a package, and checks checksums and digest, so that what is wrong
        /// is known when it is imported and not when it is played. It takes
        /// 75 ms of .NET, 140 ms of Mono, a second of clip of 62,110 Gaussians.
        /// </summary>
        /// <exception cref="RefusalException">what is refused first.</exception>
        /// <exception cref="OperationCanceledException">it was cancelled.</exception>
        public static void CheckAll(Package package, CancellationToken cancellation = default)
        {
            package.CheckBytes();
            package.ReadOrder();
            var splats = package.ReadSplats();
            for (var level = 0; level < package.Manifest.LevelSizes.Count; level++)
            {
                package.ReadAppearance(level, splats);
            }
            package.ReadDriver();
            package.ReadThumbnail();
            var model = package.ReadModel();
            for (var clip = 0; clip < package.Manifest.Clips.Count; clip++)
            {
                CheckClip(package, clip, package.ReadModelOf(clip, model), cancellation);
            }
        }

        // Some values are out of range only once they are worked out.
        private static void CheckClip(Package package, int clip, ResidualModel model, CancellationToken cancellation)
        {
            var displacements = new float[3 * (model?.NodeCount ?? 0)];
            var rotations = new float[4 * (model?.NodeCount ?? 0)];
            var detail = new float[3 * (model?.Moving.Length ?? 0)];
            for (var number = 0; number < package.Manifest.GroupCount(package.Manifest.Clips[clip]); number++)
            {
                cancellation.ThrowIfCancellationRequested();
                var group = package.ReadGroup(clip, number, model);
                for (var t = 0; t < group.FrameCount; t++)
                {
                    group.Nodes?.Evaluate(t, displacements, rotations);
                    foreach (var channel in group.Detail)
                    {
                        channel?.Evaluate(t, detail);
                    }
                }
            }
        }

        private static int PartOf(SectionKey key)
        {
            if (key.Name.StartsWith(FormatConstants.Section.Splats, StringComparison.Ordinal)
                || key.Name.StartsWith(FormatConstants.Section.Appearance, StringComparison.Ordinal))
            {
                return 0;
            }
            switch (key.Name)
            {
                case FormatConstants.Section.Model: return 1;
                case FormatConstants.Section.Driver: return 2;
                default: return key.Clip >= 0 ? 3 : 4;
            }
        }
    }
}
