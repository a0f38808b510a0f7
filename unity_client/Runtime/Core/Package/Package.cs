using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;

namespace Ani3d
{
    /// <summary>
    /// One open .a3d package: an avatar and its clips. Everything that it refuses is a <see cref="RefusalException"/>.
    /// </summary>
    public sealed partial class Package : IDisposable
    {
        private readonly Container _container;
        private readonly IByteSource _source;

        private Package(IByteSource source)
        {
            _source = source;
            _container = new Container(source);
            var key = new SectionKey(FormatConstants.Section.Manifest);
            var stated = _container.Has(key) ? _container.Entry(key).RawLength : 0;
            Refuse.Unless(
                stated <= FormatConstants.Manifest.MaxBytes, RefusalCodes.SectionTooLarge, key.Name, $"{stated} bytes");
            Manifest = ManifestReader.Read(_container.Read(key));
            _container.CheckPlaces(Manifest);
            CheckLevels();
            CheckModel();
            CheckPoses();
            Skeleton = SkeletonReader.Read(
                _container.Read(new SectionKey(FormatConstants.Section.Skeleton)), Manifest.JointCount);
        }

        /// <summary>What the package says about itself.</summary>
        public Manifest Manifest { get; }

        /// <summary>Joints and rest pose.</summary>
        public Skeleton Skeleton { get; }

        /// <summary>SHA-256 of the content, 64 hexadecimal digits.</summary>
        public string Digest => BitConverter.ToString(
            _container.Digest.Array, _container.Digest.Offset, _container.Digest.Count)
            .Replace("-", string.Empty).ToLowerInvariant();

        /// <summary>All sections, in the order of their offsets.</summary>
        public IReadOnlyList<SectionEntry> Sections => _container.Entries;

        /// <summary>Whether live motions can move cloth and hair.</summary>
        public bool HasDriver => _container.Has(new SectionKey(FormatConstants.Section.Driver));

        /// <summary>Opens a package in memory. Its bytes must not be changed while it is open.</summary>
        public static Package Open(byte[] bytes)
        {
            return Open(new MemorySource(bytes));
        }

        /// <summary>Opens a file; sections are read when they are asked for.</summary>
        public static Package OpenFile(string path)
        {
            return Open(File.OpenRead(path));
        }

        /// <summary>Opens a stream that can be sought, and owns it.</summary>
        public static Package Open(Stream stream)
        {
            return Open(new StreamSource(stream));
        }

        /// <summary>Opens a package of any source, and owns it.</summary>
        public static Package Open(IByteSource source)
        {
            try
            {
                return new Package(source ?? throw new ArgumentNullException(nameof(source)));
            }
            catch
            {
                (source as IDisposable)?.Dispose();
                throw;
            }
        }

        /// <summary>Closes the source.</summary>
        public void Dispose()
        {
            (_source as IDisposable)?.Dispose();
        }

        /// <summary>All Gaussians in the rest pose.</summary>
        public SplatCloud ReadSplats()
        {
            var cloud = ReadSplats(Manifest.LevelSizes.Count);
            var counts = new int[Manifest.PartCounts.Count];
            foreach (var part in cloud.Parts)
            {
                counts[part]++;
            }
            for (var part = 0; part < counts.Length; part++)
            {
                Refuse.Unless(
                    counts[part] == Manifest.PartCounts[part], RefusalCodes.SplatsInvalid, "splats",
                    $"{counts[part]} Gaussians of part {part}, not {Manifest.PartCounts[part]} as the manifest says");
            }
            return cloud;
        }

        /// <summary>The Gaussians of the first levels of detail.</summary>
        public SplatCloud ReadSplats(int levels)
        {
            if (levels < 1 || levels > Manifest.LevelSizes.Count)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(levels), levels, $"1 to {Manifest.LevelSizes.Count} expected");
            }
            var clouds = new SplatCloud[levels];
            for (var level = 0; level < levels; level++)
            {
                clouds[level] = ReadLevel(level);
            }
            var cloud = SplatCloud.Joined(clouds, Manifest.ShDegree);
            AbsurdValues.Refuse(cloud.MeansM, "splats");
            AbsurdValues.Refuse(cloud.ScalesM, "splats");
            AbsurdValues.Refuse(cloud.Sh, "splats");
            return cloud;
        }

        /// <summary>The Gaussians of one level of detail alone.</summary>
        public SplatCloud ReadLevel(int level)
        {
            var key = LevelKey(level);
            return LevelReader.Read(_container.Read(key), key.Name, Manifest.LevelSizes[level], Manifest);
        }

        /// <summary>Whether it was fitted how a level of detail looks.</summary>
        public bool HasAppearance(int level)
        {
            return _container.Has(AppearanceKey(level));
        }

        /// <summary>How Gaussians look while the levels 0 to k alone are drawn.</summary>
        /// <param name="level">k.</param>
        /// <param name="splats">those of these levels, or of more.</param>
        public LevelAppearance ReadAppearance(int level, SplatCloud splats)
        {
            var count = Manifest.GaussiansOf(level + 1);
            var key = AppearanceKey(level);
            if (!_container.Has(key))
            {
                return LevelAppearance.Unfitted(splats, count, Manifest.GaussianCount);
            }
            var appearance = LevelAppearance.Read(
                _container.Read(key), key.Name, _container.Entry(key).StoredLength, count);
            var shown = appearance.Applied(splats);
            AbsurdValues.Refuse(shown.MeansM, key.Name);
            AbsurdValues.Refuse(shown.ScalesM, key.Name);
            AbsurdValues.Refuse(shown.Sh, key.Name);
            return appearance;
        }

        /// <summary>Whether a level of detail holds floats without loss.</summary>
        public bool IsLevelExact(int level)
        {
            return LevelReader.IsExact(_container.Read(LevelKey(level)));
        }

        /// <summary>[N]: stored Gaussian i is Gaussian order[i] of the source.</summary>
        public int[] ReadOrder()
        {
            return SourceOrder.Read(_container.Read(new SectionKey(FormatConstants.Section.Order)), Manifest);
        }

        /// <summary>The residual model; null where there is none.</summary>
        public ResidualModel ReadModel()
        {
            var key = new SectionKey(FormatConstants.Section.Model);
            return _container.Has(key) ? ResidualModel.Read(_container.Read(key), Manifest) : null;
        }

        /// <summary>The model as one clip uses it: with the further Gaussians that the clip moves.</summary>
        /// <param name="clip">number of the clip.</param>
        /// <param name="model">of the package; null where there is none.</param>
        public ResidualModel ReadModelOf(int clip, ResidualModel model)
        {
            var key = new SectionKey(FormatConstants.Section.Further, clip, 0);
            return model != null && _container.Has(key) ? model.WithFurther(_container.Read(key), Manifest.GaussianCount) : model;
        }

        /// <summary>The further Gaussians that one clip moves, increasing; empty where it moves those of the model alone.</summary>
        /// <param name="clip">number of the clip.</param>
        /// <param name="model">of the package; null where there is none.</param>
        public int[] ReadFurther(int clip, ResidualModel model)
        {
            var key = new SectionKey(FormatConstants.Section.Further, clip, 0);
            return model != null && _container.Has(key)
                ? model.ReadFurther(_container.Read(key), Manifest.GaussianCount) : Array.Empty<int>();
        }

        /// <summary>Whether any clip has detail of a channel.</summary>
        public bool HasDetail(DetailChannel channel)
        {
            var name = DetailMotion.NameOf(channel);
            foreach (var entry in _container.Entries)
            {
                if (string.Equals(entry.Key.Name, name, StringComparison.Ordinal))
                {
                    return true;
                }
            }
            return false;
        }

        /// <summary>What moves nodes live; null where there is none.</summary>
        public DriverModel ReadDriver()
        {
            var key = new SectionKey(FormatConstants.Section.Driver);
            return _container.Has(key) ? DriverReader.Read(_container.Read(key), Manifest.NodeCount, Manifest.JointCount) : null;
        }

        /// <summary>The picture of the package, PNG; null where there is none.</summary>
        public ArraySegment<byte>? ReadThumbnail()
        {
            var key = new SectionKey(FormatConstants.Section.Thumbnail);
            return _container.Has(key) ? _container.Read(key) : (ArraySegment<byte>?)null;
        }

        /// <summary>A group of frames of a clip, in new memory. <see cref="GroupCache"/> uses memory again.</summary>
        /// <param name="clip">number of the clip.</param>
        /// <param name="group">number of the group within it.</param>
        /// <param name="model">as the clip uses it.</param>
        public ClipGroup ReadGroup(int clip, int group, ResidualModel model)
        {
            var room = new ClipGroup();
            ReadGroup(clip, group, model, null, room, null, CancellationToken.None);
            return room;
        }

        /// <summary>Reads a group of frames of a clip in place of what a room held.</summary>
        /// <param name="clip">number of the clip.</param>
        /// <param name="group">number of the group within it.</param>
        /// <param name="model">as the clip uses it.</param>
        /// <param name="tracks">numbers of tracks for the GPU; null for those of the clip.</param>
        /// <param name="room">to be filled; it holds nothing of use where reading is refused.</param>
        /// <param name="decoding">where tables go in between; null for new arrays.</param>
        /// <param name="cancelled">looked at before each section.</param>
        internal void ReadGroup(
            int clip, int group, ResidualModel model, TrackUnion tracks, ClipGroup room, DecodeRooms decoding,
            CancellationToken cancelled)
        {
            var info = Manifest.Clips[clip];
            var first = group * Manifest.FramesPerGroup;
            room.Begin(first, Math.Min(Manifest.FramesPerGroup, info.FrameCount - first));
            room.Pose.Read(
                Read(FormatConstants.Section.Pose, clip, group, decoding), Manifest.JointCount, room.FrameCount, decoding);
            if (!info.HasResidual)
            {
                return;
            }
            if (model.NodeCount > 0)
            {
                cancelled.ThrowIfCancellationRequested();
                decoding?.Reset();
                const string name = FormatConstants.Section.Nodes;
                room.WithNodes().Read(
                    Read(name, clip, group, decoding), StoredLength(name, clip, group), model, room.FrameCount, decoding);
            }
            for (var channel = DetailChannel.Position; channel <= DetailChannel.Colour; channel++)
            {
                var name = DetailMotion.NameOf(channel);
                if (_container.Has(new SectionKey(name, clip, group)))
                {
                    cancelled.ThrowIfCancellationRequested();
                    decoding?.Reset();
                    var cursor = Cursor.OfSection(
                        Read(name, clip, group, decoding), name, FormatConstants.Detail.Layout, decoding);
                    room.WithDetail(channel).Read(
                        cursor, StoredLength(name, clip, group), model, room.FrameCount,
                        new TrackNumbering(tracks, clip, model));
                }
            }
        }

        /// <summary>
        /// Checks every section's checksum, the gaps between sections, and the digest. A player need not.
        /// </summary>
        public void CheckBytes()
        {
            _container.CheckBytes();
        }

        private static SectionKey LevelKey(int level)
        {
            return new SectionKey(FormatConstants.Section.Splats + level.ToString(CultureInfo.InvariantCulture));
        }

        private static SectionKey AppearanceKey(int level)
        {
            return new SectionKey(FormatConstants.Section.Appearance + level.ToString(CultureInfo.InvariantCulture));
        }

        private ArraySegment<byte> Read(string name, int clip, int group, DecodeRooms decoding)
        {
            return _container.Read(new SectionKey(name, clip, group), decoding);
        }

        private long StoredLength(string name, int clip, int group)
        {
            return _container.Entry(new SectionKey(name, clip, group)).StoredLength;
        }

        private void CheckLevels()
        {
            long stored = 0;
            for (var level = 0; level < Manifest.LevelSizes.Count; level++)
            {
                stored += _container.Entry(LevelKey(level)).StoredLength;
            }
            var each = FormatConstants.Package.IntegersPerGaussian + 3 * (Manifest.ShDegree + 1) * (
                Manifest.ShDegree + 1);
            var integers = (long)Manifest.GaussianCount * each;
            Refuse.Unless(
                integers <= Cursor.Allowed(stored), RefusalCodes.SplatsInvalid, "splats", $"{integers} integers in {stored} bytes");
        }

        // The model may outlive the last clip that needs it.
        private void CheckModel()
        {
            var key = new SectionKey(FormatConstants.Section.Model);
            if (_container.Has(key))
            {
                return;
            }
            foreach (var clip in Manifest.Clips)
            {
                Refuse.Unless(!clip.HasResidual, RefusalCodes.SectionMissing, key.Name, "nothing");
            }
            Refuse.Unless(Manifest.NodeCount == 0, RefusalCodes.ManifestInvalid, "manifest", "nodes without a model");
        }

        private void CheckPoses()
        {
            for (var clip = 0; clip < Manifest.Clips.Count; clip++)
            {
                for (var group = 0; group < Manifest.GroupCount(Manifest.Clips[clip]); group++)
                {
                    _container.Entry(new SectionKey(FormatConstants.Section.Pose, clip, group));
                }
            }
        }
    }
}
