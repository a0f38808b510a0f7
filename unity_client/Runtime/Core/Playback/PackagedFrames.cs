using System;

namespace Ani3d
{
    /// <summary>The frames of a clip of a package; the last groups and frames that were asked for are kept.</summary>
    public sealed class PackagedFrames : IFrameSource, IDisposable
    {
        // Between frames four are looked at, and the two next to a place once more.
        private const int KeptFrames = 7;
        private const int Taps = 4;
        private const int FewestGroups = 2;
        private readonly Package _package;
        private readonly int _clip;
        private readonly ResidualModel _model;
        private readonly bool _withDetail;
        private readonly HeldGroups _held;
        private readonly int _mostGroups;
        private readonly AvatarFrame[] _frames = new AvatarFrame[KeptFrames];
        private readonly int[] _numbers = new int[KeptFrames];
        private readonly long[] _lastUses = new long[KeptFrames];
        private readonly float[] _displacements;
        private readonly float[] _rotations;
        private readonly float[] _detail;
        private long _uses;

        /// <summary>Creates the frames of a clip, with detail. They are decoded when they are asked for.</summary>
        /// <param name="package">an open one.</param>
        /// <param name="clip">number of the clip.</param>
        /// <param name="model">as the clip uses it; null where the package has none.</param>
        public PackagedFrames(Package package, int clip, ResidualModel model)
            : this(package, clip, model, true, new GroupCache(
                (group, rooms, cancelled) => package.ReadGroup(
                    clip, group.Number, model, null, group.Group, rooms, cancelled), false))
        {
        }

        /// <summary>Creates the frames of a clip from the groups that all players of an avatar share.</summary>
        /// <param name="avatar">that is played.</param>
        /// <param name="clip">number of the clip.</param>
        /// <param name="withDetail">whether frames have detail; players that leave it to the GPU save the time.</param>
        /// <exception cref="RefusalException">section "further" is refused.</exception>
        public PackagedFrames(PlayableAvatar avatar, int clip, bool withDetail)
            : this(avatar.Package, clip, avatar.ModelOf(clip) ?? avatar.Model, withDetail, avatar.Groups)
        {
        }

        private PackagedFrames(Package package, int clip, ResidualModel model, bool withDetail, GroupCache cache)
        {
            _package = package;
            _clip = clip;
            _model = model;
            _withDetail = withDetail && HasResidual;
            _held = new HeldGroups(cache, clip);
            _mostGroups = Taps / package.Manifest.FramesPerGroup + FewestGroups;
            _displacements = new float[3 * NodeCount];
            _rotations = new float[4 * NodeCount];
            _detail = new float[_withDetail ? 3 * _model.Moving.Length : 0];
        }

        /// <inheritdoc/>
        public int FrameCount => Info.FrameCount;

        /// <inheritdoc/>
        public int JointCount => _package.Manifest.JointCount;

        /// <inheritdoc/>
        public int NodeCount => _model?.NodeCount ?? 0;

        /// <summary>Number of the clip.</summary>
        internal int Clip => _clip;

        /// <summary>Whether the clip has a residual layer.</summary>
        internal bool HasResidual => Info.HasResidual;

        private ClipInfo Info => _package.Manifest.Clips[_clip];

        private int FramesPerGroup => _package.Manifest.FramesPerGroup;

        /// <summary>Gives the groups back that are held.</summary>
        public void Dispose()
        {
            _held.Clear();
        }

        /// <inheritdoc/>
        public bool Prepare(long first, long ahead, out bool aheadIsReady)
        {
            _held.BeginWanting();
            var isReady = Want(first, false);
            aheadIsReady = Want(ahead, true);
            _held.EndWanting(isReady);
            return isReady;
        }

        /// <summary>The group that a frame is in; it is waited for.</summary>
        internal CachedGroup GroupOf(int frame)
        {
            return _held.Needed(frame / FramesPerGroup, _mostGroups);
        }

        /// <inheritdoc/>
        public AvatarFrame Frame(int i)
        {
            var place = 0;
            for (var k = 0; k < KeptFrames; k++)
            {
                if (_frames[k] != null && _numbers[k] == i)
                {
                    _lastUses[k] = ++_uses;
                    return _frames[k];
                }
                place = _lastUses[k] < _lastUses[place] ? k : place;
            }
            var frame = _frames[place] ?? new AvatarFrame(JointCount, NodeCount);
            // Not to be found under its old number where decoding is refused half way.
            _frames[place] = null;
            Decode(i, frame);
            _frames[place] = frame;
            _numbers[place] = i;
            _lastUses[place] = ++_uses;
            return frame;
        }

        private void Decode(int i, AvatarFrame frame)
        {
            var group = GroupOf(i).Group;
            var t = i - group.FirstFrame;
            frame.RootTranslationM = Vec3.Row(group.Pose.RootTranslationM, t);
            for (var joint = 0; joint < frame.JointRotations.Length; joint++)
            {
                var row = t * frame.JointRotations.Length + joint;
                frame.JointRotations[joint] = Quat.Row(group.Pose.JointRotationsWxyz, row).Normalised();
            }
            if (group.Nodes != null)
            {
                group.Nodes.Evaluate(t, _displacements, _rotations);
                for (var node = 0; node < frame.NodeRotations.Length; node++)
                {
                    frame.NodeDisplacementsM[node] = Vec3.Row(_displacements, node);
                    frame.NodeRotations[node] = Quat.Row(_rotations, node).Normalised();
                }
            }
            if (_withDetail)
            {
                frame.Detail ??= new DetailFrame(_model.Moving);
                DecodeDetail(group, t, frame.Detail);
            }
        }

        private void DecodeDetail(ClipGroup group, int t, DetailFrame detail)
        {
            for (var channel = DetailChannel.Position; channel <= DetailChannel.Colour; channel++)
            {
                var motion = group.Detail[(int)channel];
                if (motion == null)
                {
                    Array.Clear(_detail, 0, _detail.Length);
                }
                motion?.Evaluate(t, _detail);
                var vectors = channel == DetailChannel.Position ? detail.PositionM
                    : channel == DetailChannel.Scale ? detail.LogScale : detail.Colour;
                for (var track = 0; track < _model.Moving.Length; track++)
                {
                    if (channel == DetailChannel.Rotation)
                    {
                        detail.Rotation[track] = Quat.FromRotationVector(Vec3.Row(_detail, track));
                    }
                    else
                    {
                        vectors[track] = Vec3.Row(_detail, track);
                    }
                }
            }
        }

        private bool Want(long first, bool isAhead)
        {
            var isReady = true;
            for (var k = 0; k < Taps; k++)
            {
                isReady &= _held.Want(Wrapped(first + k) / FramesPerGroup, isAhead);
            }
            return isReady;
        }

        private int Wrapped(long number)
        {
            long count = FrameCount;
            var left = Info.Loops ? number % count : Math.Min(Math.Max(number, 0), count - 1);
            return (int)(left < 0 ? left + count : left);
        }
    }
}
