using System;
using System.Globalization;

namespace Ani3d
{
    /// <summary>A row of the table of contents: where a section lies, and what it should be.</summary>
    public sealed class SectionEntry
    {
        private const string Levels = FormatConstants.Section.Splats + "k";
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
            LevelNumber = LevelOf(key.Name);
            Kind = KindOf(LevelNumber >= 0 ? Levels : key.Name, LevelNumber >= 0);
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

        /// <summary>k of a section splats.k; -1 of others, int.MaxValue of a number that no package has.</summary>
        internal int LevelNumber { get; }

        private static int LevelOf(string name)
        {
            if (!IsLevel(name))
            {
                return -1;
            }
            var digits = name.Substring(FormatConstants.Section.Splats.Length);
            return digits.Length <= MaxDigits ? int.Parse(digits, CultureInfo.InvariantCulture) : int.MaxValue;
        }

        private static bool IsLevel(string name)
        {
            var prefix = FormatConstants.Section.Splats;
            if (!name.StartsWith(prefix, StringComparison.Ordinal) || name.Length == prefix.Length)
            {
                return false;
            }
            for (var i = prefix.Length; i < name.Length; i++)
            {
                if (name[i] < '0' || name[i] > '9')
                {
                    return false;
                }
            }
            return name[prefix.Length] != '0' || name.Length == prefix.Length + 1;
        }

        private static SectionKind KindOf(string name, bool isLevel)
        {
            foreach (var kind in FormatConstants.Sections)
            {
                if (kind.Name == name && isLevel == (name == Levels))
                {
                    return kind;
                }
            }
            return null;
        }
    }
}
