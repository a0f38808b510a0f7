using System;

namespace Ani3d
{
    /// <summary>The state of an avatar at one time: pose, node motion, and detail where it is at hand.</summary>
    public sealed class AvatarFrame
    {
        private DetailFrame _room;

        /// <summary>Creates a frame at rest in the zero pose.</summary>
        /// <param name="joints">J.</param>
        /// <param name="nodes">M.</param>
        public AvatarFrame(int joints, int nodes)
        {
            JointRotations = new Quat[joints];
            NodeDisplacementsM = new Vec3[nodes];
            NodeRotations = new Quat[nodes];
            Array.Fill(JointRotations, Quat.Identity);
            Array.Fill(NodeRotations, Quat.Identity);
        }

        /// <summary>Translation of the root, metres.</summary>
        public Vec3 RootTranslationM { get; set; }

        /// <summary>[J] local rotations relative to the zero pose.</summary>
        public Quat[] JointRotations { get; }

        /// <summary>[M] displacements of nodes, metres.</summary>
        public Vec3[] NodeDisplacementsM { get; }

        /// <summary>[M] rotations of nodes.</summary>
        public Quat[] NodeRotations { get; }

        /// <summary>Detail; null where there is none, as in light frames.</summary>
        public DetailFrame Detail { get; set; }

        /// <summary>Where the root stands on the ground, and where it faces.</summary>
        /// <param name="rootJointM">J, the root joint in the zero pose.</param>
        public GroundPlace GroundOf(Vec3 rootJointM)
        {
            var root = JointRotations[0];
            var heading = root.Y == 0 && root.W == 0 ? 0 : 2 * Math.Atan2(root.Y, root.W);
            return new GroundPlace(rootJointM.X + RootTranslationM.X, rootJointM.Z + RootTranslationM.Z, heading);
        }

        /// <summary>Moves the root of this frame by x to R_y(heading) x + shift.</summary>
        internal void MoveRoot(Vec3 rootJointM, double heading, Vec3 shift)
        {
            var turn = new Quat(Math.Cos(heading / 2), 0, Math.Sin(heading / 2), 0);
            JointRotations[0] = turn * JointRotations[0];
            RootTranslationM = GroundPlace.Turned(heading, rootJointM + RootTranslationM) + shift - rootJointM;
        }

        /// <summary>Takes root, joints and nodes of a frame of the same avatar; detail stays what it is.</summary>
        public void TakeMotion(AvatarFrame other)
        {
            RootTranslationM = other.RootTranslationM;
            other.JointRotations.CopyTo(JointRotations, 0);
            other.NodeDisplacementsM.CopyTo(NodeDisplacementsM, 0);
            other.NodeRotations.CopyTo(NodeRotations, 0);
        }

        /// <summary>Makes this frame what another one is.</summary>
        internal void Copy(AvatarFrame other)
        {
            RootTranslationM = other.RootTranslationM;
            other.JointRotations.CopyTo(JointRotations, 0);
            other.NodeDisplacementsM.CopyTo(NodeDisplacementsM, 0);
            other.NodeRotations.CopyTo(NodeRotations, 0);
            TakeDetail(other.Detail);
        }

        /// <summary>Copies detail into memory of this frame.</summary>
        /// <param name="detail">null for none.</param>
        internal void TakeDetail(DetailFrame detail)
        {
            Detail = detail;
            if (detail == null || ReferenceEquals(detail, _room))
            {
                return;
            }
            if (!ReferenceEquals(_room?.Gaussians, detail.Gaussians))
            {
                _room = new DetailFrame(detail.Gaussians);
            }
            _room.Copy(detail);
            Detail = _room;
        }
    }
}
