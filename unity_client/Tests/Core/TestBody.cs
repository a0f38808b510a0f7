using System;
using System.Linq;

namespace Ani3d.Tests
{
    /// <summary>A stick figure with joints of SMPL's names; its kinematics are written here once more, as an oracle.</summary>
    internal static class TestBody
    {
        /// <summary>22 names, parents first.</summary>
        public static readonly string[] Names =
        {
            "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle",
            "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head", "left_shoulder",
            "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
        };

        private static readonly int[] Parents = { -1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19 };

        /// <summary>The figure; its pelvis is the origin of the zero pose.</summary>
        /// <param name="armDropRad">by how much the arms hang below the horizontal in the zero pose.</param>
        /// <param name="legs">length of the legs, as a multiple.</param>
        public static Skeleton Skeleton(double armDropRad = 0, double legs = 1)
        {
            var places = new Vec3[Names.Length];
            Vec3[] offsets =
            {
                default, new Vec3(0.09, -0.08, 0), new Vec3(-0.09, -0.08, 0), new Vec3(0, 0.12, 0),
                legs * new Vec3(0.01, -0.39, 0), legs * new Vec3(-0.01, -0.39, 0), new Vec3(0, 0.13, 0),
                legs * new Vec3(0, -0.4, -0.02), legs * new Vec3(0, -0.4, -0.02), new Vec3(0, 0.06, 0),
                new Vec3(0.02, -0.06, 0.12), new Vec3(-0.02, -0.06, 0.12), new Vec3(0, 0.2, 0), new Vec3(0.07, 0.11, 0),
                new Vec3(-0.07, 0.11, 0), new Vec3(0, 0.1, 0.03), new Vec3(0.12, 0, 0), new Vec3(-0.12, 0, 0),
                Arm(0.26, armDropRad), Arm(-0.26, armDropRad), Arm(0.25, armDropRad), Arm(-0.25, armDropRad),
            };
            for (var joint = 1; joint < places.Length; joint++)
            {
                places[joint] = places[Parents[joint]] + offsets[joint];
            }
            var rest = Enumerable.Repeat(Quat.Identity, Names.Length).ToArray();
            return new Skeleton(Names, Parents, places, rest, default);
        }

        /// <summary>The zero pose with the soles on the ground.</summary>
        public static AvatarFrame Standing(Skeleton body)
        {
            var leg = (body.ZeroJointsM[1] - body.ZeroJointsM[4]).Length + (body.ZeroJointsM[4] - body.ZeroJointsM[7]).Length;
            return new AvatarFrame(Names.Length, 0)
            {
                RootTranslationM = new Vec3(0, 0.034 * leg - body.ZeroJointsM[10].Y, 0),
            };
        }

        /// <summary>A pose of a seed: every joint turned, the root elsewhere.</summary>
        public static AvatarFrame AnyPose(int seed)
        {
            var pose = new AvatarFrame(Names.Length, 0) { RootTranslationM = new Vec3(0.3, 1.1, -0.7) };
            AnyRotations(seed).CopyTo(pose.JointRotations, 0);
            return pose;
        }

        /// <summary>A rotation for each joint.</summary>
        public static Quat[] AnyRotations(int seed)
        {
            var random = new Random(seed);
            double Next() => 2 * random.NextDouble() - 1;
            return Names.Select(_ => Quat.FromRotationVector(new Vec3(Next(), Next(), Next()))).ToArray();
        }

        /// <summary>Places of joints, and their global rotations.</summary>
        public static Vec3[] Forward(Skeleton body, AvatarFrame pose, out Quat[] rotations)
        {
            var places = new Vec3[Names.Length];
            rotations = new Quat[Names.Length];
            for (var joint = 0; joint < places.Length; joint++)
            {
                var parent = Parents[joint];
                rotations[joint] = parent < 0 ? pose.JointRotations[joint] : rotations[parent] * pose.JointRotations[joint];
                places[joint] = parent < 0
                    ? body.ZeroJointsM[joint] + pose.RootTranslationM
                    : places[parent] + Turned(rotations[parent], body.ZeroJointsM[joint] - body.ZeroJointsM[parent]);
            }
            return places;
        }

        /// <summary>What Mixamo calls a joint.</summary>
        public static string MixamoName(string joint)
        {
            var table = JointNameTables.Tables[Array.IndexOf(JointNameTables.Styles, "Mixamo")].Split(' ');
            return table.First(pair => pair.EndsWith("=" + joint, StringComparison.Ordinal)).Split('=')[0];
        }

        private static Vec3 Arm(double length, double dropRad)
        {
            return new Vec3(length * Math.Cos(dropRad), -Math.Abs(length) * Math.Sin(dropRad), 0);
        }

        // q v q*, with quaternions alone.
        private static Vec3 Turned(Quat q, Vec3 v)
        {
            var turned = q * new Quat(0, v.X, v.Y, v.Z) * new Quat(q.W, -q.X, -q.Y, -q.Z);
            return new Vec3(turned.X, turned.Y, turned.Z);
        }
    }
}
