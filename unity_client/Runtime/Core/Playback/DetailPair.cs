using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>Two details side by side, over every Gaussian that either of them has.</summary>
    internal readonly struct DetailPair
    {
        /// <summary>Creates a pair. Of one clip both have the same Gaussians, and nothing is searched.</summary>
        public DetailPair(DetailFrame first, DetailFrame second)
        {
            First = first;
            Second = second;
            if (ReferenceEquals(first.Gaussians, second.Gaussians))
            {
                Gaussians = first.Gaussians;
                RowsOfFirst = RowsOfSecond = Counted(Gaussians.Length);
                return;
            }
            var all = new SortedSet<int>(first.Gaussians);
            all.UnionWith(second.Gaussians);
            Gaussians = new int[all.Count];
            all.CopyTo(Gaussians);
            RowsOfFirst = RowsOf(first.Gaussians, Gaussians);
            RowsOfSecond = RowsOf(second.Gaussians, Gaussians);
        }

        /// <summary>One detail.</summary>
        public DetailFrame First { get; }

        /// <summary>The other detail.</summary>
        public DetailFrame Second { get; }

        /// <summary>Every Gaussian that either of them has.</summary>
        public int[] Gaussians { get; }

        /// <summary>Row of each Gaussian in the first; -1 where it has none.</summary>
        public int[] RowsOfFirst { get; }

        /// <summary>Row of each Gaussian in the second; -1 where it has none.</summary>
        public int[] RowsOfSecond { get; }

        private static int[] Counted(int count)
        {
            var rows = new int[count];
            for (var row = 0; row < count; row++)
            {
                rows[row] = row;
            }
            return rows;
        }

        private static int[] RowsOf(int[] own, int[] wanted)
        {
            var places = new Dictionary<int, int>(own.Length);
            for (var row = 0; row < own.Length; row++)
            {
                places[own[row]] = row;
            }
            return Array.ConvertAll(wanted, gaussian => places.TryGetValue(gaussian, out var row) ? row : -1);
        }
    }
}
