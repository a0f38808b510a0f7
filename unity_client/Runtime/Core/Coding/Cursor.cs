using System;

namespace Ani3d
{
    /// <summary>Reads one section from front to back.</summary>
    internal sealed class Cursor
    {
        private readonly byte[] _bytes;
        private readonly int _end;
        private int _at;

        /// <summary>Creates a cursor at the first byte.</summary>
        /// <param name="bytes">of the section, decoded.</param>
        /// <param name="name">of the section, for refusals.</param>
        /// <param name="rooms">where decoded tables go; null for new arrays.</param>
        public Cursor(ArraySegment<byte> bytes, string name, DecodeRooms rooms = null)
        {
            Rooms = rooms;
            _bytes = bytes.Array;
            _at = bytes.Offset;
            _end = bytes.Offset + bytes.Count;
            Name = name;
        }

        /// <summary>Name of the section.</summary>
        public string Name { get; }

        /// <summary>Where decoded tables go; null for new arrays.</summary>
        public DecodeRooms Rooms { get; }

        /// <summary>Bytes that are left.</summary>
        public int Left => _end - _at;

        /// <summary>A cursor behind the layout version of a section.</summary>
        public static Cursor OfSection(ArraySegment<byte> bytes, string name, int layout, DecodeRooms rooms = null)
        {
            var cursor = new Cursor(bytes, name, rooms);
            int found = cursor.ReadByte();
            Refuse.Unless(found == layout, RefusalCodes.SectionVersion, name, $"layout {found}, not {layout}");
            return cursor;
        }

        /// <summary>How many integers, or bytes, may come out of so many stored bytes.</summary>
        public static long Allowed(long storedBytes)
        {
            return FormatConstants.Package.FreeIntegers + FormatConstants.Package.IntegersPerByte * storedBytes;
        }

        /// <summary>The next bytes, not copied.</summary>
        public ArraySegment<byte> Take(long count)
        {
            Refuse.Unless(count <= Left, RefusalCodes.SectionTruncated, Name, $"{Left} bytes left of {count}");
            var taken = new ArraySegment<byte>(_bytes, _at, (int)count);
            _at += (int)count;
            return taken;
        }

        /// <summary>One byte.</summary>
        public byte ReadByte()
        {
            if (_at == _end)
            {
                throw new RefusalException(RefusalCodes.SectionTruncated, Name, "it ends early");
            }
            return _bytes[_at++];
        }

        /// <summary>A float32 that is neither NaN nor infinite.</summary>
        public float ReadFloat()
        {
            var bytes = Take(4);
            var value = Floats.FromBits(bytes.Array[bytes.Offset] | bytes.Array[bytes.Offset + 1] << 8
                | bytes.Array[bytes.Offset + 2] << 16 | bytes.Array[bytes.Offset + 3] << 24);
            Refuse.Unless(Floats.IsFinite(value), RefusalCodes.SectionNotFinite, Name, "NaN or infinity");
            return value;
        }

        /// <summary>So many finite float32.</summary>
        public float[] ReadFloats(int count)
        {
            Refuse.Unless(
                4L * count <= Left, RefusalCodes.SectionTruncated, Name, $"{Left} bytes left of {4L * count}");
            var values = new float[count];
            for (var i = 0; i < count; i++)
            {
                values[i] = ReadFloat();
            }
            return values;
        }

        /// <summary>LEB128 in its shortest form, 0 to a limit.</summary>
        public int ReadVarint(long limit)
        {
            long value = 0;
            for (var place = 0; place < FormatConstants.Leb128.MaxBytes; place++)
            {
                int digit = ReadByte();
                value |= (long)(digit & 127) << (7 * place);
                if (digit < 128)
                {
                    var fits = value <= limit && (digit > 0 || place == 0);
                    Refuse.Unless(
                        fits, RefusalCodes.SectionInvalid, Name, $"a count of {value}, at most {limit} expected");
                    return (int)value;
                }
            }
            throw new RefusalException(RefusalCodes.SectionInvalid, Name, "a count of more than five bytes");
        }

        /// <summary>The length of something in this section.</summary>
        public int ReadLength()
        {
            return ReadVarint(Left);
        }

        /// <summary>Refuses a section of too few bytes for the integers that it says it holds.</summary>
        public void ExpectIntegers(long count, long storedBytes)
        {
            var fits = count <= Allowed(storedBytes);
            Refuse.Unless(fits, RefusalCodes.SectionInvalid, Name, $"{count} integers in {storedBytes} bytes");
        }

        /// <summary>Refuses bytes behind the last field.</summary>
        public void Finish()
        {
            Refuse.Unless(_at == _end, RefusalCodes.SectionTrailing, Name, $"{Left} bytes behind its end");
        }
    }
}
