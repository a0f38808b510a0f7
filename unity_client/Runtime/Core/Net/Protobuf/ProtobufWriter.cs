using System;
using System.Collections.Generic;
using System.Text;

namespace Ani3d.Messages
{
    /// <summary>Writes protobuf's wire format into memory that is used again.</summary>
    internal sealed class ProtobufWriter
    {
        private const int LengthDelimited = 2;
        private const int FirstBytes = 256;
        private const int MaxVarintBytes = 10;
        private byte[] _bytes = new byte[FirstBytes];
        private int _at;

        /// <summary>What was written; valid until more is.</summary>
        public ArraySegment<byte> Written => new ArraySegment<byte>(_bytes, 0, _at);

        /// <summary>Forgets what was written, and leaves room for a prefix.</summary>
        public void Begin(int prefixBytes)
        {
            _at = 0;
            Reserve(prefixBytes);
            Array.Clear(_bytes, 0, prefixBytes);
            _at = prefixBytes;
        }

        /// <summary>A double; left out where it is 0.</summary>
        public void WriteDouble(int number, double value)
        {
            if (BitConverter.DoubleToInt64Bits(value) != 0)
            {
                WriteOptional(number, value);
            }
        }

        /// <summary>A bool; left out where it is false.</summary>
        public void WriteBool(int number, bool value)
        {
            WriteUInt64(number, value ? 1UL : 0);
        }

        /// <summary>A uint32; left out where it is 0.</summary>
        public void WriteUInt32(int number, uint value)
        {
            WriteUInt64(number, value);
        }

        /// <summary>A uint64; left out where it is 0.</summary>
        public void WriteUInt64(int number, ulong value)
        {
            if (value != 0)
            {
                WriteTag(number, 0);
                WriteVarint(value);
            }
        }

        /// <summary>An enum's value; left out where it is 0.</summary>
        public void WriteEnum(int number, int value)
        {
            WriteUInt64(number, unchecked((ulong)value));
        }

        /// <summary>A text; left out where it is empty.</summary>
        public void WriteText(int number, string value)
        {
            if (value.Length > 0)
            {
                WriteTextAlways(number, value);
            }
        }

        /// <summary>Bytes; left out where there are none.</summary>
        public void WriteBytes(int number, ArraySegment<byte> value)
        {
            if (value.Count > 0)
            {
                WriteTag(number, LengthDelimited);
                WriteVarint((ulong)value.Count);
                Reserve(value.Count);
                Buffer.BlockCopy(value.Array, value.Offset, _bytes, _at, value.Count);
                _at += value.Count;
            }
        }

        /// <summary>A double that may be absent.</summary>
        public void WriteOptional(int number, double? value)
        {
            if (value == null)
            {
                return;
            }
            WriteTag(number, 1);
            Reserve(8);
            var bits = BitConverter.DoubleToInt64Bits(value.Value);
            for (var k = 0; k < 8; k++)
            {
                _bytes[_at++] = unchecked((byte)(bits >> 8 * k));
            }
        }

        /// <summary>A uint32 that may be absent.</summary>
        public void WriteOptional(int number, uint? value)
        {
            if (value != null)
            {
                WriteTag(number, 0);
                WriteVarint(value.Value);
            }
        }

        /// <summary>A uint64 that may be absent. Without it, one would pass as a double.</summary>
        public void WriteOptional(int number, ulong? value)
        {
            if (value != null)
            {
                WriteTag(number, 0);
                WriteVarint(value.Value);
            }
        }

        /// <summary>A message that may be absent.</summary>
        public void WriteMessage(int number, IMessage value)
        {
            if (value != null)
            {
                WriteTag(number, LengthDelimited);
                var start = _at;
                value.Write(this);
                PutLength(start);
            }
        }

        /// <summary>Messages.</summary>
        public void WriteMessages<T>(int number, MessageList<T> values)
            where T : IMessage, new()
        {
            for (var i = 0; i < values.Count; i++)
            {
                WriteMessage(number, values[i]);
            }
        }

        /// <summary>Texts.</summary>
        public void WriteRepeated(int number, List<string> values)
        {
            foreach (var value in values)
            {
                WriteTextAlways(number, value);
            }
        }

        /// <summary>Packed sint32.</summary>
        public void WriteRepeated(int number, List<int> values)
        {
            if (values.Count == 0)
            {
                return;
            }
            WriteTag(number, LengthDelimited);
            var start = _at;
            foreach (var value in values)
            {
                WriteVarint(unchecked((uint)(value << 1 ^ value >> 31)));
            }
            PutLength(start);
        }

        /// <summary>Packed values of an enum.</summary>
        public void WritePackedEnums(int number, List<int> values)
        {
            if (values.Count == 0)
            {
                return;
            }
            WriteTag(number, LengthDelimited);
            var start = _at;
            foreach (var value in values)
            {
                WriteVarint(unchecked((ulong)value));
            }
            PutLength(start);
        }

        /// <summary>A map, in the order of its keys.</summary>
        public void WriteEntries(int number, SortedDictionary<string, string> map)
        {
            foreach (var pair in map)
            {
                WriteTag(number, LengthDelimited);
                var start = _at;
                WriteTextAlways(1, pair.Key);
                WriteTextAlways(2, pair.Value);
                PutLength(start);
            }
        }

        private void WriteTextAlways(int number, string value)
        {
            WriteTag(number, LengthDelimited);
            var count = Encoding.UTF8.GetByteCount(value);
            WriteVarint((ulong)count);
            Reserve(count);
            _at += Encoding.UTF8.GetBytes(value, 0, value.Length, _bytes, _at);
        }

        private void WriteTag(int number, int wireType)
        {
            WriteVarint((ulong)(number << 3 | wireType));
        }

        private void WriteVarint(ulong value)
        {
            Reserve(MaxVarintBytes);
            while (value >= 0x80)
            {
                _bytes[_at++] = (byte)(value | 0x80);
                value >>= 7;
            }
            _bytes[_at++] = (byte)value;
        }

        // What was written from here on is moved by the bytes that its length takes.
        private void PutLength(int start)
        {
            var count = _at - start;
            var lengthBytes = 1;
            for (var rest = count >> 7; rest > 0; rest >>= 7)
            {
                lengthBytes++;
            }
            Reserve(lengthBytes);
            Buffer.BlockCopy(_bytes, start, _bytes, start + lengthBytes, count);
            _at = start;
            WriteVarint((ulong)count);
            _at += count;
        }

        private void Reserve(int count)
        {
            if (_bytes.Length - _at < count)
            {
                Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _at + count));
            }
        }
    }
}
