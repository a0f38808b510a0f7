using System;

namespace Ani3d
{
    /// <summary>Tables of signed integers (SPEC.md, "Tables of integers").</summary>
    internal static class IntegerTable
    {
        /// <summary>Reads a table of rows of any lengths; entries are as they are stored.</summary>
        /// <returns>All rows, one after the other; more behind them where the cursor has rooms.</returns>
        public static int[] Read(Cursor cursor, RowLengths rows)
        {
            int codec = cursor.ReadByte();
            int shift = cursor.ReadByte();
            Refuse.Unless(
                shift <= FormatConstants.Table.MaxShift, RefusalCodes.SectionInvalid, cursor.Name,
                $"shift {shift} of a table");
            int codedSymbols = cursor.ReadLength(), codedEscapes = cursor.ReadLength();
            var escapeBytes = cursor.ReadVarint(Math.Min(int.MaxValue, FormatConstants.Leb128.MaxBytes * rows.Total));
            var symbols = EntropyCodec.Decode(codec, cursor.Take(codedSymbols), rows, cursor.Name, cursor.Rooms);
            var low = cursor.Take((rows.Total * shift + 7) / 8);
            var escapes = EntropyCodec.Decode(codec, cursor.Take(codedEscapes), escapeBytes, cursor.Name, cursor.Rooms);
            return United(symbols, low, shift, new Cursor(escapes, cursor.Name), cursor.Rooms);
        }

        /// <summary>Reads a table of r rows of c integers, each within a range.</summary>
        /// <param name="cursor">where it begins.</param>
        /// <param name="rowCount">r.</param>
        /// <param name="columnCount">c.</param>
        /// <param name="isDelta">whether entries are differences to their left neighbours.</param>
        /// <param name="range">of the finished integers.</param>
        /// <returns>[r, c], row after row; more behind them where the cursor has rooms.</returns>
        public static int[] Read(Cursor cursor, int rowCount, int columnCount, bool isDelta, IntegerRange range)
        {
            var values = Read(cursor, RowLengths.Equal(rowCount, columnCount));
            for (int row = 0, at = 0; row < rowCount; row++)
            {
                long value = 0;
                for (var end = at + columnCount; at < end; at++)
                {
                    value = isDelta ? value + values[at] : values[at];
                    if (value < range.Lowest || value > range.Highest)
                    {
                        throw range.Left(cursor.Name, value);
                    }
                    values[at] = (int)value;
                }
            }
            return values;
        }

        /// <summary>Reads a table that says itself whether its rows hold differences.</summary>
        public static int[] ReadChoice(Cursor cursor, int rowCount, int columnCount, IntegerRange range)
        {
            int delta = cursor.ReadByte();
            Refuse.Unless(
                delta <= 1, range.Code, cursor.Name, $"{delta}, not 0 for a plain table or 1 for differences");
            return Read(cursor, rowCount, columnCount, delta == 1, range);
        }

        private static int[] United(
            ArraySegment<byte> symbols, ArraySegment<byte> low, int shift, Cursor escapes, DecodeRooms rooms)
        {
            var count = symbols.Count;
            var values = rooms == null ? new int[count] : rooms.Integers(count);
            var bytes = symbols.Array;
            var reader = new BitReader(low);
            for (int i = 0, at = symbols.Offset; i < count; i++, at++)
            {
                long high = bytes[at];
                if (high == FormatConstants.Table.Escape)
                {
                    high += ReadEscape(escapes);
                }
                var zigzagged = shift == 0 ? high : high << shift | reader.Next(shift);
                if (zigzagged > uint.MaxValue)
                {
                    throw new RefusalException(
                        RefusalCodes.SectionInvalid, escapes.Name, "an integer of more than 32 bits");
                }
                values[i] = Unzigzagged((uint)zigzagged);
            }
            Refuse.Unless(
                escapes.Left == 0, RefusalCodes.SectionInvalid, escapes.Name, "more escapes than symbols of 255");
            return values;
        }

        /// <summary>2 v and -2 v - 1 back to v.</summary>
        public static int Unzigzagged(uint value)
        {
            return (int)(value >> 1) ^ -(int)(value & 1);
        }

        private static long ReadEscape(Cursor escapes)
        {
            long value = 0;
            for (var place = 0; place < FormatConstants.Leb128.MaxBytes && escapes.Left > 0; place++)
            {
                int digit = escapes.ReadByte();
                value |= (long)(digit & 127) << (7 * place);
                if (digit < 128 && (digit > 0 || place == 0))
                {
                    return value;
                }
                if (digit == 0)
                {
                    break;
                }
            }
            throw new RefusalException(
                RefusalCodes.SectionInvalid, escapes.Name, "an escape that ends early or is too long");
        }
    }
}
