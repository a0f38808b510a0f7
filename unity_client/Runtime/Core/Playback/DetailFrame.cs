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
        /// Makes this (1 - share) a + share b; all three are of the same Gaussians, and this may be a.
        /// </summary>
        /// <param name="a">where it begins.</param>
        /// <param name="b">where it ends.</param>
        /// <param name="share">of b, 0 to 1.</param>
        /// <param name="shares">[N] by which the share is multiplied for each Gaussian; null for 1.</param>
        internal void Mix(DetailFrame a, DetailFrame b, double share, double[] shares)
        {
            for (var row = 0; row < Gaussians.Length; row++)
            {
                var own = shares == null ? share : share * shares[Gaussians[row]];
                PositionM[row] = Vec3.Mix(a.PositionM[row], b.PositionM[row], own);
                LogScale[row] = Vec3.Mix(a.LogScale[row], b.LogScale[row], own);
                Colour[row] = Vec3.Mix(a.Colour[row], b.Colour[row], own);
                Rotation[row] = FrameMix.Rotation(a.Rotation[row], b.Rotation[row], own);
            }
        }

        /// <summary>Takes what another one of the same Gaussians is.</summary>
        internal void Copy(DetailFrame other)
        {
            other.PositionM.CopyTo(PositionM, 0);
            other.Rotation.CopyTo(Rotation, 0);
            other.LogScale.CopyTo(LogScale, 0);
            other.Colour.CopyTo(Colour, 0);
        }

        /// <summary>Takes what another one is, whose Gaussians are among those of this one; zero elsewhere.</summary>
        /// <param name="other">null for none.</param>
        internal void Spread(DetailFrame other)
        {
            Array.Clear(PositionM, 0, PositionM.Length);
            Array.Clear(LogScale, 0, LogScale.Length);
            Array.Clear(Colour, 0, Colour.Length);
            Array.Fill(Rotation, Quat.Identity);
            for (var row = 0; other != null && row < other.Gaussians.Length; row++)
            {
                var place = Array.BinarySearch(Gaussians, other.Gaussians[row]);
                PositionM[place] = other.PositionM[row];
                Rotation[place] = other.Rotation[row];
                LogScale[place] = other.LogScale[row];
                Colour[place] = other.Colour[row];
            }
        }
    }
}
