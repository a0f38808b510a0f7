using System;
using System.Collections.Generic;
using System.Text;

namespace Ani3d.Messages
{
    /// <summary>
    /// Reads protobuf's wire format. Every length is checked against what is left before anything is taken by it; unknown
    /// fields are skipped. What does not decode is refused with service-bad-message.
    /// </summary>
    internal sealed class ProtobufReader
    {
        // A message of empty elements would take a hundred times its bytes in memory.
        private const int MaxElements = 1 << 18;
        private const int MaxGroups = 100;
        private const int MaxVarintBytes = 10;
        private static readonly UTF8Encoding Strict = new UTF8Encoding(false, true);
        private byte[] _bytes = Array.Empty<byte>();
        private int _at;
        private int _end;
        private int _elements;

        private enum WireType
        {
            Varint = 0,
            Fixed64 = 1,
            Length = 2,
            GroupBegin = 3,
            GroupEnd = 4,
            Fixed32 = 5,
        }

        /// <summary>Whether the message, or what was entered, has been read.</summary>
        public bool IsAtEnd => _at == _end;

        /// <summary>Reads one message into another one, which is cleared first.</summary>
        /// <param name="bytes">of the message; its fields of bytes share them.</param>
        /// <param name="message">to be written.</param>
        public void Read(ArraySegment<byte> bytes, IMessage message)
        {
            _bytes = bytes.Array ?? Array.Empty<byte>();
            _at = bytes.Offset;
            _end = bytes.Offset + bytes.Count;
            _elements = 0;
            message.Clear();
            message.Merge(this);
        }

        /// <summary>Takes the next tag; false at the end.</summary>
        public bool NextTag(out uint tag)
        {
            tag = 0;
            if (_at == _end)
            {
                return false;
            }
            var value = ReadVarint();
            if (value > uint.MaxValue || value >> 3 == 0)
            {
                throw Refused("a field of no number");
            }
            tag = (uint)value;
            return true;
        }

        /// <summary>A double.</summary>
        public double ReadDouble()
        {
            Need(8);
            ulong bits = 0;
            for (var k = 7; k >= 0; k--)
            {
                bits = bits << 8 | _bytes[_at + k];
            }
            _at += 8;
            return BitConverter.Int64BitsToDouble((long)bits);
        }

        /// <summary>A bool.</summary>
        public bool ReadBool()
        {
            return ReadVarint() != 0;
        }

        /// <summary>A uint32; higher bits are dropped, as protobuf has it.</summary>
        public uint ReadUInt32()
        {
            return unchecked((uint)ReadVarint());
        }

        /// <summary>A uint64.</summary>
        public ulong ReadUInt64()
        {
            return ReadVarint();
        }

        /// <summary>A sint32.</summary>
        public int ReadSInt32()
        {
            var value = unchecked((uint)ReadVarint());
            return (int)(value >> 1) ^ -(int)(value & 1);
        }

        /// <summary>The number of an enum's value, which may be none that we know.</summary>
        public int ReadEnum()
        {
            return unchecked((int)ReadVarint());
        }

        /// <summary>Bytes, shared with the message's.</summary>
        public ArraySegment<byte> ReadBytes()
        {
            var count = ReadLength();
            _at += count;
            return new ArraySegment<byte>(_bytes, _at - count, count);
        }

        /// <summary>A text.</summary>
        public string ReadText()
        {
            var bytes = ReadBytes();
            try
            {
                return Strict.GetString(bytes.Array, bytes.Offset, bytes.Count);
            }
            catch (ArgumentException)
            {
                throw Refused("a text that is not UTF-8");
            }
        }

        /// <summary>Reads a message that has its length before it.</summary>
        public void ReadMessage(IMessage message)
        {
            var outer = Enter();
            message.Merge(this);
            Leave(outer);
        }

        /// <summary>Reads an entry of a map; a later one takes the place of an earlier one.</summary>
        public void ReadEntry(IDictionary<string, string> map)
        {
            CountElement();
            string key = string.Empty, value = string.Empty;
            var outer = Enter();
            while (NextTag(out var tag))
            {
                switch (tag)
                {
                    case 10:
                        key = ReadText();
                        break;
                    case 18:
                        value = ReadText();
                        break;
                    default:
                        Skip(tag);
                        break;
                }
            }
            Leave(outer);
            map[key] = value;
        }

        /// <summary>Narrows to what has its length before it; where the outer message ends.</summary>
        public int Enter()
        {
            var count = ReadLength();
            var outer = _end;
            _end = _at + count;
            return outer;
        }

        /// <summary>Widens to the outer message again.</summary>
        public void Leave(int outer)
        {
            _at = _end;
            _end = outer;
        }

        /// <summary>Refuses where there have been too many elements of lists and maps.</summary>
        public void CountElement()
        {
            if (++_elements > MaxElements)
            {
                throw Refused($"more than {MaxElements} elements");
            }
        }

        /// <summary>Skips a field that is not known, or is of another type than the one that is.</summary>
        public void Skip(uint tag)
        {
            var open = 0;
            do
            {
                switch ((WireType)(tag & 7))
                {
                    case WireType.Varint:
                        ReadVarint();
                        break;
                    case WireType.Fixed64:
                        Need(8);
                        _at += 8;
                        break;
                    case WireType.Length:
                        ReadBytes();
                        break;
                    case WireType.GroupBegin:
                        if (++open > MaxGroups)
                        {
                            throw Refused("groups in groups without end");
                        }
                        break;
                    case WireType.GroupEnd:
                        if (--open < 0)
                        {
                            throw Refused("the end of a group that did not begin");
                        }
                        break;
                    case WireType.Fixed32:
                        Need(4);
                        _at += 4;
                        break;
                    default:
                        throw Refused("a field of no known type");
                }
                if (open > 0 && !NextTag(out tag))
                {
                    throw Refused("a group without an end");
                }
            }
            while (open > 0);
        }

        private static RefusalException Refused(string found)
        {
            return new RefusalException(
                RefusalCodes.ServiceBadMessage, "message of the server", found, "a message of the protocol",
                "Install the same ani3d version on client and server; if they are, report this.");
        }

        private ulong ReadVarint()
        {
            ulong value = 0;
            for (var k = 0; k < MaxVarintBytes; k++)
            {
                Need(1);
                var next = _bytes[_at++];
                value |= (ulong)(next & 0x7F) << 7 * k;
                if (next < 0x80)
                {
                    return value;
                }
            }
            throw Refused("a number without an end");
        }

        private int ReadLength()
        {
            var count = ReadVarint();
            if (count > (ulong)(_end - _at))
            {
                throw Refused($"a field of {count} bytes where {_end - _at} are left");
            }
            return (int)count;
        }

        private void Need(int count)
        {
            if (_end - _at < count)
            {
                throw Refused("it ends early");
            }
        }
    }
}
