namespace Ani3d
{
    /// <summary>The frames of a clip of a package; the last groups and frames that were asked for are kept.</summary>
    public sealed class PackagedFrames : IFrameSource
    {
        private const int KeptGroups = 2;
        private const int KeptFrames = 8;
        private readonly Package _package;
        private readonly int _clip;
        private readonly ResidualModel _model;
        private readonly ClipGroup[] _groups = new ClipGroup[KeptGroups];
        private readonly int[] _numbers = new int[KeptFrames];
        private readonly AvatarFrame[] _frames = new AvatarFrame[KeptFrames];
        private readonly float[] _displacements;
        private readonly float[] _rotations;
        private readonly float[] _detail;

        /// <summary>Creates the frames of a clip.</summary>
        /// <param name="package">an open one.</param>
        /// <param name="clip">number of the clip.</param>
        /// <param name="model">as the clip uses it; null where the package has none.</param>
        public PackagedFrames(Package package, int clip, ResidualModel model)
        {
            _package = package;
            _clip = clip;
            _model = package.Manifest.Clips[clip].HasResidual ? model : null;
            var nodes = _model?.NodeCount ?? 0;
            _displacements = new float[3 * nodes];
            _rotations = new float[4 * nodes];
            _detail = new float[3 * (_model?.Moving.Length ?? 0)];
        }

        /// <inheritdoc/>
        public int FrameCount => _package.Manifest.Clips[_clip].FrameCount;

        /// <inheritdoc/>
        public AvatarFrame Frame(int i)
        {
            var place = i % KeptFrames;
            if (_frames[place] == null || _numbers[place] != i)
            {
                _frames[place] = Decoded(i);
                _numbers[place] = i;
            }
            return _frames[place];
        }

        private AvatarFrame Decoded(int i)
        {
            var group = GroupOf(i);
            var t = i - group.FirstFrame;
            var joints = _package.Manifest.JointCount;
            var frame = new AvatarFrame(joints, _displacements.Length / 3);
            frame.RootTranslationM = Vec3.Row(group.Pose.RootTranslationM, t);
            for (var joint = 0; joint < joints; joint++)
            {
                frame.JointRotations[joint] = Quat.Row(group.Pose.JointRotationsWxyz, t * joints + joint).Normalised();
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
            frame.Detail = _model == null ? null : DetailOf(group, t);
            return frame;
        }

        private DetailFrame DetailOf(ClipGroup group, int t)
        {
            var detail = new DetailFrame(_model.Moving);
            for (var channel = DetailChannel.Position; channel <= DetailChannel.Colour; channel++)
            {
                var motion = group.Detail[(int)channel];
                if (motion == null)
                {
                    continue;
                }
                motion.Evaluate(t, _detail);
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
            return detail;
        }

        private ClipGroup GroupOf(int frame)
        {
            var number = frame / _package.Manifest.FramesPerGroup;
            var place = number % KeptGroups;
            if (_groups[place] == null || _groups[place].FirstFrame != number * _package.Manifest.FramesPerGroup)
            {
                _groups[place] = _package.ReadGroup(_clip, number, _model);
            }
            return _groups[place];
        }
    }
}
