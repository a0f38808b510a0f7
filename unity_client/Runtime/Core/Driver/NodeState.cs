using System;

namespace Ani3d
{
    /// <summary>What the driver remembers of M nodes from step to step.</summary>
    internal sealed class NodeState
    {
        // A blended skinning matrix flatter than this is not inverted: its transpose stands for the inverse.
        private const double Flattest = 0.05;

        /// <summary>Creates the state of nodes at rest.</summary>
        public NodeState(DriverModel driver, Vec3[] restM)
        {
            var count = restM.Length;
            RestM = restM;
            Places = new Vec3[count];
            Velocities = new Vec3[count];
            Targets = new Vec3[count];
            Matrices = new RigidTransform[count];
            Rotations = new Quat[count];
            Array.Fill(Rotations, Quat.Identity);
            CapsuleA = new Vec3[driver.Capsules.Length];
            CapsuleB = new Vec3[driver.Capsules.Length];
        }

        /// <summary>[M] c_n.</summary>
        public Vec3[] RestM { get; }

        /// <summary>[M] x_n.</summary>
        public Vec3[] Places { get; }

        /// <summary>[M] v_n.</summary>
        public Vec3[] Velocities { get; }

        /// <summary>[M] where nodes hang.</summary>
        public Vec3[] Targets { get; set; }

        /// <summary>[M] skinning matrices.</summary>
        public RigidTransform[] Matrices { get; }

        /// <summary>[M] q_n.</summary>
        public Quat[] Rotations { get; }

        /// <summary>[Q] ends a of capsules.</summary>
        public Vec3[] CapsuleA { get; set; }

        /// <summary>[Q] ends b of capsules.</summary>
        public Vec3[] CapsuleB { get; set; }

        /// <summary>L⁻¹ of a node's matrix.</summary>
        public static Mat3 Inverse(Mat3 linear)
        {
            var determinant = linear.Determinant;
            return determinant > Flattest ? (1 / determinant) * linear.Cofactors().Transposed() : linear.Transposed();
        }

        /// <summary>The displacement of a node that is at a place: L⁻¹ (x - t) - c.</summary>
        public Vec3 DisplacementAt(int node, Vec3 place)
        {
            var matrix = Matrices[node];
            return Inverse(matrix.Rotation) * (place - matrix.Offset) - RestM[node];
        }

        /// <summary>Carries everything that is remembered by a rigid motion x to R (x - from) + to.</summary>
        public void Carry(Mat3 turn, Vec3 from, Vec3 to)
        {
            Carry(Places, turn, from, to);
            Carry(Targets, turn, from, to);
            Carry(CapsuleA, turn, from, to);
            Carry(CapsuleB, turn, from, to);
            for (var node = 0; node < Velocities.Length; node++)
            {
                Velocities[node] = turn * Velocities[node];
                Matrices[node] = new RigidTransform(turn * Matrices[node].Rotation, Matrices[node].Offset);
            }
        }

        private static void Carry(Vec3[] places, Mat3 turn, Vec3 from, Vec3 to)
        {
            for (var i = 0; i < places.Length; i++)
            {
                places[i] = turn * (places[i] - from) + to;
            }
        }
    }
}
