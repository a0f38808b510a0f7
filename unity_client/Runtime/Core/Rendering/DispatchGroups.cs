using System;

namespace Ani3d
{
    /// <summary>Thread groups of a dispatch, folded into two dimensions where one does not hold them.</summary>
    public readonly struct DispatchGroups
    {
        /// <summary>Most groups of one dimension.</summary>
        public const int Most = 65535;

        private DispatchGroups(int x, int y)
        {
            X = x;
            Y = y;
        }

        /// <summary>Groups along x.</summary>
        public int X { get; }

        /// <summary>Groups along y; 1 unless x is full.</summary>
        public int Y { get; }

        /// <summary>The groups of so many threads.</summary>
        /// <param name="threads">0 or more.</param>
        /// <param name="groupSize">threads of a group.</param>
        public static DispatchGroups Of(long threads, int groupSize)
        {
            var groups = (threads + groupSize - 1) / groupSize;
            if (groups <= Most)
            {
                return new DispatchGroups((int)groups, groups > 0 ? 1 : 0);
            }
            var rows = (groups + Most - 1) / Most;
            if (rows > Most)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(threads), threads, $"at most {(long)Most * Most * groupSize} threads expected");
            }
            return new DispatchGroups(Most, (int)rows);
        }
    }
}
