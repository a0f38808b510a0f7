using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>
    /// Arrays that one decoder uses again for section after section. What was taken holds until the next
    /// <see cref="Reset"/>.
    /// </summary>
    internal sealed class DecodeRooms
    {
        private readonly List<int[]> _integers = new List<int[]>();
        private readonly List<byte[]> _bytes = new List<byte[]>();
        private int _integersTaken;
        private int _bytesTaken;

        /// <summary>Takes all arrays back.</summary>
        public void Reset()
        {
            _integersTaken = _bytesTaken = 0;
        }

        /// <summary>An array of so many integers or more, of any content.</summary>
        public int[] Integers(int count)
        {
            return Taken(_integers, _integersTaken++, count);
        }

        /// <summary>An array of so many bytes or more, of any content.</summary>
        public byte[] Bytes(int count)
        {
            return Taken(_bytes, _bytesTaken++, count);
        }

        // Those that are taken lie in front. The smallest of the others that is large enough is taken; else the largest of
        // them gives way, so that there are never more arrays than are taken at once.
        private static T[] Taken<T>(List<T[]> arrays, int taken, int count)
        {
            var place = -1;
            for (var k = taken; k < arrays.Count; k++)
            {
                var length = arrays[k].Length;
                var fits = length >= count;
                var isBetter = place < 0 || (arrays[place].Length >= count
                    ? fits && length < arrays[place].Length : fits || length > arrays[place].Length);
                place = isBetter ? k : place;
            }
            if (place < 0)
            {
                place = arrays.Count;
                arrays.Add(new T[count]);
            }
            else if (arrays[place].Length < count)
            {
                // A little more than is asked for, so that sections that grow slowly do not need new arrays each.
                arrays[place] = new T[count + count / 8];
            }
            (arrays[taken], arrays[place]) = (arrays[place], arrays[taken]);
            return arrays[taken];
        }
    }
}
