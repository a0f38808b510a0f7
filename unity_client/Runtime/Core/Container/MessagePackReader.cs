using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>
    /// The msgpack of packages, each value in its one shortest form; nothing is built of what nobody asks for.
    /// </summary>
    internal sealed class MessagePackReader
    {
        private readonly byte[] _bytes;
        private readonly int _end;
        private readonly string _code;
        private readonly string _subject;
        private int _at;
        private int _depth;

        /// <summary>Creates a reader at the first byte.</summary>
        /// <param name="bytes">of a table or section.</param>
        /// <param name="code">under which everything that is wrong is refused.</param>
        /// <param name="subject">what is read, for refusals.</param>
        public MessagePackReader(ArraySegment<byte> bytes, string code, string subject)
        {
            _bytes = bytes.Array;
            _at = bytes.Offset;
            _end = bytes.Offset + bytes.Count;
            _code = code;
            _subject = subject;
        }

        /// <summary>Bytes that are left.</summary>
        public int Left => _end - _at;

        /// <summary>The refusal of something.</summary>
        public RefusalException Refused(string found)
        {
            return new RefusalException(_code, _subject, found);
        }

        /// <summary>Refuses unless something holds.</summary>
        public void Need(bool holds, string found)
        {
            if (!holds)
            {
                throw Refused(found);
            }
        }

        /// <summary>Refuses bytes behind the outermost value.</summary>
        public void Finish()
        {
            Need(_at == _end, "bytes behind the end");
        }

        /// <summary>Begins a list; <see cref="Leave"/> ends it.</summary>
        /// <returns>How many values follow.</returns>
        public int EnterList(string field)
        {
            var count = ReadLength(0x90, 15, 0xDC, field, "a list");
            Need(count <= Left, "it ends early");
            Enter();
            return count;
        }

        /// <summary>Begins a map; <see cref="Leave"/> ends it.</summary>
        /// <returns>How many pairs follow.</returns>
        public int EnterMap(string field)
        {
            var count = ReadLength(0x80, 15, 0xDE, field, "a map");
            Need(count <= Left / 2, "it ends early");
            Enter();
            return count;
        }

        /// <summary>Ends a list or map.</summary>
        public void Leave()
        {
            _depth--;
        }

        /// <summary>Reads a map of known fields; the others are checked and skipped.</summary>
        /// <param name="field">its name, for refusals.</param>
        /// <param name="read">reads the value of a field, or answers false where it does not know its name.</param>
        /// <returns>The names that came.</returns>
        public HashSet<string> ReadFields(string field, Func<string, bool> read)
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            for (var left = EnterMap(field); left > 0; left--)
            {
                var name = ReadText(field, FormatConstants.Manifest.MaxTextChars);
                Need(names.Add(name), $"{name} twice");
                if (!read(name))
                {
                    Skip();
                }
            }
            Leave();
            return names;
        }

        /// <summary>Text of at most so many code points.</summary>
        public string ReadText(string field, int maxCodePoints)
        {
            int head = Head();
            int length;
            if (head >= 0xA0 && head < 0xC0)
            {
                length = head & 31;
            }
            else
            {
                Need(head >= 0xD9 && head <= 0xDB, $"{field} is no text");
                length = ReadUnsigned(head - 0xD9, head == 0xD9 ? 0x20u : head == 0xDA ? 0x100u : 0x10000u);
            }
            var text = Utf8.TextOf(Take(length), maxCodePoints);
            return text ?? throw Refused($"{field} is no text of at most {maxCodePoints} allowed characters");
        }

        /// <summary>Bytes, not copied.</summary>
        public ArraySegment<byte> ReadBinary(string field)
        {
            int head = Head();
            Need(head >= 0xC4 && head <= 0xC6, $"{field} is no binary");
            return Take(ReadUnsigned(head - 0xC4, head == 0xC4 ? 0u : head == 0xC5 ? 0x100u : 0x10000u));
        }

        /// <summary>True or false.</summary>
        public bool ReadBoolean(string field)
        {
            int head = Head();
            Need(head == 0xC2 || head == 0xC3, $"{field} is neither true nor false");
            return head == 0xC3;
        }

        /// <summary>An integer within a range.</summary>
        public long ReadInteger(string field, long lowest, long highest)
        {
            int head = Head();
            Need(TryInteger(head, out var value), $"{field} is no integer");
            Need(value >= lowest && value <= highest, $"{field} {value}, {lowest} to {highest} expected");
            return value;
        }

        /// <summary>A float within a range; an integer may stand for it.</summary>
        public double ReadNumber(string field, double lowest, double highest)
        {
            int head = Head();
            double value;
            if (head == 0xCB)
            {
                value = BitConverter.Int64BitsToDouble((long)ReadBigEndian(8));
            }
            else
            {
                Need(TryInteger(head, out var integer, out var isHuge), $"{field} is no number");
                value = isHuge ? (double)(ulong)integer : integer;
            }
            Need(value >= lowest && value <= highest, $"{field} {value}, {lowest} to {highest} expected");
            return value;
        }

        /// <summary>Checks a value of any type and passes it.</summary>
        public void Skip()
        {
            int head = _at < _end ? _bytes[_at] : throw Refused("it ends early");
            if (head == 0xC0)
            {
                _at++;
            }
            else if (head == 0xC2 || head == 0xC3)
            {
                ReadBoolean("a value");
            }
            else if (head >= 0xC4 && head <= 0xC6)
            {
                ReadBinary("a value");
            }
            else if (head == 0xCB)
            {
                _at++;
                ReadBigEndian(8);
            }
            else if ((head >= 0xA0 && head < 0xC0) || (head >= 0xD9 && head <= 0xDB))
            {
                ReadText("a value", FormatConstants.Manifest.MaxTextChars);
            }
            else if ((head >= 0x90 && head < 0xA0) || head == 0xDC || head == 0xDD)
            {
                for (var left = EnterList("a value"); left > 0; left--)
                {
                    Skip();
                }
                Leave();
            }
            else if ((head >= 0x80 && head < 0x90) || head == 0xDE || head == 0xDF)
            {
                ReadFields("a value", _ => false);
            }
            else
            {
                Need(TryInteger(Head(), out _, out _), $"type byte {head}");
            }
        }

        private void Enter()
        {
            Need(_depth < FormatConstants.Container.MaxDepth, "nested too deeply");
            _depth++;
        }

        private byte Head()
        {
            Need(_at < _end, "it ends early");
            return _bytes[_at++];
        }

        private ArraySegment<byte> Take(int count)
        {
            Need(count <= Left, "it ends early");
            _at += count;
            return new ArraySegment<byte>(_bytes, _at - count, count);
        }

        // `small` + length in one byte, else 16 or 32 bits behind `large` and `large` + 1.
        private int ReadLength(int small, int mask, int large, string field, string what)
        {
            int head = Head();
            if (head >= small && head <= small + mask)
            {
                return head & mask;
            }
            Need(head == large || head == large + 1, $"{field} is not {what}");
            return ReadUnsigned(head - large + 1, head == large ? (uint)mask + 1 : 0x10000u);
        }

        // A length of 2^power bytes that no shorter form could hold.
        private int ReadUnsigned(int power, uint lowest)
        {
            var value = ReadBigEndian(1 << power);
            Need(value >= lowest, "a form longer than need be");
            Need(value <= (ulong)Left, "it ends early");
            return (int)value;
        }

        private ulong ReadBigEndian(int size)
        {
            var bytes = Take(size);
            ulong value = 0;
            for (var k = 0; k < size; k++)
            {
                value = value << 8 | bytes.Array[bytes.Offset + k];
            }
            return value;
        }

        private bool TryInteger(int head, out long value)
        {
            var isInteger = TryInteger(head, out value, out var isHuge);
            Need(!isHuge, "an integer beyond 63 bits");
            return isInteger;
        }

        private bool TryInteger(int head, out long value, out bool isHuge)
        {
            isHuge = false;
            value = head < 0x80 ? head : head - 256;
            if (head < 0x80 || head >= 0xE0)
            {
                return true;
            }
            if (head >= 0xCC && head <= 0xCF)
            {
                var size = 1 << (head - 0xCC);
                var unsigned = ReadBigEndian(size);
                Need(unsigned >= (size == 1 ? 0x80UL : 1UL << (4 * size)), "a form longer than need be");
                value = (long)unsigned;
                isHuge = unsigned > long.MaxValue;
                return true;
            }
            if (head >= 0xD0 && head <= 0xD3)
            {
                var size = 1 << (head - 0xD0);
                var spare = 64 - 8 * size;
                value = (long)(ReadBigEndian(size) << spare) >> spare;
                Need(value < (size == 1 ? -0x20L : -(1L << (4 * size - 1))), "a form longer than need be");
                return true;
            }
            return false;
        }
    }
}
