using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>Joints, where they are in the zero pose, and the rest pose that the splats lie in.</summary>
    public sealed class Skeleton
    {
        /// <summary>Creates a skeleton of J joints.</summary>
        /// <param name="jointNames">J names.</param>
        /// <param name="parents">of each joint; -1 of the root. Parents come first.</param>
        /// <param name="zeroJointsM">[J] places in the zero pose, metres.</param>
        /// <param name="restRotations">[J] rotations of the rest pose relative to the zero pose.</param>
        /// <param name="restTranslationM">translation of the root in the rest pose, metres.</param>
        public Skeleton(
            IReadOnlyList<string> jointNames, int[] parents, Vec3[] zeroJointsM, Quat[] restRotations, Vec3 restTranslationM)
        {
            JointNames = jointNames;
            Parents = parents;
            ZeroJointsM = zeroJointsM;
            RestRotations = restRotations;
            RestTranslationM = restTranslationM;
        }

        /// <summary>J names, each of them once.</summary>
        public IReadOnlyList<string> JointNames { get; }

        /// <summary>Parent of each joint, -1 of the root; parents come first.</summary>
        public IReadOnlyList<int> Parents { get; }

        /// <summary>[J] places in the zero pose, metres.</summary>
        public IReadOnlyList<Vec3> ZeroJointsM { get; }

        /// <summary>[J] rotations of the rest pose relative to the zero pose.</summary>
        public IReadOnlyList<Quat> RestRotations { get; }

        /// <summary>Translation of the root in the rest pose, metres.</summary>
        public Vec3 RestTranslationM { get; }

        /// <summary>J.</summary>
        public int JointCount => Parents.Count;

        /// <summary>Number of a joint by its name; -1 where there is none.</summary>
        public int FindJoint(string name)
        {
            for (var joint = 0; joint < JointNames.Count; joint++)
            {
                if (JointNames[joint] == name)
                {
                    return joint;
                }
            }
            return -1;
        }
    }
}
