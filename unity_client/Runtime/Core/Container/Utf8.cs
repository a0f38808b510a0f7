using System;
using System.Text;

namespace Ani3d
{
    /// <summary>Texts of packages: valid UTF-8 without control characters and what disguises text.</summary>
    internal static class Utf8
    {
        /// <summary>A text of at most so many code points; null where the bytes are none.</summary>
        public static string TextOf(ArraySegment<byte> bytes, int maxCodePoints)
        {
            var array = bytes.Array;
            int at = bytes.Offset, end = bytes.Offset + bytes.Count, count = 0;
            while (at < end)
            {
                var point = NextCodePoint(array, ref at, end);
                if (point < 0 || IsRefused(point) || ++count > maxCodePoints)
                {
                    return null;
                }
            }
            return Encoding.UTF8.GetString(array, bytes.Offset, bytes.Count);
        }

        // -1 where it is no code point in its shortest form, or a surrogate.
        private static int NextCodePoint(byte[] bytes, ref int at, int end)
        {
            int head = bytes[at++];
            if (head < 0x80)
            {
                return head;
            }
            var more = head >= 0xF0 ? 3 : head >= 0xE0 ? 2 : 1;
            if (head < 0xC2 || head > 0xF4 || end - at < more)
            {
                return -1;
            }
            var point = head & (0x3F >> more);
            for (var k = 0; k < more; k++)
            {
                int next = bytes[at++];
                if ((next & 0xC0) != 0x80)
                {
                    return -1;
                }
                point = point << 6 | (next & 0x3F);
            }
            var lowest = more == 3 ? 0x10000 : more == 2 ? 0x800 : 0x80;
            return point < lowest || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF) ? -1 : point;
        }

        // The closed list of SPEC-container.md.
        private static bool IsRefused(int point)
        {
            return point < 0x20
                || (point >= 0x7F && point <= 0x9F)
                || point == 0x200E || point == 0x200F
                || (point >= 0x2028 && point <= 0x202E)
                || (point >= 0x2066 && point <= 0x2069)
                || (point >= 0xFDD0 && point <= 0xFDEF)
                || point == 0xFEFF
                || (point & 0xFFFE) == 0xFFFE;
        }
    }
}
