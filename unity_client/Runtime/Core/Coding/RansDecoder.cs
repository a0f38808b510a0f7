using System;
using System.Buffers;

namespace Ani3d
{
    /// <summary>Static range-ANS over bytes: eight states, one table or sixteen by context (SPEC.md, "rans").</summary>
    internal static class RansDecoder
    {
        private const int Bits = FormatConstants.Rans.ProbabilityBits;
        private const int Total = 1 << Bits;
        private const int Lanes = FormatConstants.Rans.Lanes;
        private const int Contexts = FormatConstants.Rans.Contexts;
        private const int RowsAbove = 3;
        private static readonly byte[] ContextOf = MakeContexts();
        private static readonly byte[] Halved = MakeHalved();

        /// <summary>Decodes a payload into the bytes of rows.</summary>
        /// <param name="payload">what was stored.</param>
        /// <param name="rows">lengths of the rows, none longer than the one before.</param>
        /// <param name="name">of the section, for refusals.</param>
        /// <param name="rooms">where the bytes go; null for a new array.</param>
        public static ArraySegment<byte> Decode(
            ArraySegment<byte> payload, RowLengths rows, string name, DecodeRooms rooms = null)
        {
            var words = new RansWords(payload, name);
            int mode = words.NextByte();
            switch (mode)
            {
                case 0:
                    Refuse.Unless(
                        payload.Count - 1 == rows.Total, RefusalCodes.EntropyCorrupt, name,
                        "plain bytes of another length");
                    return new ArraySegment<byte>(payload.Array, payload.Offset + 1, payload.Count - 1);
                case 1:
                    Refuse.Unless(
                        payload.Count == 2, RefusalCodes.EntropyCorrupt, name, "one repeated byte of another length");
                    var same = RoomFor(rows, rooms);
                    Array.Fill(same.Array, words.NextByte(), 0, same.Count);
                    return same;
                case 2:
                    return DecodeCoded(words, rows, name, rooms);
                default:
                    throw new RefusalException(RefusalCodes.EntropyCorrupt, name, $"mode {mode} of rans");
            }
        }

        private static ArraySegment<byte> RoomFor(RowLengths rows, DecodeRooms rooms)
        {
            var count = checked((int)rows.Total);
            return new ArraySegment<byte>(rooms == null ? new byte[count] : rooms.Bytes(count), 0, count);
        }

        private static ArraySegment<byte> DecodeCoded(RansWords words, RowLengths rows, string name, DecodeRooms rooms)
        {
            int count = words.NextByte();
            Refuse.Unless(count == 1 || count == Contexts, RefusalCodes.EntropyCorrupt, name, $"{count} tables");
            var slots = ArrayPool<uint>.Shared.Rent(count * Total);
            try
            {
                for (var table = 0; table < count; table++)
                {
                    ReadTable(words, slots, table * Total, name);
                }
                var states = new uint[Lanes];
                for (var lane = 0; lane < Lanes; lane++)
                {
                    states[lane] = words.NextWord() | (uint)words.NextWord() << 16;
                }
                var raw = RoomFor(rows, rooms);
                if (count == 1)
                {
                    DecodePlain(words, states, slots, rows, raw.Array);
                }
                else
                {
                    DecodeWithContexts(words, states, slots, rows, raw.Array, rooms);
                }
                var ended = words.AtEnd && Array.TrueForAll(states, state => state == FormatConstants.Rans.LowerBound);
                Refuse.Unless(ended, RefusalCodes.EntropyCorrupt, name, "code that does not end where it should");
                return raw;
            }
            finally
            {
                ArrayPool<uint>.Shared.Return(slots);
            }
        }

        // For each slot: symbol in the low 8 bits, slot - start in 12 bits above, frequency - 1 in the highest 12.
        private static void ReadTable(RansWords words, uint[] slots, int first, string name)
        {
            int last = words.NextByte();
            var total = 0;
            for (var symbol = 0; symbol <= last; symbol++)
            {
                int frequency = words.NextByte();
                if (frequency > 127)
                {
                    int second = words.NextByte();
                    Refuse.Unless(
                        second > 0, RefusalCodes.EntropyCorrupt, name, "a frequency in a longer form than need be");
                    frequency = (frequency & 127) | (second << 7);
                }
                Refuse.Unless(total + frequency <= Total, RefusalCodes.EntropyCorrupt, name, "frequencies beyond 4096");
                for (var k = 0; k < frequency; k++)
                {
                    slots[first + total + k] = (uint)symbol | (uint)k << 8 | (uint)(frequency - 1) << 20;
                }
                total += frequency;
                if (frequency == 0)
                {
                    symbol += words.NextByte();
                    Refuse.Unless(symbol < last, RefusalCodes.EntropyCorrupt, name, "zeros that pass the last symbol");
                }
            }
            Refuse.Unless(total == Total, RefusalCodes.EntropyCorrupt, name, "frequencies that do not sum to 4096");
        }

        private static void DecodePlain(RansWords words, uint[] states, uint[] slots, RowLengths rows, byte[] raw)
        {
            for (int row = 0, start = 0; row < rows.Count; start += rows[row], row++)
            {
                var length = rows[row];
                var stretch = StretchOf(length);
                for (var j = 0; j < stretch && j < length; j++)
                {
                    for (int lane = 0, column = j; lane < Lanes && column < length; lane++, column += stretch)
                    {
                        raw[start + column] = Next(words, ref states[lane], slots, 0);
                    }
                }
            }
        }

        private static void DecodeWithContexts(
            RansWords words, uint[] states, uint[] slots, RowLengths rows, byte[] raw, DecodeRooms rooms)
        {
            // Rows of zeros lie before the first one, so that every row has three above it.
            var widest = rows.Count == 0 ? 0 : rows[0];
            var needed = checked((int)rows.Total + RowsAbove * widest);
            var halved = rooms?.Bytes(needed) ?? ArrayPool<byte>.Shared.Rent(needed);
            Array.Clear(halved, 0, RowsAbove * widest);
            try
            {
                int up1 = 2 * widest, up2 = widest, up3 = 0, here = RowsAbove * widest, start = 0;
                for (var row = 0; row < rows.Count; row++)
                {
                    var length = rows[row];
                    var stretch = StretchOf(length);
                    for (var j = 0; j < stretch && j < length; j++)
                    {
                        for (int lane = 0, column = j; lane < Lanes && column < length; lane++, column += stretch)
                        {
                            var at = here + column;
                            var weight = halved[up1 + column] + halved[up2 + column] + 2 * halved[up3 + column];
                            if (j > 1)
                            {
                                weight += 2 * halved[at - 1] + halved[at - 2];
                            }
                            else if (j > 0)
                            {
                                weight += 2 * halved[at - 1];
                            }
                            var symbol = Next(words, ref states[lane], slots, ContextOf[weight] << Bits);
                            raw[start + column] = symbol;
                            halved[at] = Halved[symbol];
                        }
                    }
                    up3 = up2;
                    up2 = up1;
                    up1 = here;
                    here += length;
                    start += length;
                }
            }
            finally
            {
                if (rooms == null)
                {
                    ArrayPool<byte>.Shared.Return(halved);
                }
            }
        }

        private static byte Next(RansWords words, ref uint state, uint[] slots, int table)
        {
            var slot = slots[table + (int)(state & (Total - 1))];
            var next = ((slot >> 20) + 1) * (state >> Bits) + ((slot >> 8) & (Total - 1));
            state = next < FormatConstants.Rans.LowerBound ? next << 16 | words.NextWord() : next;
            return (byte)slot;
        }

        private static int StretchOf(int length)
        {
            return Math.Max(FormatConstants.Rans.ShortestStretch, (length + Lanes - 1) / Lanes);
        }

        private static byte[] MakeContexts()
        {
            // A halved byte is at most 128, and the weight adds up seven of them.
            var contexts = new byte[7 * 128 + 1];
            for (var weight = 0; weight < contexts.Length; weight++)
            {
                foreach (var threshold in FormatConstants.Rans.ContextThresholds)
                {
                    contexts[weight] += threshold <= weight ? (byte)1 : (byte)0;
                }
            }
            return contexts;
        }

        private static byte[] MakeHalved()
        {
            var halved = new byte[256];
            for (var symbol = 0; symbol < halved.Length; symbol++)
            {
                halved[symbol] = (byte)((symbol + 1) >> 1);
            }
            return halved;
        }
    }
}
