using System;
using System.Threading;

namespace Ani3d
{
    /// <summary>
    /// A package that is played: what all avatars that are made of it share. Reading it takes some tens of milliseconds, so
    /// it is read on a thread of its own where frames are drawn meanwhile. Any thread may call.
    /// </summary>
    public sealed class PlayableAvatar : IDisposable
    {
        private const int ChannelCount = 4;
        private readonly ResidualModel[] _models;
        private readonly PackedParents[] _parents;
        private readonly object _lock = new object();
        private readonly int[] _channels = new int[ChannelCount];
        private readonly PackedDetail _noDetail;
        private PackedParents _sharedParents;
        private DriverModel _driver;

        /// <summary>Reads the residual model and the numbering of tracks.</summary>
        /// <param name="package">an open one; it is not closed by this one.</param>
        /// <param name="decodesInBackground">
        /// whether a thread decodes groups of frames ahead; false where there are no threads, as in WebGL.
        /// </param>
        /// <exception cref="RefusalException">a section is refused.</exception>
        public PlayableAvatar(Package package, bool decodesInBackground = true)
        {
            Package = package ?? throw new ArgumentNullException(nameof(package));
            Model = package.ReadModel();
            Tracks = TrackUnion.Read(package, Model);
            _models = new ResidualModel[package.Manifest.Clips.Count];
            _parents = new PackedParents[_models.Length];
            for (var channel = DetailChannel.Position; channel <= DetailChannel.Colour; channel++)
            {
                _channels[(int)channel] = package.HasDetail(channel) ? DetailChannelCount++ : -1;
            }
            _noDetail = PackedDetail.Zero(Tracks.Count);
            Groups = new GroupCache(ReadGroup, decodesInBackground);
        }

        /// <summary>What is played.</summary>
        public Package Package { get; }

        /// <summary>The residual model; null where the package has none.</summary>
        public ResidualModel Model { get; }

        /// <summary>The numbers of all tracks of detail.</summary>
        public TrackUnion Tracks { get; }

        /// <summary>Decoded groups of frames.</summary>
        public GroupCache Groups { get; }

        /// <summary>The buffer <i>group</i> of detail that is zero, for clips without a residual layer.</summary>
        public PackedDetail NoDetail => _noDetail;

        /// <summary>Channels of detail that any clip has.</summary>
        public int DetailChannelCount { get; }

        /// <summary>J.</summary>
        public int JointCount => Package.Manifest.JointCount;

        /// <summary>M; 0 where there is no residual model.</summary>
        public int NodeCount => Model?.NodeCount ?? 0;

        /// <summary>Place of a channel among those that the package has; -1 where it has it not.</summary>
        public int PlaceOf(DetailChannel channel)
        {
            return _channels[(int)channel];
        }

        /// <summary>The model as a clip uses it; null where the clip has no residual layer.</summary>
        /// <exception cref="RefusalException">section "further" is refused.</exception>
        public ResidualModel ModelOf(int clip)
        {
            if (!Package.Manifest.Clips[clip].HasResidual)
            {
                return null;
            }
            lock (_lock)
            {
                return _models[clip] ??= Package.ReadModelOf(clip, Model);
            }
        }

        /// <summary>What moves nodes live; null where the package has no driver.</summary>
        /// <exception cref="RefusalException">section "driver" is refused.</exception>
        public DriverModel Driver()
        {
            lock (_lock)
            {
                return _driver ??= Package.ReadDriver();
            }
        }

        /// <summary>A mask of joints for layers, over the Gaussians and nodes of this avatar. It reads all Gaussians.</summary>
        /// <param name="names">of joints.</param>
        /// <param name="weights">of these joints, 0 to 1; the others have 0.</param>
        /// <exception cref="RefusalException">a level of the Gaussians is refused.</exception>
        public JointMask MaskOf(string[] names, double[] weights)
        {
            var splats = Package.ReadSplats();
            var ends = new int[Package.Manifest.LevelSizes.Count];
            for (var level = 0; level < ends.Length; level++)
            {
                ends[level] = Package.Manifest.GaussiansOf(level + 1);
            }
            return new JointMask(
                JointMask.OfJoints(Package.Skeleton, names, weights), splats.Joints, splats.Weights, NodeCount,
                Model?.NodeIndices, Model?.NodeWeights, ends);
        }

        /// <summary>The buffers <i>splats</i> and <i>harmonics</i>, in new memory.</summary>
        /// <exception cref="RefusalException">a level of the Gaussians is refused.</exception>
        public PackedSplats PackSplats()
        {
            return PackedSplats.Of(Package.ReadSplats(), Model, Tracks);
        }

        /// <summary>The buffer <i>looks</i> of a level, in new memory.</summary>
        /// <param name="level">k, below the last one: that one looks as it is stored.</param>
        /// <exception cref="RefusalException">a section of levels 0 to k is refused.</exception>
        public PackedLook PackLook(int level)
        {
            return PackedLook.Of(level, Package.ReadAppearance(level, Package.ReadSplats(level + 1)));
        }

        /// <summary>
        /// The buffer <i>parents</i> of a clip: the same object for all clips that move the Gaussians of the model alone;
        /// null where the clip has no residual layer.
        /// </summary>
        /// <exception cref="RefusalException">section "further" is refused.</exception>
        public PackedParents ParentsOf(int clip)
        {
            var model = ModelOf(clip);
            if (model == null)
            {
                return null;
            }
            lock (_lock)
            {
                if (!ReferenceEquals(model, Model))
                {
                    return _parents[clip] ??= PackedParents.Of(model, Tracks, clip);
                }
                return _sharedParents ??= PackedParents.Of(model, Tracks, clip);
            }
        }

        /// <summary>The buffer <i>group</i> of a channel; the same object for all groups that have nothing in it.</summary>
        /// <param name="group">a decoded one.</param>
        /// <param name="channel">of detail.</param>
        public PackedDetail DetailOf(ClipGroup group, DetailChannel channel)
        {
            return group.Detail[(int)channel]?.Packed ?? _noDetail;
        }

        /// <summary>Ends decoding; the package stays open.</summary>
        public void Dispose()
        {
            Groups.Dispose();
        }

        private void ReadGroup(CachedGroup cached, DecodeRooms rooms, CancellationToken cancelled)
        {
            Package.ReadGroup(cached.Clip, cached.Number, ModelOf(cached.Clip), Tracks, cached.Group, rooms, cancelled);
        }
    }
}
