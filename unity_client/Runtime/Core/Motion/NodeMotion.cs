using System;
using System.Buffers;

namespace Ani3d
{
    /// <summary>
    /// Motion of M control nodes over the F frames of a group, as coefficients of cosines (SPEC.md, "nodes").
    /// </summary>
    public sealed class NodeMotion
    {
        private const int Channels = 2;
        private readonly double[] _steps = new double[Channels];
        private readonly int[][] _coefficients = { Array.Empty<int>(), Array.Empty<int>() };
        private int _nodes;
        private CosineTable _cosines;

        /// <summary>Creates room for a group.</summary>
        internal NodeMotion()
        {
        }

        /// <summary>Works out one frame. Nothing is allocated once buffers are pooled.</summary>
        /// <param name="frame">of the group, from 0.</param>
        /// <param name="displacementsM">[M, 3] to be written, metres.</param>
        /// <param name="rotationsWxyz">[M, 4] to be written.</param>
        public void Evaluate(int frame, float[] displacementsM, float[] rotationsWxyz)
        {
            var values = ArrayPool<double>.Shared.Rent(3 * _nodes);
            try
            {
                Evaluate(0, frame, values);
                for (var i = 0; i < 3 * _nodes; i++)
                {
                    displacementsM[i] = (float)values[i];
                }
                AbsurdValues.Refuse(displacementsM, FormatConstants.Section.Nodes);
                Evaluate(1, frame, values);
                for (var node = 0; node < _nodes; node++)
                {
                    var vector = new Vec3(values[3 * node], values[3 * node + 1], values[3 * node + 2]);
                    var largest = Math.Max(Math.Abs(vector.X), Math.Max(Math.Abs(vector.Y), Math.Abs(vector.Z)));
                    if (!(largest <= FormatConstants.Nodes.MaxTurnRad))
                    {
                        throw new RefusalException(
                            RefusalCodes.NodesInvalid, FormatConstants.Section.Nodes, $"a rotation vector of {largest} rad");
                    }
                    Quat.FromRotationVector(vector).WriteRow(rotationsWxyz, node);
                }
            }
            finally
            {
                ArrayPool<double>.Shared.Return(values);
            }
        }

        /// <summary>Reads section "nodes", in place of what was here.</summary>
        internal void Read(
            ArraySegment<byte> bytes, long storedBytes, ResidualModel model, int frames, DecodeRooms decoding)
        {
            var cursor = Cursor.OfSection(bytes, FormatConstants.Section.Nodes, FormatConstants.Nodes.Layout, decoding);
            _nodes = model.NodeCount;
            _cosines = CosineTable.Of(frames);
            for (var channel = 0; channel < Channels; channel++)
            {
                double step = cursor.ReadFloat();
                var known = step > 0 && step < FormatConstants.Nodes.StepBelow;
                Refuse.Unless(known, RefusalCodes.NodesInvalid, cursor.Name, $"a step of {step}");
                _steps[channel] = step;
            }
            cursor.ExpectIntegers(6L * frames * (1 + model.NodeCount), storedBytes);
            for (var channel = 0; channel < Channels; channel++)
            {
                if (_coefficients[channel].Length != 3 * frames * _nodes)
                {
                    _coefficients[channel] = new int[3 * frames * _nodes];
                }
                ReadCoefficients(cursor, model, 3 * frames, _coefficients[channel]);
            }
            cursor.Finish();
        }

        private static void ReadCoefficients(Cursor cursor, ResidualModel model, int rows, int[] values)
        {
            var nodes = model.NodeCount;
            var predicted = IntegerTable.Read(
                cursor, 1, rows, false, new IntegerRange("kind of row", 0, 1, RefusalCodes.NodesInvalid));
            Array.Copy(IntegerTable.Read(cursor, RowLengths.Equal(rows, nodes)), values, rows * nodes);
            for (var row = 0; row < rows; row++)
            {
                Finish(values, row * nodes, predicted[row] == 1 ? model.NodeParents : null, nodes, cursor.Name);
            }
        }

        // What is out of range is found before it is used, so sums stay within 64 bits.
        private static void Finish(int[] values, int start, int[] parents, int nodes, string name)
        {
            const int width = FormatConstants.Model.NodeParents;
            for (var node = 0; node < nodes; node++)
            {
                long value = values[start + node];
                if (parents != null && node >= width)
                {
                    var sum = (long)values[start + parents[width * node]] + values[start + parents[width * node + 1]]
                        + values[start + parents[width * node + 2]] + 1;
                    value += sum >= 0 ? sum / 3 : -((2 - sum) / 3);
                }
                if (Math.Abs(value) > FormatConstants.Nodes.MaxEntry)
                {
                    throw new RefusalException(RefusalCodes.NodesInvalid, name, $"an entry of {value}");
                }
                values[start + node] = (int)value;
            }
        }

        private void Evaluate(int channel, int frame, double[] values)
        {
            var count = 3 * _nodes;
            Array.Clear(values, 0, count);
            var coefficients = _coefficients[channel];
            for (int f = 0, at = 0; f < _cosines.Frames; f++)
            {
                var gain = _steps[channel] * _cosines[f, frame];
                for (var axis = 0; axis < 3; axis++)
                {
                    for (var i = axis; i < count; i += 3)
                    {
                        values[i] += gain * coefficients[at++];
                    }
                }
            }
        }
    }
}
