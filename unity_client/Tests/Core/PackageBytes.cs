using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace Ani3d.Tests
{
    /// <summary>Writes packages around sections of any content, with checksums that are right.</summary>
    internal sealed class PackageBytes
    {
        private const int Alignment = 64;
        private readonly List<KeyValuePair<SectionEntry, byte[]>> _sections =
            new List<KeyValuePair<SectionEntry, byte[]>>();

        /// <summary>Takes a package apart.</summary>
        public PackageBytes(byte[] package)
        {
            var container = new Container(new MemorySource(package));
            foreach (var entry in container.Entries)
            {
                var stored = package.Skip((int)entry.Offset).Take(entry.StoredLength).ToArray();
                _sections.Add(new KeyValuePair<SectionEntry, byte[]>(entry, stored));
            }
        }

        /// <summary>How many sections there are.</summary>
        public int Count => _sections.Count;

        /// <summary>The stored bytes of a section.</summary>
        public byte[] Section(int number)
        {
            return _sections[number].Value;
        }

        /// <summary>What a section is found by.</summary>
        public SectionKey KeyOf(int number)
        {
            return _sections[number].Key.Key;
        }

        /// <summary>Gives a section another content.</summary>
        public void Replace(int number, byte[] content)
        {
            _sections[number] = new KeyValuePair<SectionEntry, byte[]>(_sections[number].Key, content);
        }

        /// <summary>Makes so many groups of the first clip of its first one.</summary>
        public void RepeatFirstGroup(int groups)
        {
            var ofGroup = _sections.Where(section => section.Key.Kind?.Scope == SectionScope.Group && section.Key.Key.Clip == 0)
                .ToArray();
            foreach (var section in ofGroup.Where(section => section.Key.Key.Group > 0))
            {
                _sections.Remove(section);
            }
            for (var group = 1; group < groups; group++)
            {
                foreach (var (entry, content) in ofGroup.Where(section => section.Key.Key.Group == 0)
                    .Select(section => (section.Key, section.Value)))
                {
                    var key = new SectionKey(entry.Key.Name, 0, group);
                    _sections.Add(new KeyValuePair<SectionEntry, byte[]>(
                        new SectionEntry(key, 0, 0, entry.Codec, entry.RawLength, 0, entry.Critical), content));
                }
            }
        }

        /// <summary>The package as it is now.</summary>
        public byte[] Written()
        {
            return With(-1, null);
        }

        /// <summary>The package with one section replaced. The digest is not renewed: it is looked at last.</summary>
        public byte[] With(int number, byte[] content)
        {
            var stored = _sections.Select((section, k) => k == number ? content : section.Value).ToArray();
            // Offsets widen the table, and the table moves them: a few rounds settle both.
            var offsets = new long[stored.Length];
            var table = Table(stored, offsets);
            long end = 0;
            for (var round = 0; round < 4; round++)
            {
                end = Alignment + table.Length;
                for (var k = 0; k < stored.Length; k++)
                {
                    offsets[k] = Aligned(end);
                    end = offsets[k] + stored[k].Length;
                }
                table = Table(stored, offsets);
            }
            var package = new byte[end];
            WriteHeader(package, table);
            table.CopyTo(package, Alignment);
            for (var k = 0; k < stored.Length; k++)
            {
                stored[k].CopyTo(package, offsets[k]);
            }
            return package;
        }

        private static long Aligned(long offset)
        {
            return (offset + Alignment - 1) / Alignment * Alignment;
        }

        private static void WriteHeader(byte[] package, byte[] table)
        {
            FormatConstants.Container.Magic.Select(value => (byte)value).ToArray().CopyTo(package, 0);
            package[8] = FormatConstants.Container.MajorVersion;
            package[12] = FormatConstants.Container.HeaderBytes;
            BitConverter.GetBytes((long)Alignment).CopyTo(package, 16);
            BitConverter.GetBytes((long)table.Length).CopyTo(package, 24);
            BitConverter.GetBytes((long)package.Length).CopyTo(package, 32);
            BitConverter.GetBytes(Crc32.Of(new ArraySegment<byte>(table))).CopyTo(package, 40);
            BitConverter.GetBytes(Crc32.Of(new ArraySegment<byte>(package, 0, 60))).CopyTo(package, 60);
        }

        private byte[] Table(byte[][] stored, long[] offsets)
        {
            var table = new MemoryStream();
            table.WriteByte(0x92);
            table.Write(new byte[] { 0xC4, 32 }, 0, 2);
            table.Write(new byte[32], 0, 32);
            WriteNumber(table, stored.Length, 0x90, 0xDC);
            for (var k = 0; k < stored.Length; k++)
            {
                var entry = _sections[k].Key;
                table.WriteByte(0x98);
                var name = Encoding.UTF8.GetBytes(entry.Key.Name);
                table.WriteByte((byte)(0xA0 | name.Length));
                table.Write(name, 0, name.Length);
                WriteInteger(table, entry.Key.Clip);
                WriteInteger(table, entry.Key.Group);
                WriteInteger(table, offsets[k]);
                WriteInteger(table, stored[k].Length);
                table.WriteByte(0x92);
                WriteInteger(table, entry.Codec);
                WriteInteger(table, entry.Codec == 0 ? stored[k].Length : entry.RawLength);
                WriteInteger(table, Crc32.Of(new ArraySegment<byte>(stored[k])));
                table.WriteByte(entry.Critical ? (byte)0xC3 : (byte)0xC2);
            }
            return table.ToArray();
        }

        private static void WriteNumber(Stream table, int value, int small, int large)
        {
            if (value < 16)
            {
                table.WriteByte((byte)(small | value));
                return;
            }
            table.WriteByte((byte)large);
            table.WriteByte((byte)(value >> 8));
            table.WriteByte((byte)value);
        }

        private static void WriteInteger(Stream table, long value)
        {
            if (value < 0)
            {
                table.WriteByte((byte)value);
                return;
            }
            var size = value < 0x80 ? 0 : value < 0x100 ? 1 : value < 0x10000 ? 2 : 4;
            if (size > 0)
            {
                table.WriteByte((byte)(size == 1 ? 0xCC : size == 2 ? 0xCD : 0xCE));
            }
            for (var shift = 8 * Math.Max(size, 1) - 8; shift >= 0; shift -= 8)
            {
                table.WriteByte((byte)(value >> shift));
            }
        }
    }
}
