using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>Reads section "skeleton".</summary>
    internal sealed class SkeletonReader
    {
        private const string Subject = "skeleton";
        private readonly int _count;
        private readonly MessagePackReader _reader;
        private string[] _names;
        private int[] _parents;
        private float[] _joints;
        private float[] _rotations;
        private float[] _translation;

        private SkeletonReader(ArraySegment<byte> bytes, int jointCount)
        {
            _reader = new MessagePackReader(bytes, RefusalCodes.SkeletonInvalid, Subject);
            _count = jointCount;
        }

        /// <summary>The skeleton of a section.</summary>
        public static Skeleton Read(ArraySegment<byte> bytes, int jointCount)
        {
            var reader = new SkeletonReader(bytes, jointCount);
            var names = reader._reader.ReadFields(Subject, reader.ReadField);
            ManifestReader.NeedFields(
                reader._reader, names, "joint_names", "parents", "zero_joints_m", "rest_rotations_wxyz", "rest_translation_m");
            reader._reader.Finish();
            return new Skeleton(
                reader._names, reader._parents, Vec3.Rows(reader._joints), reader.UnitRotations(), Vec3.Rows(reader._translation)[0]);
        }

        private bool ReadField(string name)
        {
            switch (name)
            {
                case "joint_names": _names = ReadNames(name); return true;
                case "parents": _parents = ReadParents(name); return true;
                case "zero_joints_m": _joints = ReadFloats(name, 3 * _count); return true;
                case "rest_rotations_wxyz": _rotations = ReadFloats(name, 4 * _count); return true;
                case "rest_translation_m": _translation = ReadFloats(name, 3); return true;
                default: return false;
            }
        }

        private string[] ReadNames(string field)
        {
            _reader.Need(_reader.EnterList(field) == _count, $"another number of joint_names than {_count}");
            var names = new string[_count];
            var seen = new HashSet<string>(StringComparer.Ordinal);
            for (var j = 0; j < _count; j++)
            {
                names[j] = _reader.ReadText(field, FormatConstants.Manifest.MaxNameChars);
                _reader.Need(seen.Add(names[j]), $"two joints {names[j]}");
            }
            _reader.Leave();
            return names;
        }

        private int[] ReadParents(string field)
        {
            _reader.Need(_reader.EnterList(field) == _count, $"another number of parents than {_count}");
            var parents = new int[_count];
            for (var j = 0; j < _count; j++)
            {
                parents[j] = (int)_reader.ReadInteger(field, j == 0 ? -1 : 0, j - 1);
            }
            _reader.Leave();
            return parents;
        }

        private float[] ReadFloats(string field, int count)
        {
            var bytes = _reader.ReadBinary(field);
            _reader.Need(bytes.Count == 4 * count, $"{field} of {bytes.Count} bytes, not {4 * count}");
            var values = Floats.FromLittleEndian(bytes);
            foreach (var value in values)
            {
                _reader.Need(Math.Abs(value) <= FormatConstants.Skeleton.MaxPositionM, "a number out of range");
            }
            return values;
        }

        // Normalised once read, to float32 as everything else of the package.
        private Quat[] UnitRotations()
        {
            var rotations = Quat.Rows(_rotations);
            for (var j = 0; j < _count; j++)
            {
                var length = rotations[j].Length;
                _reader.Need(
                    Math.Abs(length - 1) < FormatConstants.Skeleton.UnitTolerance, "a rotation that is not unit");
                rotations[j] = rotations[j].Times(1 / length).ToFloat32();
            }
            return rotations;
        }
    }
}
