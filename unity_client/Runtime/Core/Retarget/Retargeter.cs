using System;
using System.Collections.Generic;
using System.Linq;

namespace Ani3d
{
    /// <summary>
    /// Takes poses of another skeleton to poses of an avatar, pose by pose. With G global rotations, "ref" the pose in which
    /// both stand, Y the turn to where the other faces then and C the turn of a limb's bone into the direction that the
    /// other's has then: <c>G(t) = G_other(t) G_other(ref)⁻¹ Y C</c>. So limbs point where the other's point, and everything
    /// else turns by as much. The root is placed by the middle of the hips, its path scaled by the ratio of the legs, raised
    /// so that soles stand where the other's stand. Nothing is allocated in a pose.
    /// </summary>
    public sealed class Retargeter
    {
        private const double NoLength = 1e-9;
        // The soles of a standing adult lie this share of the leg's length below the toe joints.
        private const double SoleBelowToes = 0.034;
        // Beyond this share of its leg's length from the ground, the reference does not stand on it.
        private const double StandsWithin = 0.25;

        // Bones whose direction is matched: joint, and the next one along the limb.
        private static readonly string[] Limbs = { "hip knee", "knee ankle", "shoulder elbow", "elbow wrist" };
        private static readonly string[] Sides = { "left_", "right_" };
        private readonly Skeleton _body;
        private readonly int[] _boneOf;
        private readonly Quat[] _after;
        private readonly Quat[] _global;
        private readonly Vec3 _hipsFromRootM;
        private readonly double _lift;

        /// <summary>Prepares poses of one skeleton for one avatar.</summary>
        /// <param name="source">the other skeleton, in its reference pose.</param>
        /// <param name="body">the avatar's.</param>
        /// <exception cref="RefusalException"><c>retarget-no-legs</c>: the avatar has no joints of these names.</exception>
        public Retargeter(StandingSkeleton source, Skeleton body)
        {
            _body = body;
            var missing = JointNaming.Missing(body.JointNames);
            if (missing.Length > 0)
            {
                throw new RefusalException(
                    RefusalCodes.RetargetNoLegs, "avatar", $"no joints {missing}", "joints of SMPL's names",
                    "Move this avatar by its own joints, or rename them before it is baked.");
            }
            _boneOf = body.JointNames.Select(source.BoneOf).ToArray();
            _after = new Quat[_boneOf.Length];
            _global = new Quat[_boneOf.Length];
            var limbs = LimbTurns(source);
            for (var joint = 0; joint < _after.Length; joint++)
            {
                _after[joint] = _boneOf[joint] < 0
                    ? Quat.Identity : source.Rotations[_boneOf[joint]].Conjugated() * source.Facing * limbs[joint];
            }
            LeftHipBone = source.BoneOf("left_hip");
            RightHipBone = source.BoneOf("right_hip");
            _hipsFromRootM = 0.5 * (Zero("left_hip") + Zero("right_hip")) - body.ZeroJointsM[0];
            Scale = BodyLegM() / source.LegLength;
            _lift = Lift(source);
        }

        /// <summary>Metres of the avatar for each unit of the other skeleton.</summary>
        public double Scale { get; }

        /// <summary>Number of the bone whose place is the left hip's.</summary>
        public int LeftHipBone { get; }

        /// <summary>Number of the bone whose place is the right hip's.</summary>
        public int RightHipBone { get; }

        /// <summary>Joints of the avatar that no bone leads; they follow their parents.</summary>
        public IReadOnlyList<string> Missing =>
            _body.JointNames.Where((_, joint) => _boneOf[joint] < 0).ToArray();

        /// <summary>Whether a bone leads any joint; the rotations of others are not read.</summary>
        public bool Reads(int bone)
        {
            return Array.IndexOf(_boneOf, bone) >= 0;
        }

        /// <summary>Writes the avatar's pose; node motion of the frame stays as it is.</summary>
        /// <param name="rotations">[K] of the bones, not relative to their parents; unit.</param>
        /// <param name="leftHip">place of the bone <see cref="LeftHipBone"/>, in the unit of the skeleton.</param>
        /// <param name="rightHip">place of the bone <see cref="RightHipBone"/>.</param>
        /// <param name="frame">of the avatar, to be written.</param>
        public void Pose(IReadOnlyList<Quat> rotations, Vec3 leftHip, Vec3 rightHip, AvatarFrame frame)
        {
            for (var joint = 0; joint < _global.Length; joint++)
            {
                var parent = _body.Parents[joint];
                if (_boneOf[joint] < 0)
                {
                    _global[joint] = parent < 0 ? Quat.Identity : _global[parent];
                    frame.JointRotations[joint] = Quat.Identity;
                    continue;
                }
                _global[joint] = (rotations[_boneOf[joint]] * _after[joint]).Normalised();
                frame.JointRotations[joint] = parent < 0
                    ? _global[joint] : (_global[parent].Conjugated() * _global[joint]).Normalised();
            }
            var hips = (0.5 * Scale) * (leftHip + rightHip) + new Vec3(0, _lift, 0);
            frame.RootTranslationM = hips - _global[0].Rotate(_hipsFromRootM) - _body.ZeroJointsM[0];
        }

        // C of the equation, for each joint of the avatar.
        private Quat[] LimbTurns(StandingSkeleton source)
        {
            var turns = new Quat[_boneOf.Length];
            Array.Fill(turns, Quat.Identity);
            foreach (var side in Sides)
            {
                foreach (var limb in Limbs)
                {
                    var ends = limb.Split(' ');
                    Turn(source, side + ends[0], side + ends[1], turns);
                }
                // A hand continues the forearm.
                var hand = _body.FindJoint(side + "wrist");
                if (hand >= 0)
                {
                    turns[hand] = turns[_body.FindJoint(side + "elbow")];
                }
            }
            return turns;
        }

        private void Turn(StandingSkeleton source, string start, string end, Quat[] turns)
        {
            if (source.BoneOf(start) < 0 || source.BoneOf(end) < 0 || _body.FindJoint(start) < 0 || _body.FindJoint(end) < 0)
            {
                return;
            }
            var ours = Zero(end) - Zero(start);
            var theirs = source.Facing.Conjugated().Rotate(source.PlaceOf(end) - source.PlaceOf(start));
            // Joints in one place have no direction between them; some rigs have such.
            if (Math.Min(ours.Length, theirs.Length) > NoLength)
            {
                turns[_body.FindJoint(start)] = ShortestTurn((1 / ours.Length) * ours, (1 / theirs.Length) * theirs);
            }
        }

        private static Quat ShortestTurn(Vec3 from, Vec3 to)
        {
            var turn = new Quat(
                1 + Vec3.Dot(from, to), from.Y * to.Z - from.Z * to.Y, from.Z * to.X - from.X * to.Z,
                from.X * to.Y - from.Y * to.X);
            // Opposite directions leave the axis open; limbs of two standing skeletons are never that far apart.
            return turn.Length > 1e-6 ? turn.Normalised() : new Quat(0, 0, 0, 1);
        }

        private Vec3 Zero(string joint)
        {
            return _body.ZeroJointsM[_body.FindJoint(joint)];
        }

        private double BodyLegM()
        {
            return 0.5 * Sides.Sum(side =>
                (Zero(side + "hip") - Zero(side + "knee")).Length + (Zero(side + "knee") - Zero(side + "ankle")).Length);
        }

        // By how much the avatar is raised: the other's ankles are higher above its soles than the avatar's, or lower.
        private double Lift(StandingSkeleton source)
        {
            var lowest = Math.Min(source.PlaceOf("left_ankle").Y, source.PlaceOf("right_ankle").Y);
            if (Math.Abs(lowest) > StandsWithin * source.LegLength)
            {
                return 0;
            }
            var toes = _body.FindJoint("left_foot") >= 0 && _body.FindJoint("right_foot") >= 0 ? "foot" : "ankle";
            // In the reference legs of both go straight down: what is below the hips is as long as in the zero pose.
            var belowHipsM = Sides.Average(side => Zero(side + "hip").Y - Zero(side + toes).Y);
            var hips = 0.5 * Scale * (source.PlaceOf("left_hip").Y + source.PlaceOf("right_hip").Y);
            return belowHipsM + SoleBelowToes * BodyLegM() - hips;
        }
    }
}
