using System;

namespace Ani3d
{
    /// <summary>One block of the LZ4 block format.</summary>
    internal static class Lz4Decoder
    {
        private const int ShortestMatch = 4;
        private const int Extended = 15;

        /// <summary>Decodes a block whose decoded length is known.</summary>
        public static ArraySegment<byte> Decode(
            ArraySegment<byte> payload, int rawLength, string name, DecodeRooms rooms = null)
        {
            var source = payload.Array;
            int from = payload.Offset, end = payload.Offset + payload.Count, to = 0;
            if (rawLength == 0)
            {
                Need(payload.Count == 1 && source[from] == 0, name);
                return new ArraySegment<byte>(Array.Empty<byte>());
            }
            var raw = rooms == null ? new byte[rawLength] : rooms.Bytes(rawLength);
            while (from < end)
            {
                int token = source[from++];
                var literals = ReadLength(token >> 4, source, ref from, end, name);
                Need(literals <= end - from && literals <= rawLength - to, name);
                Buffer.BlockCopy(source, from, raw, to, (int)literals);
                from += (int)literals;
                to += (int)literals;
                if (from == end)
                {
                    Need(to == rawLength, name);
                    return new ArraySegment<byte>(raw, 0, rawLength);
                }
                Need(from + 2 <= end && to <= rawLength - FormatConstants.Lz4.LastMatch, name);
                var distance = source[from] | source[from + 1] << 8;
                from += 2;
                var matched = ReadLength(token & Extended, source, ref from, end, name) + ShortestMatch;
                Need(
                    distance > 0 && distance <= to && matched <= rawLength - FormatConstants.Lz4.LastLiterals - to,
                    name);
                for (var stop = to + (int)matched; to < stop; to++)
                {
                    raw[to] = raw[to - distance];
                }
            }
            throw new RefusalException(
                RefusalCodes.EntropyCorrupt, name, "an LZ4 block that does not end with literals");
        }

        private static long ReadLength(int nibble, byte[] source, ref int from, int end, string name)
        {
            long length = nibble;
            if (nibble != Extended)
            {
                return length;
            }
            int digit;
            do
            {
                Need(from < end, name);
                digit = source[from++];
                length += digit;
            }
            while (digit == 255);
            return length;
        }

        private static void Need(bool holds, string name)
        {
            Refuse.Unless(holds, RefusalCodes.EntropyCorrupt, name, "an LZ4 block that is damaged");
        }
    }
}
