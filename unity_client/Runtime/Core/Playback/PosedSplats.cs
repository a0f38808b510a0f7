namespace Ani3d
{
    /// <summary>N Gaussians in the world.</summary>
    public sealed class PosedSplats
    {
        /// <summary>Creates room for N Gaussians.</summary>
        public PosedSplats(int count)
        {
            MeansM = new Vec3[count];
            CovariancesM2 = new Mat3[count];
            LinearParts = new Mat3[count];
            BaseColours = new Vec3[count];
        }

        /// <summary>[N] means, metres.</summary>
        public Vec3[] MeansM { get; }

        /// <summary>[N] covariances, square metres.</summary>
        public Mat3[] CovariancesM2 { get; }

        /// <summary>[N] L: the view direction is taken back by its rotation before harmonics are evaluated.</summary>
        public Mat3[] LinearParts { get; }

        /// <summary>[N] degree-0 harmonics, detail added.</summary>
        public Vec3[] BaseColours { get; }
    }
}
