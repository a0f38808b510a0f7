using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>
    /// Mixes detail of frames that may have it of different Gaussians. Memory for pairs of clips is kept and used again.
    /// </summary>
    internal sealed class DetailMix
    {
        private const int MostPairs = 8;
        private readonly List<Pair> _pairs = new List<Pair>();

        /// <summary>
        /// Detail on the way from one to another; a Gaussian that has none in one of them has zeros there.
        /// </summary>
        /// <param name="a">where it begins, which is written; null for none.</param>
        /// <param name="b">where it ends; null for none.</param>
        /// <param name="share">of b, 0 to 1.</param>
        /// <param name="shares">[N] by which the share is multiplied for each Gaussian; null for 1.</param>
        /// <returns>a, or memory of this object that holds until the same pair is mixed again; null for none.</returns>
        public DetailFrame Mixed(DetailFrame a, DetailFrame b, double share, double[] shares)
        {
            if (a == null && b == null)
            {
                return null;
            }
            if (a != null && b != null && ReferenceEquals(a.Gaussians, b.Gaussians))
            {
                a.Mix(a, b, share, shares);
                return a;
            }
            var pair = PairOf(a?.Gaussians, b?.Gaussians);
            pair.Left.Spread(a);
            pair.Right.Spread(b);
            pair.Left.Mix(pair.Left, pair.Right, share, shares);
            return pair.Left;
        }

        private Pair PairOf(int[] a, int[] b)
        {
            foreach (var known in _pairs)
            {
                if (ReferenceEquals(known.A, a) && ReferenceEquals(known.B, b))
                {
                    return known;
                }
            }
            if (_pairs.Count == MostPairs)
            {
                _pairs.RemoveAt(0);
            }
            var pair = new Pair(a, b);
            _pairs.Add(pair);
            return pair;
        }

        private sealed class Pair
        {
            public Pair(int[] a, int[] b)
            {
                A = a;
                B = b;
                var all = new SortedSet<int>(a ?? Array.Empty<int>());
                all.UnionWith(b ?? Array.Empty<int>());
                var gaussians = new int[all.Count];
                all.CopyTo(gaussians);
                Left = new DetailFrame(gaussians);
                Right = new DetailFrame(gaussians);
            }

            public int[] A { get; }

            public int[] B { get; }

            public DetailFrame Left { get; }

            public DetailFrame Right { get; }
        }
    }
}
