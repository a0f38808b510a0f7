using System;

namespace Ani3d
{
    /// <summary>Posed Gaussians of one instant, in world space. Its arrays may be longer than the frame.</summary>
    public sealed class FullFrame
    {
        /// <summary>N, Gaussians of the frame; rows behind them mean nothing.</summary>
        public int Count { get; private set; }

        /// <summary>[N, 3] means, metres.</summary>
        public float[] MeansM { get; private set; } = Array.Empty<float>();

        /// <summary>[N, 4] rotations w x y z, within 2e-5 of unit length.</summary>
        public float[] Rotations { get; private set; } = Array.Empty<float>();

        /// <summary>[N, 3] standard deviations along the local axes, metres.</summary>
        public float[] ScalesM { get; private set; } = Array.Empty<float>();

        /// <summary>[N] opacities, 0 to 1.</summary>
        public float[] Opacities { get; private set; } = Array.Empty<float>();

        /// <summary>[N, 3] red, green, blue of harmonic degree 0.</summary>
        public float[] Colours { get; private set; } = Array.Empty<float>();

        /// <summary>Makes room for so many Gaussians.</summary>
        internal void Resize(int count)
        {
            Count = count;
            if (Opacities.Length < count)
            {
                MeansM = new float[3 * count];
                Rotations = new float[4 * count];
                ScalesM = new float[3 * count];
                Opacities = new float[count];
                Colours = new float[3 * count];
            }
        }
    }
}
