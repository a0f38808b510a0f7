using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Ani3d
{
    /// <summary>A <see cref="PackageInspection"/> as rows of text for people: a label and what there is to say.</summary>
    public static class PackageDescription
    {
        private const double Kilo = 1000;

        /// <summary>The avatar: sizes, levels of detail, driver.</summary>
        public static IReadOnlyList<KeyValuePair<string, string>> Avatar(PackageInspection inspection)
        {
            var manifest = inspection.Manifest;
            var levels = Enumerable.Range(1, manifest.LevelSizes.Count).Select(manifest.GaussiansOf).Select(Number);
            return new[]
            {
                Row("Avatar", manifest.AvatarName),
                Row("Gaussians", Number(manifest.GaussianCount)),
                Row("Levels of detail", string.Join(", ", levels)),
                Row("Joints", Number(manifest.JointCount)),
                Row("Control nodes", manifest.NodeCount > 0 ? Number(manifest.NodeCount) : "none: cloth and hair are rigid"),
                Row("Harmonics", $"degree {manifest.ShDegree}"),
                Row("Driver", inspection.HasDriver
                    ? "yes: cloth and hair move in live motions" : "none: in live motions cloth and hair are rigid"),
                Row("Errors", $"positions ≤ {Millimetres(manifest.MaxErrorM)}, shapes ≤ {Millimetres(manifest.MaxShapeErrorM)}"),
                Row("Written by", manifest.Writer),
                Row("Digest", inspection.Digest),
            };
        }

        /// <summary>A row for each clip: its name; length, frames, residual layer, bytes.</summary>
        public static IReadOnlyList<KeyValuePair<string, string>> Clips(PackageInspection inspection)
        {
            return inspection.Manifest.Clips.Select((clip, k) => Row(clip.Name, Clip(clip, inspection.ClipBytes[k]))).ToArray();
        }

        /// <summary>A row for each part of the file, and one for the whole.</summary>
        public static IReadOnlyList<KeyValuePair<string, string>> Bytes(PackageInspection inspection)
        {
            var rows = inspection.Parts.Where(part => part.Value > 0).Select(part => Row(part.Key, Size(part.Value)));
            return rows.Concat(new[] { Row("all", Size(inspection.StoredBytes)) }).ToArray();
        }

        /// <summary>Bytes as people read them; KB and MB are powers of ten.</summary>
        public static string Size(long bytes)
        {
            if (bytes < Kilo)
            {
                return $"{bytes} bytes";
            }
            return bytes < Kilo * Kilo
                ? Invariant(bytes / Kilo, bytes < 10 * Kilo ? "0.0" : "0") + " KB"
                : Invariant(bytes / Kilo / Kilo, "0.00") + " MB";
        }

        private static string Clip(ClipInfo clip, long bytes)
        {
            var what = clip.HasResidual ? "cloth and hair" : "rigid";
            var how = clip.Loops ? ", loops" : string.Empty;
            var where = clip.InPlace ? ", in place" : string.Empty;
            return $"{Invariant(clip.DurationS, "0.00")} s, {Number(clip.FrameCount)} frames of {Invariant(clip.Fps, "0.##")} Hz, "
                + $"{what}{how}{where}, {Size(bytes)}";
        }

        private static KeyValuePair<string, string> Row(string label, string text)
        {
            return new KeyValuePair<string, string>(label, text);
        }

        private static string Millimetres(double metres)
        {
            return Invariant(metres * Kilo, "0.##") + " mm";
        }

        private static string Number(int value)
        {
            return value.ToString("N0", CultureInfo.InvariantCulture);
        }

        private static string Invariant(double value, string format)
        {
            return value.ToString(format, CultureInfo.InvariantCulture);
        }
    }
}
