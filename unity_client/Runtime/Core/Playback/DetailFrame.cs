using System;

namespace Ani3d
{
    /// <summary>Detail of S Gaussians in one frame; the others have none.</summary>
    public sealed class DetailFrame
    {
        /// <summary>Creates detail that is zero.</summary>
        /// <param name="gaussians">[S] numbers, increasing or in the order of tracks.</param>
        public DetailFrame(int[] gaussians)
        {
            Gaussians = gaussians;
            PositionM = new Vec3[gaussians.Length];
            Rotation = new Quat[gaussians.Length];
            LogScale = new Vec3[gaussians.Length];
            Colour = new Vec3[gaussians.Length];
            for (var row = 0; row < gaussians.Length; row++)
            {
                Rotation[row] = Quat.Identity;
            }
        }

        /// <summary>[S] numbers of the Gaussians.</summary>
        public int[] Gaussians { get; }

        /// <summary>[S] what is added to positions, metres.</summary>
        public Vec3[] PositionM { get; }

        /// <summary>[S] exp of the rotation vectors.</summary>
        public Quat[] Rotation { get; }

        /// <summary>[S] what is added to the logarithms of scales.</summary>
        public Vec3[] LogScale { get; }

        /// <summary>[S] what is added to degree-0 harmonics.</summary>
        public Vec3[] Colour { get; }

        /// <summary>
        /// Detail on the way from one to another; a Gaussian that has none in one of them has zeros there.
        /// </summary>
        /// <param name="a">where it begins; null for none.</param>
        /// <param name="b">where it ends; null for none.</param>
        /// <param name="share">of b, 0 to 1.</param>
        /// <param name="shares">[N] by which the share is multiplied for each Gaussian; null for 1.</param>
        public static DetailFrame Mixed(DetailFrame a, DetailFrame b, double share, double[] shares)
        {
            if (a == null && b == null)
            {
                return null;
            }
            var none = new DetailFrame(Array.Empty<int>());
            var pair = new DetailPair(a ?? none, b ?? none);
            var mixed = new DetailFrame(pair.Gaussians);
            for (var row = 0; row < mixed.Gaussians.Length; row++)
            {
                var own = shares == null ? share : share * shares[mixed.Gaussians[row]];
                var (first, second) = (pair.RowsOfFirst[row], pair.RowsOfSecond[row]);
                mixed.PositionM[row] = Vec3.Mix(
                    At(pair.First.PositionM, first), At(pair.Second.PositionM, second), own);
                mixed.LogScale[row] = Vec3.Mix(At(pair.First.LogScale, first), At(pair.Second.LogScale, second), own);
                mixed.Colour[row] = Vec3.Mix(At(pair.First.Colour, first), At(pair.Second.Colour, second), own);
                var from = first < 0 ? Quat.Identity : pair.First.Rotation[first];
                var to = second < 0 ? Quat.Identity : pair.Second.Rotation[second];
                mixed.Rotation[row] = FrameMix.Rotation(from, to, own);
            }
            return mixed;
        }

        private static Vec3 At(Vec3[] values, int row)
        {
            return row < 0 ? default : values[row];
        }
    }
}
