using System;

namespace Ani3d
{
    /// <summary>
    /// The runtime equation on the CPU, in double precision: the reference for what a GPU does, and for pictures of
    /// single frames.
    /// </summary>
    public sealed class Deformer
    {
        private readonly JointTransforms _joints;
        private readonly RigidTransform[] _transforms;
        private readonly SplatCloud _splats;
        private readonly ResidualModel _model;
        private readonly int[] _rowOf;

        /// <summary>Creates the deformer of an avatar.</summary>
        /// <param name="skeleton">of the avatar.</param>
        /// <param name="splats">its Gaussians, or those of the first levels.</param>
        /// <param name="model">as the clip uses it; null where cloth and hair do not move.</param>
        public Deformer(Skeleton skeleton, SplatCloud splats, ResidualModel model)
        {
            _joints = new JointTransforms(skeleton);
            _transforms = new RigidTransform[skeleton.JointCount];
            _splats = splats;
            _model = model;
            _rowOf = new int[splats.Count];
        }

        /// <summary>Poses every Gaussian.</summary>
        /// <param name="frame">pose, nodes and detail.</param>
        /// <param name="posed">to be written.</param>
        public void Pose(AvatarFrame frame, PosedSplats posed)
        {
            _joints.Evaluate(frame.RootTranslationM, frame.JointRotations, _transforms);
            FindRows(frame.Detail);
            for (var i = 0; i < _splats.Count; i++)
            {
                Pose(i, frame, posed);
            }
        }

        private void FindRows(DetailFrame detail)
        {
            Array.Clear(_rowOf, 0, _rowOf.Length);
            for (var row = 0; detail != null && row < detail.Gaussians.Length; row++)
            {
                if (detail.Gaussians[row] < _rowOf.Length)
                {
                    _rowOf[detail.Gaussians[row]] = row + 1;
                }
            }
        }

        private void Pose(int i, AvatarFrame frame, PosedSplats posed)
        {
            var mean = Vec3.Row(_splats.MeansM, i);
            var quat = Quat.Row(_splats.QuatsWxyz, i).Normalised();
            var scale = Vec3.Row(_splats.ScalesM, i);
            var colour = Vec3.Row(_splats.Sh, i * _splats.HarmonicCount);
            if (_model != null && frame.NodeRotations.Length > 0)
            {
                (mean, quat) = OnNodes(i, mean, quat, frame);
            }
            var row = _rowOf[i] - 1;
            if (row >= 0)
            {
                var detail = frame.Detail;
                mean += detail.PositionM[row];
                quat = detail.Rotation[row] * quat;
                var log = detail.LogScale[row];
                scale = new Vec3(scale.X * Math.Exp(log.X), scale.Y * Math.Exp(log.Y), scale.Z * Math.Exp(log.Z));
                colour += detail.Colour[row];
            }
            var skin = RigidTransform.Blended(_transforms, _splats.Joints, _splats.Weights, i);
            var axes = (skin.Rotation * Mat3.FromQuaternion(quat)).ScaledColumns(scale);
            posed.MeansM[i] = skin.Apply(mean);
            posed.CovariancesM2[i] = axes * axes.Transposed();
            posed.LinearParts[i] = skin.Rotation;
            posed.BaseColours[i] = colour;
        }

        private (Vec3 Mean, Quat Quat) OnNodes(int i, Vec3 mean, Quat quat, AvatarFrame frame)
        {
            var moved = default(Vec3);
            var sum = default(Quat);
            var hangs = false;
            for (var slot = 4 * i; slot < 4 * i + 4; slot++)
            {
                double weight = _model.NodeWeights[slot];
                if (weight == 0)
                {
                    continue;
                }
                hangs = true;
                var node = _model.NodeIndices[slot];
                var rotation = frame.NodeRotations[node];
                var centre = Vec3.Row(_model.NodeRestM, node);
                var arm = Mat3.FromQuaternion(rotation) * (mean - centre);
                moved += weight * (arm + centre + frame.NodeDisplacementsM[node]);
                sum += rotation.OnTheSideOf(sum).Times(weight);
            }
            return hangs ? (moved, sum.Normalised() * quat) : (mean, quat);
        }
    }
}
