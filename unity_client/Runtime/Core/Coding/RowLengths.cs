using System;

namespace Ani3d
{
    /// <summary>
    /// Lengths of the rows of a table: r rows of one length, or a length for each, none longer than the one before.
    /// </summary>
    internal readonly struct RowLengths
    {
        private readonly int[] _each;
        private readonly int _width;
        private readonly int _repeats;

        private RowLengths(int[] each, int width, int count, int repeats, long total)
        {
            _each = each;
            _width = width;
            Count = count;
            _repeats = repeats;
            Total = total;
        }

        /// <summary>How many rows there are.</summary>
        public int Count { get; }

        /// <summary>Entries of all rows.</summary>
        public long Total { get; }

        /// <summary>Length of a row.</summary>
        public int this[int row] => _each == null ? _width : _each[row / _repeats];

        /// <summary>Rows of one length.</summary>
        public static RowLengths Equal(int count, int width)
        {
            return new RowLengths(null, width, count, 1, (long)count * width);
        }

        /// <summary>Rows that come so many times each.</summary>
        public static RowLengths Repeated(int[] lengths, int repeats)
        {
            long total = 0;
            foreach (var length in lengths)
            {
                total += (long)repeats * length;
            }
            return new RowLengths(lengths, 0, repeats * lengths.Length, repeats, total);
        }
    }
}
