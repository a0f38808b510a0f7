namespace Ani3d
{
    /// <summary>What moves control nodes live: section "driver". DRIVER.md says what the numbers do.</summary>
    public sealed class DriverModel
    {
        internal DriverModel()
        {
        }

        /// <summary>Displacements are never longer, metres.</summary>
        public double ReachM { get; internal set; }

        /// <summary>K kinds of nodes.</summary>
        public DriverMaterial[] Materials { get; internal set; }

        /// <summary>[M] kind of each node.</summary>
        public int[] Kinds { get; internal set; }

        /// <summary>[M, 4] joints that carry each node.</summary>
        public byte[] Joints { get; internal set; }

        /// <summary>[M, 4] their weights.</summary>
        public float[] Weights { get; internal set; }

        /// <summary>[M] unit normals, zero where there is none.</summary>
        public Vec3[] Normals { get; internal set; }

        /// <summary>[M] compliance by which each node follows its target, s²; 0 pins it.</summary>
        public double[] Follow { get; internal set; }

        /// <summary>[M] where each node hangs, seen from its rest position, metres.</summary>
        public Vec3[] HangM { get; internal set; }

        /// <summary>Links in the order in which they are solved.</summary>
        public DriverLink[] Links { get; internal set; }

        /// <summary>What nodes are kept out of.</summary>
        public DriverCapsule[] Capsules { get; internal set; }

        /// <summary>What was learned of displacements.</summary>
        public LearnedDriver Learned { get; internal set; }
    }
}
