using System;

namespace Ani3d
{
    /// <summary>The first 64 bytes of a package.</summary>
    internal sealed class Header
    {
        private const int MajorVersionAt = 8;
        private const int HeaderLengthAt = 12;
        private const int TableOffsetAt = 16;
        private const int TableLengthAt = 24;
        private const int FileLengthAt = 32;
        private const int TableCrcAt = 40;
        private const int HeaderCrcAt = 60;

        private Header(long tableOffset, int tableLength, uint tableCrc32)
        {
            TableOffset = tableOffset;
            TableLength = tableLength;
            TableCrc32 = tableCrc32;
        }

        /// <summary>Of the first byte of the table of contents.</summary>
        public long TableOffset { get; }

        /// <summary>Bytes of the table of contents.</summary>
        public int TableLength { get; }

        /// <summary>Checksum of the table of contents.</summary>
        public uint TableCrc32 { get; }

        /// <summary>Reads and checks the header, in the order of SPEC-container.md.</summary>
        public static Header Read(IByteSource source)
        {
            const string subject = "header";
            var length = (ulong)source.Length;
            var bytes = source.Read(0, (int)Math.Min(source.Length, FormatConstants.Container.HeaderBytes));
            Refuse.Unless(
                HasMagic(bytes), RefusalCodes.PackageWrongMagic, subject, "other first bytes than a package has");
            Refuse.Unless(
                bytes.Count == FormatConstants.Container.HeaderBytes, RefusalCodes.PackageTruncated, subject, $"{length} bytes");
            var crc = Crc32.Of(new ArraySegment<byte>(bytes.Array, bytes.Offset, HeaderCrcAt));
            Refuse.Unless(
                crc == Unsigned(bytes, HeaderCrcAt, 4), RefusalCodes.PackageHeaderDamaged, subject, "another checksum");
            var major = Unsigned(bytes, MajorVersionAt, 2);
            Refuse.Unless(
                major == FormatConstants.Container.MajorVersion, RefusalCodes.PackageFuture, subject, $"major version {major}");
            var stated = Unsigned(bytes, FileLengthAt, 8);
            Refuse.Unless(length >= stated, RefusalCodes.PackageTruncated, subject, $"{length} of {stated} bytes");
            Refuse.Unless(length == stated, RefusalCodes.PackageLength, subject, $"{length} bytes, not {stated}");
            var own = Unsigned(bytes, HeaderLengthAt, 4);
            Refuse.Unless(
                own == FormatConstants.Container.HeaderBytes, RefusalCodes.PackageLength, subject, $"a header of {own} bytes");
            ulong offset = Unsigned(bytes, TableOffsetAt, 8), size = Unsigned(bytes, TableLengthAt, 8);
            var inside = offset >= (ulong)FormatConstants.Container.HeaderBytes && offset <= length && size <= length - offset
                && size <= (ulong)FormatConstants.Container.MaxTableBytes;
            Refuse.Unless(inside, RefusalCodes.PackageTocRange, subject, $"a table of {size} bytes at {offset}");
            return new Header((long)offset, (int)size, (uint)Unsigned(bytes, TableCrcAt, 4));
        }

        private static bool HasMagic(ArraySegment<byte> bytes)
        {
            var magic = FormatConstants.Container.Magic;
            for (var i = 0; i < magic.Count && i < bytes.Count; i++)
            {
                if (bytes.Array[bytes.Offset + i] != magic[i])
                {
                    return false;
                }
            }
            return bytes.Count > 0;
        }

        private static ulong Unsigned(ArraySegment<byte> bytes, int at, int size)
        {
            ulong value = 0;
            for (var k = size - 1; k >= 0; k--)
            {
                value = value << 8 | bytes.Array[bytes.Offset + at + k];
            }
            return value;
        }
    }
}
