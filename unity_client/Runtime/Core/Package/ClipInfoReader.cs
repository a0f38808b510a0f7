using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>Reads a map of the manifest's clips.</summary>
    internal sealed class ClipInfoReader
    {
        private static readonly string[] Measures =
        {
            "rms_m", "p99_9_m", "max_m", "rotation_rms_rad", "rotation_max_rad", "shape_max_m", "colour_max",
        };

        private static readonly string[] PartMeasures = { "part_max_m", "part_shape_max_m" };
        private readonly ClipInfo _clip = new ClipInfo();
        private readonly MessagePackReader _reader;

        private ClipInfoReader(MessagePackReader reader)
        {
            _reader = reader;
        }

        /// <summary>The next clip.</summary>
        public static ClipInfo Read(MessagePackReader reader)
        {
            var clip = new ClipInfoReader(reader);
            ManifestReader.NeedFields(
                reader, reader.ReadFields("a clip", clip.ReadField), "name", "fps", "frame_count", "has_residual", "error");
            clip.CheckPlaying();
            return clip._clip;
        }

        private bool ReadField(string name)
        {
            switch (name)
            {
                case "name":
                    _clip.Name = ReadName(name);
                    return true;
                case "fps":
                    _clip.Fps = _reader.ReadNumber(
                        name, FormatConstants.Manifest.MinFps, FormatConstants.Manifest.MaxFps);
                    return true;
                case "frame_count":
                    _clip.FrameCount = (int)_reader.ReadInteger(name, 1, FormatConstants.Manifest.MaxFrames);
                    return true;
                case "has_residual":
                    _clip.HasResidual = _reader.ReadBoolean(name);
                    return true;
                case "error":
                    var names = _reader.ReadFields(name, ReadMeasure);
                    ManifestReader.NeedFields(_reader, names, Measures);
                    ManifestReader.NeedFields(_reader, names, PartMeasures);
                    return true;
                case "loops":
                    _clip.Loops = _reader.ReadBoolean(name);
                    return true;
                case "in_place":
                    _clip.InPlace = _reader.ReadBoolean(name);
                    return true;
                case "travel":
                    _clip.Travel = ReadTravel();
                    return true;
                case "markers":
                    _clip.Markers = ReadMarkers();
                    return true;
                default:
                    return false;
            }
        }

        private bool ReadMeasure(string name)
        {
            if (Array.IndexOf(Measures, name) >= 0)
            {
                _reader.ReadNumber(name, 0, FormatConstants.Manifest.MaxMeasure);
                return true;
            }
            if (Array.IndexOf(PartMeasures, name) >= 0)
            {
                ManifestReader.ReadMeasures(_reader, name);
                return true;
            }
            return false;
        }

        private Travel ReadTravel()
        {
            var translation = default(Vec3);
            var heading = 0.0;
            var names = _reader.ReadFields("travel", name =>
            {
                switch (name)
                {
                    case "translation_m":
                        _reader.Need(_reader.EnterList(name) == 3, "translation_m is not three numbers");
                        translation = new Vec3(ReadCoordinate(name), ReadCoordinate(name), ReadCoordinate(name));
                        _reader.Leave();
                        return true;
                    case "heading_rad":
                        var most = FormatConstants.Manifest.MaxHeadingRad;
                        heading = _reader.ReadNumber(name, -most, most);
                        return true;
                    default:
                        return false;
                }
            });
            ManifestReader.NeedFields(_reader, names, "translation_m", "heading_rad");
            return new Travel(translation, heading);
        }

        private double ReadCoordinate(string name)
        {
            return _reader.ReadNumber(name, -FormatConstants.Manifest.MaxTravelM, FormatConstants.Manifest.MaxTravelM);
        }

        private List<Marker> ReadMarkers()
        {
            var count = _reader.EnterList("markers");
            _reader.Need(count <= FormatConstants.Manifest.MaxMarkers, $"{count} markers");
            var markers = new List<Marker>();
            for (; count > 0; count--)
            {
                markers.Add(ReadMarker());
            }
            _reader.Leave();
            return markers;
        }

        private Marker ReadMarker()
        {
            string markerName = null, kind = null;
            var time = 0.0;
            var names = _reader.ReadFields("a marker", name =>
            {
                switch (name)
                {
                    case "name": markerName = ReadName(name); return true;
                    case "kind": kind = ReadName(name); return true;
                    case "time_s": time = _reader.ReadNumber(name, 0, double.MaxValue); return true;
                    default: return false;
                }
            });
            ManifestReader.NeedFields(_reader, names, "name", "time_s", "kind");
            return new Marker(markerName, time, kind);
        }

        // Fields may come in any order, so what two of them say together is looked at last.
        private void CheckPlaying()
        {
            _reader.Need(_clip.Loops || _clip.Travel == null, "travel of a clip that does not loop");
            double last = 0, end = _clip.DurationS;
            foreach (var marker in _clip.Markers)
            {
                _reader.Need(marker.TimeS >= last, "markers that are not in the order of their times");
                _reader.Need(
                    _clip.Loops ? marker.TimeS < end : marker.TimeS <= end, "a marker behind the end of its clip");
                last = marker.TimeS;
            }
        }

        private string ReadName(string field)
        {
            return _reader.ReadText(field, FormatConstants.Manifest.MaxNameChars);
        }
    }
}
