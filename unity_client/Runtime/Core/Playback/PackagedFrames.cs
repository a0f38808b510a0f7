using System;

namespace Ani3d
{
    /// <summary>The frames of a clip of a package; the last groups and frames that were asked for are kept.</summary>
    public sealed class PackagedFrames : IFrameSource
    {
        // Between frames four are looked at, and the two next to a place once more.
        private const int KeptFrames = 7;
        private readonly Package _package;
        private readonly int _clip;
        private readonly ResidualModel _model;
        private readonly AvatarFrame[] _frames = new AvatarFrame[KeptFrames];
        private readonly int[] _numbers = new int[KeptFrames];
        private readonly long[] _lastUses = new long[KeptFrames];
        private readonly float[] _displacements;
        private readonly float[] _rotations;
        private readonly float[] _detail;
        private ClipGroup _group;
        private ClipGroup _groupBefore;
        private long _uses;

        /// <summary>Creates the frames of a clip.</summary>
        /// <param name="package">an open one.</param>
        /// <param name="clip">number of the clip.</param>
        /// <param name="model">as the clip uses it; null where the package has none.</param>
        public PackagedFrames(Package package, int clip, ResidualModel model)
        {
            _package = package;
            _clip = clip;
            _model = package.Manifest.Clips[clip].HasResidual ? model : null;
            _displacements = new float[3 * NodeCount];
            _rotations = new float[4 * NodeCount];
            _detail = new float[3 * (_model?.Moving.Length ?? 0)];
        }

        /// <inheritdoc/>
        public int FrameCount => _package.Manifest.Clips[_clip].FrameCount;

        /// <inheritdoc/>
        public int JointCount => _package.Manifest.JointCount;

        /// <inheritdoc/>
        public int NodeCount => _model?.NodeCount ?? 0;

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
            var group = GroupOf(i);
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
            if (_model != null)
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

        // The last two groups are kept: taps lie in both where they meet.
        private ClipGroup GroupOf(int frame)
        {
            var first = frame - frame % _package.Manifest.FramesPerGroup;
            if (_group?.FirstFrame != first)
            {
                var found = _groupBefore?.FirstFrame == first
                    ? _groupBefore : _package.ReadGroup(_clip, frame / _package.Manifest.FramesPerGroup, _model);
                (_group, _groupBefore) = (found, _group);
            }
            return _group;
        }
    }
}
