using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace Ani3d.Dump
{
    /// <summary>A folder of buffers, and what they are.</summary>
    internal sealed class FrameFiles
    {
        private readonly PlayableAvatar _avatar;
        private readonly string _folder;

        /// <summary>Creates a folder, where there is none.</summary>
        public FrameFiles(PlayableAvatar avatar, string folder)
        {
            _avatar = avatar;
            _folder = folder;
            Directory.CreateDirectory(folder);
        }

        private IEnumerable<DetailChannel> Channels =>
            Enum.GetValues(typeof(DetailChannel)).Cast<DetailChannel>().Where(channel => _avatar.PlaceOf(channel) >= 0);

        /// <summary>Writes everything.</summary>
        public void Write(GpuFrame frame)
        {
            using (var output = File.Create(Path.Combine(_folder, "index.json")))
            using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true }))
            {
                json.WriteStartObject();
                WriteAvatar(json);
                Write(json, "joints", frame.Joints, frame.Joints.Length, GpuFrame.JointFloats);
                Write(json, "nodes", frame.Nodes, frame.Nodes.Length, GpuFrame.NodeFloats);
                json.WriteStartArray("sources");
                for (var k = 0; k < frame.SourceCount; k++)
                {
                    WriteSource(json, frame, k);
                }
                json.WriteEndArray();
                json.WriteEndObject();
            }
        }

        private void WriteAvatar(Utf8JsonWriter json)
        {
            var manifest = _avatar.Package.Manifest;
            var splats = _avatar.PackSplats();
            json.WriteString("avatar", manifest.AvatarName);
            json.WriteNumber("gaussian_count", manifest.GaussianCount);
            WriteNumbers(json, "level_ends", Enumerable.Range(1, manifest.LevelSizes.Count).Select(manifest.GaussiansOf));
            json.WriteNumber("joint_count", _avatar.JointCount);
            json.WriteNumber("node_count", _avatar.NodeCount);
            json.WriteNumber("track_count", _avatar.Tracks.Count);
            json.WriteNumber("sh_degree", splats.ShDegree);
            json.WriteStartArray("channels");
            foreach (var channel in Channels)
            {
                json.WriteStringValue(NameOf(channel));
            }
            json.WriteEndArray();
            Write(json, "splats", splats.Splats, splats.Splats.Length, PackedSplats.UintsEach);
            Write(json, "harmonics", splats.Harmonics, splats.Harmonics.Length, Math.Max(splats.HarmonicUints, 1));
            for (var level = 0; level < manifest.LevelSizes.Count - 1; level++)
            {
                var look = _avatar.PackLook(level);
                Write(json, $"look.{level}", look.Words, look.Words.Length, PackedLook.UintsEach);
            }
        }

        private void WriteSource(Utf8JsonWriter json, GpuFrame frame, int number)
        {
            var source = frame.Sources[number];
            json.WriteStartObject();
            json.WriteNumber("clip", source.Clip);
            json.WriteString("name", _avatar.Package.Manifest.Clips[source.Clip].Name);
            json.WriteBoolean("has_detail", source.HasDetail);
            json.WriteBoolean("has_mask", source.HasMask);
            json.WriteNumber("fraction", source.Fraction);
            json.WriteNumber("share", source.Share);
            if (source.HasDetail)
            {
                var parents = _avatar.ParentsOf(source.Clip);
                Write(json, "parents", parents.Words, parents.Words.Length, PackedParents.UintsEach, $"parents.{source.Clip}");
                json.WriteStartArray("stages");
                foreach (var stage in parents.Stages)
                {
                    json.WriteStartArray();
                    json.WriteNumberValue(stage.First);
                    json.WriteNumberValue(stage.Count);
                    json.WriteEndArray();
                }
                json.WriteEndArray();
                json.WriteStartArray("slots");
                WriteSlot(json, frame.Slots[2 * number], 2 * number);
                WriteSlot(json, frame.Slots[2 * number + 1], 2 * number + 1);
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }

        private void WriteSlot(Utf8JsonWriter json, DetailSlot slot, int number)
        {
            json.WriteStartObject();
            json.WriteNumber("slot", number);
            json.WriteNumber("frame", slot.Frame);
            json.WriteNumber("frame_of_group", slot.Frame - slot.Group.Group.FirstFrame);
            foreach (var channel in Channels)
            {
                var group = _avatar.DetailOf(slot.Group.Group, channel);
                json.WriteStartObject(NameOf(channel));
                json.WriteNumber("frames", group.FrameCount);
                json.WriteNumber("columns", group.ColumnCount);
                WriteNumbers(json, "cosines", slot.Cosines.Take(group.FrameCount));
                Write(json, "group", group.Words, group.Count, 1, $"group.{number}.{NameOf(channel)}");
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }

        private void Write(Utf8JsonWriter json, string field, Array words, int count, int columns, string name = null)
        {
            var type = words is float[] ? "float32" : "uint32";
            var file = (name ?? field) + (words is float[] ? ".f32" : ".u32");
            var bytes = new byte[4 * count];
            Buffer.BlockCopy(words, 0, bytes, 0, bytes.Length);
            File.WriteAllBytes(Path.Combine(_folder, file), bytes);
            json.WriteStartObject(field);
            json.WriteString("file", file);
            json.WriteString("type", type);
            WriteNumbers(json, "shape", columns == 1 ? new[] { count } : new[] { count / columns, columns });
            json.WriteEndObject();
        }

        private static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<int> values)
        {
            WriteNumbers(json, name, values.Select(value => (float)value));
        }

        private static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<float> values)
        {
            json.WriteStartArray(name);
            foreach (var value in values)
            {
                json.WriteNumberValue(value);
            }
            json.WriteEndArray();
        }

        private static string NameOf(DetailChannel channel)
        {
            return channel.ToString().ToLowerInvariant();
        }
    }
}
