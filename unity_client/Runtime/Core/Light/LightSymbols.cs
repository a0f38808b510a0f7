using System;

namespace Ani3d
{
    /// <summary>Decodes the symbols of one light frame: rans of one state.</summary>
    internal struct LightSymbols
    {
        private const string Subject = "light frame";
        private readonly byte[] _bytes;
        private readonly int _end;
        private int _at;
        private uint _state;

        /// <summary>Creates a decoder of what follows the head of a payload.</summary>
        public LightSymbols(ArraySegment<byte> bytes)
        {
            _bytes = bytes.Array;
            _at = bytes.Offset;
            _end = bytes.Offset + bytes.Count;
            _state = 0;
            _state = NextWord() | (uint)NextWord() << 16;
        }

        /// <summary>The next symbol of a table.</summary>
        public int Next(ulong[] slots)
        {
            const int bits = FormatConstants.Rans.ProbabilityBits;
            var slot = slots[_state & ((1 << bits) - 1)];
            var next = (uint)(slot >> 32) * (_state >> bits) + ((uint)(slot >> 8) & 0xFFFFFF);
            _state = next < FormatConstants.Rans.LowerBound ? next << 16 | NextWord() : next;
            return (int)(slot & 255);
        }

        /// <summary>A LEB128 number in its shortest form, of digits of the uniform table.</summary>
        public long NextLeb128()
        {
            long value = 0;
            for (var place = 0; place < FormatConstants.Light.MaxEscapeDigits; place++)
            {
                var digit = Next(LightTables.Uniform);
                value |= (long)(digit & 127) << (7 * place);
                if (digit < 128)
                {
                    return digit > 0 || place == 0 ? value : throw Corrupt("a number in a longer form than need be");
                }
            }
            throw Corrupt("a number of too many digits");
        }

        /// <summary>Refuses code that does not end where it should.</summary>
        public void Finish()
        {
            if (_state != FormatConstants.Rans.LowerBound || _at != _end)
            {
                throw Corrupt("code that does not end where it should");
            }
        }

        /// <summary>The refusal of a payload.</summary>
        public static RefusalException Corrupt(string found)
        {
            return new RefusalException(RefusalCodes.LightFrameCorrupt, Subject, found);
        }

        private ushort NextWord()
        {
            if (_at + 2 > _end)
            {
                throw Corrupt("it ends early");
            }
            _at += 2;
            return (ushort)(_bytes[_at - 2] | _bytes[_at - 1] << 8);
        }
    }
}
