using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>
    /// The skeleton that leads an avatar, in the pose that both have in common: it stands upright, legs down. Everything is
    /// in one right-handed frame with Y up whose ground is y = 0, in any unit.
    /// </summary>
    public sealed class StandingSkeleton
    {
        private const double UprightCosine = 0.75;
        private const double LevelSine = 0.5;
        private const double NoLength = 1e-9;
        private const double SnapRad = 20 * Math.PI / 180;
        private readonly Dictionary<string, int> _boneOf = new Dictionary<string, int>(StringComparer.Ordinal);

        /// <summary>Takes a skeleton of K bones in its reference pose.</summary>
        /// <param name="joints">[K] joint of the avatar that each bone leads; null of bones that lead none.</param>
        /// <param name="places">[K] of the bones.</param>
        /// <param name="rotations">[K] of the bones, not relative to their parents.</param>
        /// <exception cref="RefusalException">
        /// <c>retarget-unknown-joints</c>: a joint that is needed is led by no bone; <c>source-invalid</c>: the pose does not
        /// stand upright.
        /// </exception>
        public StandingSkeleton(IReadOnlyList<string> joints, IReadOnlyList<Vec3> places, IReadOnlyList<Quat> rotations)
        {
            if (joints.Count != places.Count || joints.Count != rotations.Count)
            {
                throw new ArgumentException($"{joints.Count} joints, {places.Count} places, {rotations.Count} rotations");
            }
            var missing = JointNaming.Missing(joints);
            if (missing.Length > 0)
            {
                throw new RefusalException(
                    RefusalCodes.RetargetUnknownJoints, "skeleton", $"no bone for {missing}",
                    "a bone for each of pelvis, hips, knees, ankles, shoulders and elbows",
                    "Map the bones that are not recognised to joints of the avatar.");
            }
            Joints = joints;
            Places = places;
            Rotations = rotations;
            for (var bone = 0; bone < joints.Count; bone++)
            {
                if (joints[bone] != null)
                {
                    _boneOf[joints[bone]] = bone;
                }
            }
            CheckStanding();
            Facing = FacingOf(PlaceOf("left_hip") - PlaceOf("right_hip"));
        }

        /// <summary>[K] joint of the avatar that each bone leads; null where none.</summary>
        public IReadOnlyList<string> Joints { get; }

        /// <summary>[K] places in the reference pose.</summary>
        public IReadOnlyList<Vec3> Places { get; }

        /// <summary>[K] rotations in the reference pose.</summary>
        public IReadOnlyList<Quat> Rotations { get; }

        /// <summary>The turn about Y from facing +Z to where the reference pose faces; nearly square turns are squared.</summary>
        public Quat Facing { get; }

        /// <summary>Length of thigh and shin together, mean of both legs, in the skeleton's unit.</summary>
        public double LegLength =>
            (LegOf("left") + LegOf("right")) / 2;

        /// <summary>Number of the bone that leads a joint; -1 where none does.</summary>
        public int BoneOf(string joint)
        {
            return _boneOf.TryGetValue(joint, out var bone) ? bone : -1;
        }

        /// <summary>Place of the bone that leads a joint, in the reference pose.</summary>
        public Vec3 PlaceOf(string joint)
        {
            return Places[BoneOf(joint)];
        }

        private static Quat FacingOf(Vec3 left)
        {
            // Facing +Z, left is +X; a turn about Y takes +X to (cos, 0, -sin).
            var yaw = Math.Atan2(-left.Z, left.X);
            var square = Math.Round(yaw / (Math.PI / 2)) * (Math.PI / 2);
            yaw = Math.Abs(yaw - square) < SnapRad ? square : yaw;
            return new Quat(Math.Cos(yaw / 2), 0, Math.Sin(yaw / 2), 0);
        }

        private double LegOf(string side)
        {
            Vec3 hip = PlaceOf(side + "_hip"), knee = PlaceOf(side + "_knee"), ankle = PlaceOf(side + "_ankle");
            return (hip - knee).Length + (knee - ankle).Length;
        }

        private void CheckStanding()
        {
            var least = UprightOf(PlaceOf("left_shoulder") + PlaceOf("right_shoulder") - 2 * PlaceOf("pelvis"));
            foreach (var side in new[] { "left", "right" })
            {
                least = Math.Min(least, UprightOf(PlaceOf(side + "_hip") - PlaceOf(side + "_knee")));
                least = Math.Min(least, UprightOf(PlaceOf(side + "_knee") - PlaceOf(side + "_ankle")));
            }
            var across = PlaceOf("left_hip") - PlaceOf("right_hip");
            // NaN does not stand either.
            if (!(least > UprightCosine && Math.Abs(across.Y) < LevelSine * Math.Max(across.Length, NoLength)))
            {
                throw new RefusalException(
                    RefusalCodes.SourceInvalid, "skeleton", "a reference pose that does not stand upright",
                    "legs down, arms anywhere", "Put the skeleton into its T-pose and take the reference again.");
            }
        }

        private static double UprightOf(Vec3 bone)
        {
            return bone.Y / Math.Max(bone.Length, NoLength);
        }
    }
}
