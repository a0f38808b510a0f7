using System;

namespace Ani3d
{
    /// <summary>Reads section "driver" (SPEC.md, "driver").</summary>
    internal sealed class DriverReader
    {
        private const string Code = RefusalCodes.DriverInvalid;
        private readonly Cursor _cursor;
        private readonly DriverModel _driver = new DriverModel();
        private readonly int _nodes;
        private readonly int _joints;

        private DriverReader(ArraySegment<byte> bytes, int nodeCount, int jointCount)
        {
            _cursor = Cursor.OfSection(bytes, FormatConstants.Section.Driver, FormatConstants.Driver.Layout);
            _nodes = nodeCount;
            _joints = jointCount;
        }

        /// <summary>The driver of a section.</summary>
        public static DriverModel Read(ArraySegment<byte> bytes, int nodeCount, int jointCount)
        {
            var reader = new DriverReader(bytes, nodeCount, jointCount);
            reader.ReadAll();
            return reader._driver;
        }

        private void ReadAll()
        {
            var kinds = _cursor.ReadVarint(FormatConstants.Driver.MaxKinds);
            var links = _cursor.ReadVarint((long)FormatConstants.Driver.MaxLinksPerNode * _nodes);
            var capsules = _cursor.ReadVarint(FormatConstants.Driver.MaxCapsules);
            var tracked = _cursor.ReadVarint(_joints);
            var poles = _cursor.ReadVarint(FormatConstants.Driver.MaxPoles);
            var rows = _cursor.ReadVarint(FormatConstants.Driver.MaxLearned);
            var reach = _cursor.ReadFloat();
            Need(reach > 0 && reach <= FormatConstants.Driver.MaxReachM, "reach");
            _driver.ReachM = reach;
            Need(kinds > 0, "no kinds of nodes");
            ReadMaterials(kinds);
            ReadNodes(kinds);
            ReadLinks(links);
            ReadCapsules(capsules);
            ReadLearned(tracked, poles, rows);
            _cursor.Finish();
        }

        private void Need(bool holds, string found)
        {
            Refuse.Unless(holds, Code, _cursor.Name, found);
        }

        private static IntegerRange Range(string field, long lowest, long highest)
        {
            return new IntegerRange(field, lowest, highest, Code);
        }

        private void ReadMaterials(int kinds)
        {
            _driver.Materials = new DriverMaterial[kinds];
            for (var kind = 0; kind < kinds; kind++)
            {
                _driver.Materials[kind] = new DriverMaterial(
                    ReadMeasure(FormatConstants.Driver.MaxDampingHz), ReadMeasure(FormatConstants.Driver.MaxDrag),
                    ReadMeasure(FormatConstants.Driver.MaxThicknessM), ReadMeasure(FormatConstants.Driver.MaxFriction),
                    ReadMeasure(FormatConstants.Driver.MaxShare));
            }
        }

        private double ReadMeasure(double most)
        {
            var value = _cursor.ReadFloat();
            Need(value >= 0 && value <= (float)most, "a material");
            return value;
        }

        private void ReadNodes(int kinds)
        {
            _driver.Kinds = IntegerTable.Read(_cursor, 1, _nodes, false, Range("kind", 0, kinds - 1));
            var joints = IntegerTable.Read(_cursor, 4, _nodes, false, Range("joint", 0, _joints - 1));
            _driver.Joints = new byte[4 * _nodes];
            for (var i = 0; i < joints.Length; i++)
            {
                _driver.Joints[i] = (byte)joints[i % 4 * _nodes + i / 4];
            }
            const int whole = FormatConstants.Driver.WeightUnits;
            var units = IntegerTable.Read(_cursor, 3, _nodes, false, Range("weight", 0, whole));
            _driver.Weights = new float[4 * _nodes];
            WeightTable.Fill(_driver.Weights, units, _nodes, whole, _cursor.Name, Code);
            const int longest = FormatConstants.Driver.NormalUnits;
            _driver.Normals = Vectors(
                IntegerTable.Read(_cursor, 3, _nodes, false, Range("normal", -longest, longest)), 1);
            for (var node = 0; node < _nodes; node++)
            {
                var length = _driver.Normals[node].Length;
                _driver.Normals[node] = length > 0 ? (1 / length) * _driver.Normals[node] : default;
            }
            _driver.Follow = Array.ConvertAll(IntegerTable.Read(_cursor, 1, _nodes, false, CodeRange), ComplianceOf);
            var step = _cursor.ReadFloat();
            Need(step > 0 && step < FormatConstants.Driver.HangStepBelow, "a step of where nodes hang");
            const int most = FormatConstants.Driver.MaxSteps;
            _driver.HangM = Vectors(
                IntegerTable.Read(_cursor, 3, _nodes, false, Range("where a node hangs", -most, most)), step);
        }

        private static IntegerRange CodeRange => Range(
            "code of compliance", 0, FormatConstants.Driver.ComplianceCodes - 1);

        private Vec3[] Vectors(int[] values, double step)
        {
            var vectors = new Vec3[_nodes];
            for (var node = 0; node < _nodes; node++)
            {
                vectors[node] = new Vec3(
                    values[node] * step, values[_nodes + node] * step, values[2 * _nodes + node] * step);
            }
            return vectors;
        }

        private static double ComplianceOf(int code)
        {
            const double perOctave = FormatConstants.Driver.ComplianceCodesPerOctave;
            return code > 0 ? Math.Pow(2, code / perOctave + FormatConstants.Driver.ComplianceLowestOctave) : 0;
        }

        private void ReadLinks(int count)
        {
            var firsts = IntegerTable.Read(_cursor, 1, count, true, Range("node of a link", 0, _nodes - 1));
            var gaps = IntegerTable.Read(_cursor, 1, count, false, Range("second node of a link", 1, _nodes - 1));
            var codes = IntegerTable.Read(_cursor, 1, count, false, CodeRange);
            var keys = new ulong[count];
            var links = new DriverLink[count];
            for (var i = 0; i < count; i++)
            {
                Need(firsts[i] + gaps[i] < _nodes, "a link to a node that is not there");
                // Key, then place: both fit 64 bits.
                var key = unchecked((uint)i * (uint)FormatConstants.Driver.LinkOrderFactor);
                keys[i] = (ulong)key << 32 | (uint)i;
                links[i] = new DriverLink(firsts[i], firsts[i] + gaps[i], ComplianceOf(codes[i]));
            }
            Array.Sort(keys, links);
            _driver.Links = links;
        }

        private void ReadCapsules(int count)
        {
            var joints = _cursor.Take(count);
            _driver.Capsules = new DriverCapsule[count];
            for (var i = 0; i < count; i++)
            {
                int joint = joints.Array[joints.Offset + i];
                Need(joint < _joints, "the joint of a capsule");
                Vec3 a = ReadPlace(), b = ReadPlace();
                _driver.Capsules[i] = new DriverCapsule(joint, a, b, ReadRadius(), ReadRadius());
            }
        }

        private Vec3 ReadPlace()
        {
            return new Vec3(ReadCoordinate(), ReadCoordinate(), ReadCoordinate());
        }

        private double ReadCoordinate()
        {
            var value = _cursor.ReadFloat();
            Need(Math.Abs(value) <= FormatConstants.Driver.MaxCapsulePositionM, "an end of a capsule");
            return value;
        }

        private double ReadRadius()
        {
            var value = _cursor.ReadFloat();
            Need(value >= 0 && value <= FormatConstants.Driver.MaxCapsuleRadiusM, "a radius of a capsule");
            return value;
        }

        private void ReadLearned(int trackedCount, int poleCount, int rows)
        {
            var tracked = _cursor.Take(trackedCount);
            var learned = new LearnedDriver { Tracked = new byte[trackedCount], RowCount = rows };
            for (var i = 0; i < trackedCount; i++)
            {
                learned.Tracked[i] = tracked.Array[tracked.Offset + i];
                Need(learned.Tracked[i] < _joints, "a tracked joint");
            }
            learned.Poles = _cursor.ReadFloats(2 * poleCount);
            for (var i = 0; i < learned.Poles.Length; i++)
            {
                var most = i % 2 == 0 ? FormatConstants.Driver.MaxPoleHz : FormatConstants.Driver.MaxPoleDamping;
                Need(learned.Poles[i] > 0 && learned.Poles[i] <= most, "a filter");
            }
            _driver.Learned = learned;
            if (rows == 0)
            {
                return;
            }
            var features = (FormatConstants.Driver.RootChannels + 3 * trackedCount) * (1 + 2 * poleCount);
            learned.Means = _cursor.ReadFloats(features);
            Need(Array.TrueForAll(learned.Means, mean => Math.Abs(mean) <= FormatConstants.Driver.MaxMean), "a mean");
            learned.Scales = _cursor.ReadFloats(features);
            Need(Array.TrueForAll(learned.Scales, scale => scale > 0), "a scale");
            learned.Weights = ReadSteps(rows, features);
            learned.BasisM = ReadSteps(rows, 3 * _nodes);
        }

        private double[] ReadSteps(int rows, int columns)
        {
            var steps = _cursor.ReadFloats(rows);
            Need(
                Array.TrueForAll(steps, step => step >= 0 && step <= FormatConstants.Driver.MaxLearnedStep),
                "a step of what was learned");
            const int most = FormatConstants.Driver.MaxSteps;
            var values = IntegerTable.Read(_cursor, rows, columns, false, Range("what was learned", -most, most));
            var result = new double[values.Length];
            for (var i = 0; i < values.Length; i++)
            {
                result[i] = values[i] * (double)steps[i / columns];
            }
            return result;
        }
    }
}
