using System;

namespace Ani3d
{
    /// <summary>Reads bits, the lowest of a byte first.</summary>
    internal struct BitReader
    {
        private readonly byte[] _bytes;
        private readonly int _end;
        private int _at;
        private ulong _held;
        private int _count;

        /// <summary>Creates a reader at the first bit.</summary>
        public BitReader(ArraySegment<byte> bytes)
        {
            _bytes = bytes.Array;
            _at = bytes.Offset;
            _end = bytes.Offset + bytes.Count;
            _held = 0;
            _count = 0;
        }

        /// <summary>The next 1 to 24 bits; zeros behind the end.</summary>
        public uint Next(int count)
        {
            while (_count < count)
            {
                _held |= (ulong)(_at < _end ? _bytes[_at++] : 0) << _count;
                _count += 8;
            }
            var value = (uint)_held & ((1u << count) - 1);
            _held >>= count;
            _count -= count;
            return value;
        }
    }
}
