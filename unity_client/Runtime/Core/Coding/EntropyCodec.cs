using System;

namespace Ani3d
{
    /// <summary>The entropy codecs: bytes into bytes, whose number is known.</summary>
    internal static class EntropyCodec
    {
        private const int Raw = 0;
        private const int Rans = 1;
        private const int Lz4 = 2;
        private const int Zstd = 3;

        /// <summary>Decodes a payload of one row.</summary>
        public static ArraySegment<byte> Decode(
            int codec, ArraySegment<byte> payload, int rawLength, string name, DecodeRooms rooms = null)
        {
            return Decode(codec, payload, RowLengths.Equal(1, rawLength), name, rooms);
        }

        /// <summary>Decodes a payload.</summary>
        /// <param name="codec">its number.</param>
        /// <param name="payload">what was stored.</param>
        /// <param name="rows">lengths of the rows that the bytes form, none longer than the one before.</param>
        /// <param name="name">of the section, for refusals.</param>
        /// <param name="rooms">where the bytes go; null for a new array.</param>
        public static ArraySegment<byte> Decode(
            int codec, ArraySegment<byte> payload, RowLengths rows, string name, DecodeRooms rooms = null)
        {
            switch (codec)
            {
                case Raw:
                    Refuse.Unless(
                        payload.Count == rows.Total, RefusalCodes.EntropyCorrupt, name,
                        $"{payload.Count} plain bytes, not {rows.Total}");
                    return payload;
                case Rans:
                    return RansDecoder.Decode(payload, rows, name, rooms);
                case Lz4:
                    return Lz4Decoder.Decode(payload, checked((int)rows.Total), name, rooms);
                case Zstd:
                    throw new RefusalException(RefusalCodes.EntropyNotInstalled, name, "entropy codec zstd");
                default:
                    throw new RefusalException(RefusalCodes.EntropyUnknown, name, $"entropy codec {codec}");
            }
        }
    }
}
