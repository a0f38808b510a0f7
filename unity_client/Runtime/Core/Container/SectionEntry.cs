using System;
using System.Globalization;

namespace Ani3d
{
    /// <summary>A row of the table of contents: where a section lies, and what it should be.</summary>
    public sealed class SectionEntry
    {
        private const int MaxDigits = 4;

        internal SectionEntry(
            SectionKey key, long offset, int storedLength, int codec, int rawLength, uint crc32, bool critical)
        {
            Key = key;
            Offset = offset;
            StoredLength = storedLength;
            Codec = codec;
            RawLength = rawLength;
            Crc32 = crc32;
            Critical = critical;
            var level = LevelOf(key.Name, out var series);
            Kind = KindOf(level < 0 ? key.Name : series + "k", level >= 0);
            LevelNumber = Kind == null ? -1 : level;
        }

        /// <summary>Name, clip and group.</summary>
        public SectionKey Key { get; }

        /// <summary>Of its first byte in the file.</summary>
        public long Offset { get; }

        /// <summary>Bytes in the file.</summary>
        public int StoredLength { get; }

        /// <summary>Number of the entropy codec around it.</summary>
        public int Codec { get; }

        /// <summary>Bytes once decoded.</summary>
        public int RawLength { get; }

        /// <summary>Of the stored bytes.</summary>
        public uint Crc32 { get; }

        /// <summary>Whether a reader that does not know it refuses the package.</summary>
        public bool Critical { get; }

        /// <summary>Offset of the byte behind it.</summary>
        internal long End => Offset + StoredLength;

        /// <summary>The kind of its name; null where this version knows none.</summary>
        internal SectionKind Kind { get; }

        /// <summary>
        /// k of a section of a level of detail; -1 of others, int.MaxValue of a number that no package has.
        /// </summary>
        internal int LevelNumber { get; }

        // Of a name that ends with a number without leading zeros, the number; -1 of others.
        private static int LevelOf(string name, out string series)
        {
            var start = name.LastIndexOf('.') + 1;
            series = name.Substring(0, start);
            var isNumber = start > 0 && start < name.Length && (name[start] != '0' || start == name.Length - 1);
            for (var i = start; i < name.Length; i++)
            {
                isNumber &= name[i] >= '0' && name[i] <= '9';
            }
            if (!isNumber)
            {
                return -1;
            }
            var digits = name.Substring(start);
            return digits.Length <= MaxDigits ? int.Parse(digits, CultureInfo.InvariantCulture) : int.MaxValue;
        }

        private static SectionKind KindOf(string name, bool isPerLevel)
        {
            foreach (var kind in FormatConstants.Sections)
            {
                if (kind.Name == name && kind.IsPerLevel == isPerLevel)
                {
                    return kind;
                }
            }
            return null;
        }
    }
}
