namespace Ani3d
{
    /// <summary>What leads nodes in one step of the driver.</summary>
    internal sealed class DriverMotion
    {
        /// <summary>Creates room for M nodes and Q capsules.</summary>
        public DriverMotion(int nodes, int capsules)
        {
            Targets = new Vec3[nodes];
            Normals = new Vec3[nodes];
            CapsuleA = new Vec3[capsules];
            CapsuleB = new Vec3[capsules];
        }

        /// <summary>[M] where nodes hang at the end of the step.</summary>
        public Vec3[] Targets { get; set; }

        /// <summary>[M] normals of cloth, zero where there is none.</summary>
        public Vec3[] Normals { get; }

        /// <summary>[Q] ends a of capsules at the end of the step.</summary>
        public Vec3[] CapsuleA { get; set; }

        /// <summary>[Q] ends b of capsules at the end of the step.</summary>
        public Vec3[] CapsuleB { get; set; }

        /// <summary>Mean velocity of the targets, m/s.</summary>
        public Vec3 Carrier { get; set; }

        /// <summary>N.</summary>
        public int Substeps { get; set; }

        /// <summary>h, seconds.</summary>
        public double SubstepS { get; set; }

        /// <summary>Damping is never below, 1/s.</summary>
        public double LeastDampingHz { get; set; }
    }
}
