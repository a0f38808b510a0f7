using System;

namespace Ani3d
{
    /// <summary>Reads the bytes and 16-bit words of a payload of rans.</summary>
    internal sealed class RansWords
    {
        private readonly byte[] _bytes;
        private readonly int _end;
        private readonly string _name;
        private int _at;

        /// <summary>Creates a reader at the first byte.</summary>
        public RansWords(ArraySegment<byte> payload, string name)
        {
            _bytes = payload.Array;
            _at = payload.Offset;
            _end = payload.Offset + payload.Count;
            _name = name;
        }

        /// <summary>True if nothing is left.</summary>
        public bool AtEnd => _at == _end;

        /// <summary>The next byte.</summary>
        public byte NextByte()
        {
            if (_at >= _end)
            {
                throw Ended();
            }
            return _bytes[_at++];
        }

        /// <summary>The next word, little-endian.</summary>
        public ushort NextWord()
        {
            var at = _at;
            if (at + 1 >= _end)
            {
                throw Ended();
            }
            _at = at + 2;
            return (ushort)(_bytes[at] | _bytes[at + 1] << 8);
        }

        private RefusalException Ended()
        {
            return new RefusalException(RefusalCodes.EntropyCorrupt, _name, "a payload of rans that ends early");
        }
    }
}
