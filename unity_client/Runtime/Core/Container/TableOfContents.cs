using System;

namespace Ani3d
{
    /// <summary>
    /// The table of contents: the digest and an entry for each section, in the order of their offsets.
    /// </summary>
    internal sealed class TableOfContents
    {
        private const int EntryFields = 8;
        private const long MaxOffset = (1L << 53) - 1;
        private const string Subject = "table of contents";
        private readonly MessagePackReader _reader;

        private TableOfContents(ArraySegment<byte> bytes)
        {
            _reader = new MessagePackReader(bytes, RefusalCodes.PackageTocInvalid, Subject);
            _reader.Need(_reader.EnterList("the table") == 2, "no list of digest and entries");
            Digest = _reader.ReadBinary("digest");
            _reader.Need(Digest.Count == FormatConstants.Container.DigestBytes, $"a digest of {Digest.Count} bytes");
            PackedEntries = new ArraySegment<byte>(
                bytes.Array, bytes.Offset + bytes.Count - _reader.Left, _reader.Left);
            var count = _reader.EnterList("entries");
            _reader.Need(count <= FormatConstants.Container.MaxSections, $"{count} sections");
            // An entry has 17 bytes at least, so no more room is made than the table can fill.
            Entries = new SectionEntry[count];
            for (var i = 0; i < count; i++)
            {
                Entries[i] = ReadEntry();
            }
            _reader.Finish();
        }

        /// <summary>SHA-256 over the packed entries and the stored bytes of every section.</summary>
        public ArraySegment<byte> Digest { get; }

        /// <summary>The second element of the table as it is stored.</summary>
        public ArraySegment<byte> PackedEntries { get; }

        /// <summary>One for each section.</summary>
        public SectionEntry[] Entries { get; }

        /// <summary>Reads a table whose checksum is right.</summary>
        public static TableOfContents Read(ArraySegment<byte> bytes)
        {
            return new TableOfContents(bytes);
        }

        private SectionEntry ReadEntry()
        {
            _reader.Need(_reader.EnterList("an entry") == EntryFields, "an entry of another number of fields than 8");
            var name = _reader.ReadText("the name of a section", FormatConstants.Container.MaxNameChars);
            _reader.Need(name.Length > 0, "a section without a name");
            var clip = ReadInteger("clip", FormatConstants.Container.NoClip, FormatConstants.Container.MaxClips - 1);
            var group = ReadInteger("group", 0, FormatConstants.Container.MaxGroups - 1);
            var offset = _reader.ReadInteger("offset", FormatConstants.Container.HeaderBytes, MaxOffset);
            var stored = ReadInteger("stored", 0, FormatConstants.Container.MaxSectionBytes);
            _reader.Need(_reader.EnterList("codec") == 2, "a codec that is no list of number and length");
            var codec = ReadInteger("codec", 0, FormatConstants.Container.MaxCodec);
            var raw = ReadInteger(
                "raw", 0, Math.Min(FormatConstants.Container.MaxSectionBytes, Cursor.Allowed(stored)));
            _reader.Leave();
            var crc = (uint)_reader.ReadInteger("crc32", 0, FormatConstants.Container.MaxCrc32);
            var critical = _reader.ReadBoolean("critical");
            _reader.Leave();
            return new SectionEntry(new SectionKey(name, clip, group), offset, stored, codec, raw, crc, critical);
        }

        private int ReadInteger(string field, long lowest, long highest)
        {
            return (int)_reader.ReadInteger(field, lowest, highest);
        }
    }
}
