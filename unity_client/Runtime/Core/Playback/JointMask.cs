using System;

namespace Ani3d
{
    /// <summary>A weight for each joint, and what follows from it for Gaussians and nodes.</summary>
    public sealed class JointMask
    {
        /// <summary>Creates a mask.</summary>
        /// <param name="joints">[J] weights, 0 to 1.</param>
        /// <param name="boundJoints">[N, 4] joints of Gaussians.</param>
        /// <param name="boundWeights">[N, 4] their weights.</param>
        /// <param name="nodeCount">M.</param>
        /// <param name="nodeIndices">[N, 4] nodes of Gaussians; null where there are none.</param>
        /// <param name="nodeWeights">[N, 4] their weights.</param>
        /// <param name="levelEnds">Gaussians of the levels 0 to k, for each k.</param>
        public JointMask(
            double[] joints, byte[] boundJoints, float[] boundWeights, int nodeCount, int[] nodeIndices, float[] nodeWeights,
            int[] levelEnds)
        {
            Joints = joints;
            Gaussians = new double[boundJoints.Length / 4];
            for (var slot = 0; slot < boundJoints.Length; slot++)
            {
                Gaussians[slot / 4] += (double)boundWeights[slot] * joints[boundJoints[slot]];
            }
            Nodes = new double[nodeCount];
            if (nodeIndices != null && nodeCount > 0)
            {
                FillNodes(nodeIndices, nodeWeights, levelEnds);
            }
        }

        /// <summary>[J] m_j.</summary>
        public double[] Joints { get; }

        /// <summary>[M] c_n.</summary>
        public double[] Nodes { get; }

        /// <summary>[N] g_i.</summary>
        public double[] Gaussians { get; }

        /// <summary>A mask of joints by their names, over the avatar of a package.</summary>
        /// <param name="skeleton">of the avatar.</param>
        /// <param name="names">of joints.</param>
        /// <param name="weights">of these joints, 0 to 1; the others have 0.</param>
        /// <returns>[J] weights.</returns>
        public static double[] OfJoints(Skeleton skeleton, string[] names, double[] weights)
        {
            var joints = new double[skeleton.JointCount];
            for (var i = 0; i < names.Length; i++)
            {
                var joint = skeleton.FindJoint(names[i]);
                if (joint < 0)
                {
                    throw new ArgumentException($"the avatar has no joint {names[i]}", nameof(names));
                }
                joints[joint] = weights[i];
            }
            return joints;
        }

        // A node has the share of what hangs on it at the coarsest level where something does.
        private void FillNodes(int[] indices, float[] weights, int[] levelEnds)
        {
            var pulls = new double[Nodes.Length];
            var sums = new double[Nodes.Length];
            var isKnown = new bool[Nodes.Length];
            var i = 0;
            foreach (var end in levelEnds)
            {
                for (; i < end; i++)
                {
                    for (var slot = 4 * i; slot < 4 * i + 4; slot++)
                    {
                        pulls[indices[slot]] += weights[slot];
                        sums[indices[slot]] += weights[slot] * Gaussians[i];
                    }
                }
                for (var node = 0; node < Nodes.Length; node++)
                {
                    if (!isKnown[node] && pulls[node] > 0)
                    {
                        isKnown[node] = true;
                        Nodes[node] = sums[node] / pulls[node];
                    }
                }
            }
        }
    }
}
