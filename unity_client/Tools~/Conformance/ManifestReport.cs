using System.Collections.Generic;
using System.Text.Json;

namespace Ani3d.Conformance
{
    /// <summary>The fields of a manifest.</summary>
    internal static class ManifestReport
    {
        /// <summary>Writes them as a field.</summary>
        public static void Write(Manifest manifest, Utf8JsonWriter json)
        {
            json.WriteStartObject("manifest");
            json.WriteString("writer", manifest.Writer);
            json.WriteString("avatar_name", manifest.AvatarName);
            json.WriteNumber("gaussian_count", manifest.GaussianCount);
            json.WriteNumber("joint_count", manifest.JointCount);
            json.WriteNumber("sh_degree", manifest.ShDegree);
            WriteIntegers(json, "level_sizes", manifest.LevelSizes);
            WriteIntegers(json, "part_counts", manifest.PartCounts);
            json.WriteNumber("node_count", manifest.NodeCount);
            json.WriteNumber("corrective_count", manifest.CorrectiveCount);
            json.WriteNumber("frames_per_group", manifest.FramesPerGroup);
            WriteNumbers(json, "part_max_error_m", manifest.PartMaxErrorM);
            WriteNumbers(json, "part_max_shape_error_m", manifest.PartMaxShapeErrorM);
            FloatDigest.WriteNumber(json, "max_error_m", manifest.MaxErrorM);
            FloatDigest.WriteNumber(json, "canonical_error_m", manifest.CanonicalErrorM);
            FloatDigest.WriteNumber(json, "max_shape_error_m", manifest.MaxShapeErrorM);
            FloatDigest.WriteNumber(json, "max_colour_error", manifest.MaxColourError);
            json.WriteStartObject("provenance");
            foreach (var entry in manifest.Provenance)
            {
                json.WriteString(entry.Key, entry.Value);
            }
            json.WriteEndObject();
            json.WriteStartArray("clips");
            foreach (var clip in manifest.Clips)
            {
                WriteClip(clip, json);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }

        private static void WriteClip(ClipInfo clip, Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("name", clip.Name);
            FloatDigest.WriteNumber(json, "fps", clip.Fps);
            json.WriteNumber("frame_count", clip.FrameCount);
            json.WriteBoolean("has_residual", clip.HasResidual);
            if (clip.Loops)
            {
                json.WriteBoolean("loops", true);
            }
            if (clip.InPlace)
            {
                json.WriteBoolean("in_place", true);
            }
            if (clip.Travel != null)
            {
                var way = clip.Travel.TranslationM;
                json.WriteStartObject("travel");
                WriteNumbers(json, "translation_m", new[] { way.X, way.Y, way.Z });
                FloatDigest.WriteNumber(json, "heading_rad", clip.Travel.HeadingRad);
                json.WriteEndObject();
            }
            if (clip.Markers.Count > 0)
            {
                json.WriteStartArray("markers");
                foreach (var marker in clip.Markers)
                {
                    json.WriteStartObject();
                    json.WriteString("name", marker.Name);
                    FloatDigest.WriteNumber(json, "time_s", marker.TimeS);
                    json.WriteString("kind", marker.Kind);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }

        private static void WriteIntegers(Utf8JsonWriter json, string name, IEnumerable<int> values)
        {
            json.WriteStartArray(name);
            foreach (var value in values)
            {
                json.WriteNumberValue(value);
            }
            json.WriteEndArray();
        }

        private static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<double> values)
        {
            json.WriteStartArray(name);
            foreach (var value in values)
            {
                json.WriteRawValue(value.ToString("G9", System.Globalization.CultureInfo.InvariantCulture));
            }
            json.WriteEndArray();
        }
    }
}
