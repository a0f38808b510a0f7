using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>
    /// Reads section "manifest": a field that is missing, of another type or out of range refuses the package.
    /// </summary>
    internal sealed class ManifestReader
    {
        private const string Subject = "manifest";
        private static readonly string[] Required =
        {
            "writer", "avatar_name", "gaussian_count", "joint_count", "sh_degree", "level_sizes", "part_counts", "node_count",
            "corrective_count", "frames_per_group", "part_max_error_m", "part_max_shape_error_m", "max_error_m",
            "canonical_error_m", "max_shape_error_m", "max_colour_error", "clips", "provenance",
        };

        private readonly Manifest _manifest = new Manifest();
        private readonly MessagePackReader _reader;

        private ManifestReader(ArraySegment<byte> bytes)
        {
            _reader = new MessagePackReader(bytes, RefusalCodes.ManifestInvalid, Subject);
        }

        private static int PartCount => FormatConstants.Manifest.Parts.Count;

        /// <summary>The manifest of a section.</summary>
        public static Manifest Read(ArraySegment<byte> bytes)
        {
            var reader = new ManifestReader(bytes);
            reader.ReadAll();
            return reader._manifest;
        }

        /// <summary>Refuses unless all of some fields came.</summary>
        internal static void NeedFields(MessagePackReader reader, HashSet<string> names, params string[] required)
        {
            foreach (var name in required)
            {
                reader.Need(names.Contains(name), $"no field {name}");
            }
        }

        private void ReadAll()
        {
            NeedFields(_reader, _reader.ReadFields(Subject, ReadField), Required);
            _reader.Finish();
            long gaussians = _manifest.GaussianCount;
            _reader.Need(Sum(_manifest.LevelSizes) == gaussians, "level_sizes do not sum to gaussian_count");
            _reader.Need(Sum(_manifest.PartCounts) == gaussians, "part_counts do not sum to gaussian_count");
            var names = new HashSet<string>(StringComparer.Ordinal);
            var hasResidual = false;
            foreach (var clip in _manifest.Clips)
            {
                _reader.Need(names.Add(clip.Name), "two clips of one name");
                hasResidual |= clip.HasResidual;
            }
            var values = gaussians * _manifest.FramesPerGroup;
            _reader.Need(
                !hasResidual || values <= FormatConstants.Manifest.MaxGroupValues,
                $"groups of {values} Gaussians and frames");
        }

        private bool ReadField(string name)
        {
            var most = FormatConstants.Manifest.MaxGaussians;
            switch (name)
            {
                case "writer": _manifest.Writer = ReadText(name); return true;
                case "avatar_name": _manifest.AvatarName = ReadText(name); return true;
                case "gaussian_count": _manifest.GaussianCount = ReadInteger(name, 1, most); return true;
                case "joint_count": _manifest.JointCount = ReadInteger(name, 1, FormatConstants.Manifest.MaxJoints); return true;
                case "sh_degree": _manifest.ShDegree = ReadInteger(name, 0, FormatConstants.Manifest.MaxShDegree); return true;
                case "level_sizes": _manifest.LevelSizes = ReadIntegers(name, 1, 1, FormatConstants.Manifest.MaxLevels); return true;
                case "part_counts": _manifest.PartCounts = ReadIntegers(name, 0, PartCount, PartCount); return true;
                case "node_count": _manifest.NodeCount = ReadInteger(name, 0, FormatConstants.Model.MaxNodes); return true;
                case "corrective_count": _manifest.CorrectiveCount = ReadInteger(name, 0, FormatConstants.Manifest.MaxCorrectives); return true;
                case "frames_per_group": _manifest.FramesPerGroup = ReadInteger(name, 1, FormatConstants.Manifest.MaxFramesPerGroup); return true;
                case "part_max_error_m": _manifest.PartMaxErrorM = ReadMeasures(name); return true;
                case "part_max_shape_error_m": _manifest.PartMaxShapeErrorM = ReadMeasures(name); return true;
                case "max_error_m": _manifest.MaxErrorM = ReadMeasure(name); return true;
                case "canonical_error_m": _manifest.CanonicalErrorM = ReadMeasure(name); return true;
                case "max_shape_error_m": _manifest.MaxShapeErrorM = ReadMeasure(name); return true;
                case "max_colour_error": _manifest.MaxColourError = ReadMeasure(name); return true;
                case "clips": _manifest.Clips = ReadClips(); return true;
                case "provenance": _manifest.Provenance = ReadProvenance(); return true;
                default: return false;
            }
        }

        private List<ClipInfo> ReadClips()
        {
            var count = _reader.EnterList("clips");
            _reader.Need(count <= FormatConstants.Container.MaxClips, $"{count} clips");
            var clips = new List<ClipInfo>();
            for (; count > 0; count--)
            {
                clips.Add(ClipInfoReader.Read(_reader));
            }
            _reader.Leave();
            return clips;
        }

        private Dictionary<string, string> ReadProvenance()
        {
            var count = _reader.EnterMap("provenance");
            _reader.Need(count <= FormatConstants.Manifest.MaxProvenanceEntries, $"provenance of {count} entries");
            var texts = new Dictionary<string, string>(StringComparer.Ordinal);
            for (; count > 0; count--)
            {
                var key = ReadText("a key of provenance");
                _reader.Need(!texts.ContainsKey(key), $"{key} twice");
                texts.Add(key, ReadText("provenance"));
            }
            _reader.Leave();
            return texts;
        }

        private string ReadText(string name)
        {
            return _reader.ReadText(name, FormatConstants.Manifest.MaxTextChars);
        }

        private int ReadInteger(string name, long lowest, long highest)
        {
            return (int)_reader.ReadInteger(name, lowest, highest);
        }

        private int[] ReadIntegers(string name, long lowest, int fewest, int most)
        {
            var count = _reader.EnterList(name);
            _reader.Need(count >= fewest && count <= most, $"{name} of {count} entries");
            var values = new int[count];
            for (var i = 0; i < count; i++)
            {
                values[i] = ReadInteger(name, lowest, FormatConstants.Manifest.MaxGaussians);
            }
            _reader.Leave();
            return values;
        }

        private double ReadMeasure(string name)
        {
            return _reader.ReadNumber(name, 0, FormatConstants.Manifest.MaxMeasure);
        }

        private double[] ReadMeasures(string name)
        {
            return ReadMeasures(_reader, name);
        }

        /// <summary>One measure for each part.</summary>
        internal static double[] ReadMeasures(MessagePackReader reader, string name)
        {
            reader.Need(reader.EnterList(name) == PartCount, $"{name} is not one number for each part");
            var values = new double[PartCount];
            for (var part = 0; part < values.Length; part++)
            {
                values[part] = reader.ReadNumber(name, 0, FormatConstants.Manifest.MaxMeasure);
            }
            reader.Leave();
            return values;
        }

        private static long Sum(IEnumerable<int> values)
        {
            long sum = 0;
            foreach (var value in values)
            {
                sum += value;
            }
            return sum;
        }
    }
}
