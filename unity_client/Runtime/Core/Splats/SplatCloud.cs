using System;

namespace Ani3d
{
    /// <summary>N Gaussians in the rest pose and their binding to joints, in storage order.</summary>
    public sealed class SplatCloud
    {
        internal SplatCloud(int count, int shDegree)
        {
            Count = count;
            ShDegree = shDegree;
            Parts = new byte[count];
            MeansM = new float[3 * count];
            QuatsWxyz = new float[4 * count];
            ScalesM = new float[3 * count];
            Opacities = new float[count];
            Sh = new float[3 * HarmonicCount * count];
            Joints = new byte[4 * count];
            Weights = new float[4 * count];
        }

        /// <summary>N.</summary>
        public int Count { get; }

        /// <summary>Degree of spherical harmonics, 0 to 3.</summary>
        public int ShDegree { get; }

        /// <summary>(degree + 1)².</summary>
        public int HarmonicCount => (ShDegree + 1) * (ShDegree + 1);

        /// <summary>[N] numbers of parts: skin, face, hair, garment, accessory.</summary>
        public byte[] Parts { get; }

        /// <summary>[N, 3] means, metres.</summary>
        public float[] MeansM { get; }

        /// <summary>[N, 4] unit quaternions w x y z.</summary>
        public float[] QuatsWxyz { get; }

        /// <summary>[N, 3] standard deviations, metres.</summary>
        public float[] ScalesM { get; }

        /// <summary>[N] opacities, 0 to 1.</summary>
        public float[] Opacities { get; }

        /// <summary>[N, (degree + 1)², 3] harmonics with the signs of 3DGS.</summary>
        public float[] Sh { get; }

        /// <summary>[N, 4] joints that move each Gaussian.</summary>
        public byte[] Joints { get; }

        /// <summary>[N, 4] their weights, which sum to 1.</summary>
        public float[] Weights { get; }

        /// <summary>A copy of the first n Gaussians.</summary>
        internal SplatCloud First(int count)
        {
            var first = new SplatCloud(count, ShDegree);
            Array.Copy(Parts, first.Parts, count);
            Array.Copy(MeansM, first.MeansM, 3 * count);
            Array.Copy(QuatsWxyz, first.QuatsWxyz, 4 * count);
            Array.Copy(ScalesM, first.ScalesM, 3 * count);
            Array.Copy(Opacities, first.Opacities, count);
            Array.Copy(Sh, first.Sh, 3 * HarmonicCount * count);
            Array.Copy(Joints, first.Joints, 4 * count);
            Array.Copy(Weights, first.Weights, 4 * count);
            return first;
        }

        /// <summary>Clouds one after the other.</summary>
        internal static SplatCloud Joined(SplatCloud[] levels, int shDegree)
        {
            var count = 0;
            foreach (var level in levels)
            {
                count += level.Count;
            }
            var joined = new SplatCloud(count, shDegree);
            var at = 0;
            foreach (var level in levels)
            {
                Put(level.Parts, joined.Parts, at);
                Put(level.MeansM, joined.MeansM, 3 * at);
                Put(level.QuatsWxyz, joined.QuatsWxyz, 4 * at);
                Put(level.ScalesM, joined.ScalesM, 3 * at);
                Put(level.Opacities, joined.Opacities, at);
                Put(level.Sh, joined.Sh, 3 * joined.HarmonicCount * at);
                Put(level.Joints, joined.Joints, 4 * at);
                Put(level.Weights, joined.Weights, 4 * at);
                at += level.Count;
            }
            return joined;
        }

        private static void Put(Array from, Array to, int at)
        {
            Array.Copy(from, 0, to, at, from.Length);
        }
    }
}
