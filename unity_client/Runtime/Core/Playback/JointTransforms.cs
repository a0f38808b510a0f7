using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>Forward kinematics: from joint rotations to the transforms that skin rest-pose space.</summary>
    public sealed class JointTransforms
    {
        private readonly Skeleton _skeleton;
        private readonly RigidTransform[] _rest;
        private readonly RigidTransform[] _posed;

        /// <summary>Creates the transforms of a skeleton.</summary>
        public JointTransforms(Skeleton skeleton)
        {
            _skeleton = skeleton;
            _rest = new RigidTransform[skeleton.JointCount];
            _posed = new RigidTransform[skeleton.JointCount];
            var rotations = new Quat[skeleton.JointCount];
            for (var joint = 0; joint < rotations.Length; joint++)
            {
                rotations[joint] = skeleton.RestRotations[joint];
            }
            ToWorld(skeleton.RestTranslationM, rotations, _rest);
        }

        /// <summary>[J] G_j(rest): from joints in the rest pose to the avatar's space.</summary>
        public IReadOnlyList<RigidTransform> Rest => _rest;

        /// <summary>[J] G_j(t) of the pose that was worked out last.</summary>
        public IReadOnlyList<RigidTransform> Posed => _posed;

        /// <summary>Works out A_j = G_j(t) G_j(rest)⁻¹ of a pose.</summary>
        /// <param name="rootTranslationM">of the pose, metres.</param>
        /// <param name="jointRotations">[J] relative to the zero pose.</param>
        /// <param name="result">[J] to be written.</param>
        public void Evaluate(Vec3 rootTranslationM, Quat[] jointRotations, RigidTransform[] result)
        {
            ToWorld(rootTranslationM, jointRotations, _posed);
            for (var joint = 0; joint < _posed.Length; joint++)
            {
                var rotation = _posed[joint].Rotation * _rest[joint].Rotation.Transposed();
                result[joint] = new RigidTransform(rotation, _posed[joint].Offset - rotation * _rest[joint].Offset);
            }
        }

        // G_j: the root is moved by its translation; every joint hangs at its distance in the zero pose from its parent.
        private void ToWorld(Vec3 root, Quat[] rotations, RigidTransform[] result)
        {
            for (var joint = 0; joint < result.Length; joint++)
            {
                var local = Mat3.FromQuaternion(rotations[joint]);
                var parent = _skeleton.Parents[joint];
                var place = _skeleton.ZeroJointsM[joint];
                if (parent < 0)
                {
                    result[joint] = new RigidTransform(local, place + root);
                    continue;
                }
                var arm = place - _skeleton.ZeroJointsM[parent];
                result[joint] = new RigidTransform(result[parent].Rotation * local, result[parent].Apply(arm));
            }
        }
    }
}
