using System;

namespace Ani3d
{
    /// <summary>CRC-32 as in PNG and gzip, four bytes at a time.</summary>
    internal static class Crc32
    {
        private const uint Polynomial = 0xEDB88320;
        private static readonly uint[] Tables = MakeTables();

        /// <summary>Checksum of bytes.</summary>
        public static uint Of(ArraySegment<byte> bytes)
        {
            var array = bytes.Array;
            int at = bytes.Offset, end = bytes.Offset + bytes.Count;
            var value = uint.MaxValue;
            for (; at + 4 <= end; at += 4)
            {
                value ^= (uint)(array[at] | array[at + 1] << 8 | array[at + 2] << 16 | array[at + 3] << 24);
                value = Tables[768 + (value & 255)] ^ Tables[512 + ((value >> 8) & 255)]
                    ^ Tables[256 + ((value >> 16) & 255)] ^ Tables[value >> 24];
            }
            for (; at < end; at++)
            {
                value = Tables[(value ^ array[at]) & 255] ^ (value >> 8);
            }
            return ~value;
        }

        // Table k holds what a byte does that k more bytes follow.
        private static uint[] MakeTables()
        {
            var tables = new uint[4 * 256];
            for (uint i = 0; i < 256; i++)
            {
                var value = i;
                for (var bit = 0; bit < 8; bit++)
                {
                    value = (value & 1) != 0 ? (value >> 1) ^ Polynomial : value >> 1;
                }
                tables[i] = value;
            }
            for (var i = 256; i < tables.Length; i++)
            {
                tables[i] = (tables[i - 256] >> 8) ^ tables[tables[i - 256] & 255];
            }
            return tables;
        }
    }
}
