using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>How far Gaussians reach around the joints that move them: from it follows what a pose may fill.</summary>
    public sealed class JointReach
    {
        // Bindings below it move nothing by much, and would let a hand reach to the foot.
        private const float LeastWeight = 0.05f;
        private const double ExtentSigmas = 3.33;
        private readonly Vec3[] _places;
        private readonly double[] _radiiM;

        /// <summary>Creates the reach of an avatar's Gaussians.</summary>
        /// <param name="splats">in the rest pose.</param>
        /// <param name="restJoints">[J] G_j of the rest pose.</param>
        /// <param name="residualM">what cloth and hair may add, metres.</param>
        public JointReach(SplatCloud splats, IReadOnlyList<RigidTransform> restJoints, double residualM)
        {
            _places = new Vec3[restJoints.Count];
            _radiiM = new double[restJoints.Count];
            for (var joint = 0; joint < _places.Length; joint++)
            {
                _places[joint] = restJoints[joint].Offset;
            }
            for (var i = 0; i < splats.Count; i++)
            {
                var mean = Vec3.Row(splats.MeansM, i);
                double scale = Math.Max(
                    splats.ScalesM[3 * i], Math.Max(splats.ScalesM[3 * i + 1], splats.ScalesM[3 * i + 2]));
                for (var slot = 4 * i; slot < 4 * i + 4; slot++)
                {
                    if (splats.Weights[slot] >= LeastWeight)
                    {
                        var joint = splats.Joints[slot];
                        var reach = (mean - _places[joint]).Length + ExtentSigmas * scale + residualM;
                        _radiiM[joint] = Math.Max(_radiiM[joint], reach);
                    }
                }
            }
        }

        /// <summary>[J] metres; 0 where nothing hangs on a joint.</summary>
        public IReadOnlyList<double> RadiiM => _radiiM;

        /// <summary>What the avatar may fill in a pose, in its own space.</summary>
        /// <param name="joints">[J] A_j.</param>
        public Box In(RigidTransform[] joints)
        {
            var box = Box.Empty;
            for (var joint = 0; joint < _places.Length; joint++)
            {
                if (_radiiM[joint] > 0)
                {
                    box = box.With(joints[joint].Apply(_places[joint]), _radiiM[joint]);
                }
            }
            return box;
        }
    }
}
