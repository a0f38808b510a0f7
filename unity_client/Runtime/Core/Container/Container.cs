using System;
using System.Collections.Generic;
using System.Security.Cryptography;

namespace Ani3d
{
    /// <summary>Header, table of contents and sections of a package (SPEC-container.md).</summary>
    internal sealed class Container
    {
        private const int ChunkBytes = 1 << 20;
        private readonly IByteSource _source;
        private readonly Dictionary<SectionKey, SectionEntry> _sections = new Dictionary<SectionKey, SectionEntry>();
        private readonly TableOfContents _table;
        private readonly long _tableOffset;
        private readonly long _tableEnd;

        /// <summary>Reads header and table.</summary>
        public Container(IByteSource source)
        {
            _source = source;
            var header = Header.Read(source);
            _tableOffset = header.TableOffset;
            _tableEnd = header.TableOffset + header.TableLength;
            var bytes = source.Read(header.TableOffset, header.TableLength);
            Refuse.Unless(
                Crc32.Of(bytes) == header.TableCrc32, RefusalCodes.PackageTocDamaged, "table of contents",
                "another checksum");
            _table = TableOfContents.Read(bytes);
            CheckRanges();
            foreach (var entry in _table.Entries)
            {
                NeedEntry(!_sections.ContainsKey(entry.Key), RefusalCodes.PackageSectionRepeated, entry, "two of them");
                _sections.Add(entry.Key, entry);
            }
            foreach (var entry in _table.Entries)
            {
                var known = !entry.Critical || entry.Kind != null;
                NeedEntry(known, RefusalCodes.PackageUnknownSection, entry, "a critical section that nobody knows");
            }
        }

        /// <summary>Digest of the content, 32 bytes.</summary>
        public ArraySegment<byte> Digest => _table.Digest;

        /// <summary>All sections, in the order of their offsets.</summary>
        public IReadOnlyList<SectionEntry> Entries => _table.Entries;

        /// <summary>Whether there is a section.</summary>
        public bool Has(SectionKey key)
        {
            return _sections.ContainsKey(key);
        }

        /// <summary>The entry of a section that must be there.</summary>
        public SectionEntry Entry(SectionKey key)
        {
            return _sections.TryGetValue(key, out var entry)
                ? entry : throw new RefusalException(RefusalCodes.SectionMissing, key.ToString(), "nothing");
        }

        /// <summary>The decoded bytes of a section, its checksum checked. They must not be changed.</summary>
        /// <param name="key">of the section.</param>
        /// <param name="rooms">where decoded bytes go; null for a new array.</param>
        public ArraySegment<byte> Read(SectionKey key, DecodeRooms rooms = null)
        {
            var entry = Entry(key);
            return EntropyCodec.Decode(entry.Codec, ReadStored(entry), entry.RawLength, entry.Key.Name, rooms);
        }

        /// <summary>Checks that sections of known names belong to something that the manifest names.</summary>
        public void CheckPlaces(Manifest manifest)
        {
            var hasModel = Has(new SectionKey(FormatConstants.Section.Model));
            foreach (var entry in _table.Entries)
            {
                var kind = entry.Kind;
                var belongs = kind == null || (kind.Scope == SectionScope.Package
                    ? BelongsToAvatar(entry, kind, manifest, hasModel) : BelongsToClip(entry, kind, manifest));
                NeedEntry(belongs, RefusalCodes.PackageTocInvalid, entry, "nothing that it could belong to");
            }
        }

        /// <summary>
        /// Checks every section's checksum, the gaps and the digest: what a reader of the whole file checks last.
        /// </summary>
        public void CheckBytes()
        {
            foreach (var entry in _table.Entries)
            {
                ReadStored(entry);
            }
            CheckGap(FormatConstants.Container.HeaderBytes, _tableOffset);
            var end = _tableEnd;
            foreach (var entry in _table.Entries)
            {
                CheckGap(end, entry.Offset);
                end = entry.End;
            }
            Refuse.Unless(
                end == _source.Length, RefusalCodes.PackagePadding, "package", "bytes behind the last section");
            CheckDigest();
        }

        private static bool BelongsToAvatar(SectionEntry entry, SectionKind kind, Manifest manifest, bool hasModel)
        {
            // The last level looks as it is stored.
            var levels = manifest.LevelSizes.Count - (kind.Name == FormatConstants.Section.Appearance + "k" ? 1 : 0);
            var isThere = !kind.IsPerLevel || entry.LevelNumber < levels;
            return entry.Key.Clip < 0 && entry.Key.Group == 0 && isThere && (hasModel || !kind.WithResidual);
        }

        private static bool BelongsToClip(SectionEntry entry, SectionKind kind, Manifest manifest)
        {
            if (entry.Key.Clip < 0 || entry.Key.Clip >= manifest.Clips.Count)
            {
                return false;
            }
            var clip = manifest.Clips[entry.Key.Clip];
            var groups = kind.Scope == SectionScope.Group ? manifest.GroupCount(clip) : 1;
            return entry.Key.Group < groups && (clip.HasResidual || !kind.WithResidual);
        }

        // A table may have a million entries: the name of one is made up only where it is refused.
        private static void NeedEntry(bool holds, string code, SectionEntry entry, string found)
        {
            if (!holds)
            {
                throw new RefusalException(code, $"{entry.Key}, {entry.StoredLength} bytes at {entry.Offset}", found);
            }
        }

        private void CheckRanges()
        {
            var end = _tableEnd;
            foreach (var entry in _table.Entries)
            {
                var inside = entry.Offset >= end && entry.Offset % FormatConstants.Container.AlignmentBytes == 0
                    && entry.End <= _source.Length;
                NeedEntry(inside, RefusalCodes.PackageSectionRange, entry, "bytes where it may not have any");
                end = entry.End;
            }
        }

        private ArraySegment<byte> ReadStored(SectionEntry entry)
        {
            var bytes = _source.Read(entry.Offset, entry.StoredLength);
            NeedEntry(Crc32.Of(bytes) == entry.Crc32, RefusalCodes.SectionDamaged, entry, "another checksum");
            return bytes;
        }

        private void CheckGap(long start, long end)
        {
            for (var at = start; at < end; at += ChunkBytes)
            {
                foreach (var value in _source.Read(at, (int)Math.Min(ChunkBytes, end - at)))
                {
                    if (value != 0)
                    {
                        throw new RefusalException(
                            RefusalCodes.PackagePadding, "package", $"a byte behind {at} that is not zero");
                    }
                }
            }
        }

        private void CheckDigest()
        {
            using (var hash = SHA256.Create())
            {
                Add(hash, _table.PackedEntries);
                foreach (var entry in _table.Entries)
                {
                    Add(hash, _source.Read(entry.Offset, entry.StoredLength));
                }
                hash.TransformFinalBlock(Array.Empty<byte>(), 0, 0);
                var found = new ArraySegment<byte>(hash.Hash);
                Refuse.Unless(
                    found.AsSpan().SequenceEqual(Digest), RefusalCodes.PackageDigestWrong, "package", "another digest");
            }
        }

        private static void Add(HashAlgorithm hash, ArraySegment<byte> bytes)
        {
            hash.TransformBlock(bytes.Array, bytes.Offset, bytes.Count, null, 0);
        }
    }
}
