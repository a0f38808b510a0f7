using System;
using System.Buffers;

namespace Ani3d
{
    /// <summary>
    /// One channel of detail of S tracks over the F frames of a group, as coefficients of cosines (SPEC.md, "Sections
    /// detail").
    /// </summary>
    public sealed class DetailMotion
    {
        private const int Width = FormatConstants.Model.TrackParents;
        private static readonly string[] Names =
        {
            FormatConstants.Section.DetailPosition, FormatConstants.Section.DetailRotation,
            FormatConstants.Section.DetailScale, FormatConstants.Section.DetailColour,
        };

        private readonly DetailChannel _channel;
        private readonly TrackPrediction _prediction;
        private readonly CosineTable _cosines;
        private readonly int _trackCount;
        private double[] _steps;
        private int[] _sortedTracks;
        private int[] _rowLengths;
        private int[] _coefficients;

        private DetailMotion(DetailChannel channel, ResidualModel model, int frames)
        {
            _channel = channel;
            _prediction = model.Prediction;
            _trackCount = model.Moving.Length;
            _cosines = CosineTable.Of(frames);
        }

        private string Name => Names[(int)_channel];

        /// <summary>Works out one frame. Nothing is allocated once buffers are pooled.</summary>
        /// <param name="frame">of the group, from 0.</param>
        /// <param name="values">[S, 3] to be written.</param>
        public void Evaluate(int frame, float[] values)
        {
            var sums = ArrayPool<double>.Shared.Rent(3 * _sortedTracks.Length);
            try
            {
                Transform(frame, sums);
                Scatter(sums, values);
            }
            finally
            {
                ArrayPool<double>.Shared.Return(sums);
            }
            AddParents(values);
            Check(values);
        }

        /// <summary>Name of the section of a channel.</summary>
        internal static string NameOf(DetailChannel channel)
        {
            return Names[(int)channel];
        }

        /// <summary>Reads a section "detail.…".</summary>
        internal static DetailMotion Read(
            ArraySegment<byte> bytes, long storedBytes, DetailChannel channel, ResidualModel model, int frames)
        {
            var motion = new DetailMotion(channel, model, frames);
            motion.Read(Cursor.OfSection(bytes, motion.Name, FormatConstants.Detail.Layout), storedBytes, frames);
            return motion;
        }

        private void Read(Cursor cursor, long storedBytes, int frames)
        {
            int stepCount = cursor.ReadByte();
            var known = stepCount >= 1 && stepCount <= FormatConstants.Detail.MaxSteps;
            Refuse.Unless(known, RefusalCodes.DetailInvalid, Name, $"{stepCount} steps");
            var steps = cursor.ReadFloats(stepCount);
            Refuse.Unless(
                Array.TrueForAll(steps, step => step > 0), RefusalCodes.DetailInvalid, Name,
                "a step that is not above 0");
            var bandwidths = IntegerTable.Read(cursor, 1, _trackCount, false, Range("bandwidth", frames));
            var lengths = new int[frames + 1];
            long integers = 0;
            foreach (var bandwidth in bandwidths)
            {
                lengths[bandwidth]++;
                integers += bandwidth > 0 ? 1 + 3 * bandwidth : 0;
            }
            cursor.ExpectIntegers(integers, storedBytes);
            var active = _trackCount - lengths[0];
            var stepIndices = IntegerTable.Read(cursor, 1, active, false, Range("index of a step", stepCount - 1));
            Sort(bandwidths, lengths, steps, stepIndices);
            _rowLengths = new int[frames];
            for (int f = frames - 1, longer = 0; f >= 0; f--)
            {
                longer += lengths[f + 1];
                _rowLengths[f] = longer;
            }
            _coefficients = IntegerTable.Read(cursor, RowLengths.Repeated(_rowLengths, 3));
            cursor.Finish();
        }

        // Tracks by falling bandwidth, equals in order. `lengths` counts the tracks of each bandwidth.
        private void Sort(int[] bandwidths, int[] lengths, float[] steps, int[] stepIndices)
        {
            _sortedTracks = new int[stepIndices.Length];
            _steps = new double[stepIndices.Length];
            var next = new int[lengths.Length];
            for (int bandwidth = lengths.Length - 1, start = 0; bandwidth > 0; bandwidth--)
            {
                next[bandwidth] = start;
                start += lengths[bandwidth];
            }
            for (int track = 0, a = 0; track < bandwidths.Length; track++)
            {
                if (bandwidths[track] > 0)
                {
                    var place = next[bandwidths[track]]++;
                    _sortedTracks[place] = track;
                    _steps[place] = steps[stepIndices[a++]];
                }
            }
        }

        // The inverse cosine transform of each column, in steps: [3, columns].
        private void Transform(int frame, double[] sums)
        {
            var columns = _sortedTracks.Length;
            Array.Clear(sums, 0, 3 * columns);
            for (int f = 0, at = 0; f < _rowLengths.Length && _rowLengths[f] > 0; f++)
            {
                var gain = _cosines[f, frame];
                for (var axis = 0; axis < 3; axis++)
                {
                    for (int i = axis * columns, end = i + _rowLengths[f]; i < end; i++)
                    {
                        sums[i] += gain * _coefficients[at++];
                    }
                }
            }
        }

        private void Scatter(double[] sums, float[] values)
        {
            var columns = _sortedTracks.Length;
            Array.Clear(values, 0, 3 * _trackCount);
            for (var column = 0; column < columns; column++)
            {
                var at = 3 * _sortedTracks[column];
                values[at] = (float)(_steps[column] * sums[column]);
                values[at + 1] = (float)(_steps[column] * sums[columns + column]);
                values[at + 2] = (float)(_steps[column] * sums[2 * columns + column]);
            }
        }

        private void AddParents(float[] values)
        {
            var parents = _prediction.Parents;
            var weights = _channel == DetailChannel.Position ? _prediction.PositionWeights : _prediction.RotationWeights;
            for (int at = 3 * _prediction.First, row = 0; row < parents.Length; at += 3, row += Width)
            {
                double x = values[at], y = values[at + 1], z = values[at + 2];
                for (var k = row; k < row + Width; k++)
                {
                    double weight = weights[k];
                    var parent = 3 * parents[k];
                    x += weight * values[parent];
                    y += weight * values[parent + 1];
                    z += weight * values[parent + 2];
                }
                values[at] = (float)x;
                values[at + 1] = (float)y;
                values[at + 2] = (float)z;
            }
        }

        private void Check(float[] values)
        {
            var most = _channel == DetailChannel.Rotation ? FormatConstants.Detail.MaxTurnRad
                : _channel == DetailChannel.Scale ? FormatConstants.Detail.MaxLogScale : float.MaxValue;
            for (var i = 0; i < 3 * _trackCount; i++)
            {
                if (!(Math.Abs(values[i]) <= most))
                {
                    throw new RefusalException(RefusalCodes.DetailInvalid, Name, $"a value of {values[i]}");
                }
            }
            AbsurdValues.Refuse(values, Name);
        }

        private static IntegerRange Range(string field, long highest)
        {
            return new IntegerRange(field, 0, highest, RefusalCodes.DetailInvalid);
        }
    }
}
