using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>
    /// Arrays that one decoder uses again for group after group: groups ask for the like in the same order. What was taken
    /// holds until the next <see cref="Reset"/>.
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

        private static T[] Taken<T>(List<T[]> arrays, int place, int count)
        {
            if (place == arrays.Count)
            {
                arrays.Add(new T[count]);
            }
            else if (arrays[place].Length < count)
            {
                // A little more than is asked for, so that groups that grow slowly do not need new ones each.
                arrays[place] = new T[count + count / 8];
            }
            return arrays[place];
        }
    }
}
