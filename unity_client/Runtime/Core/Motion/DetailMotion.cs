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
        private ResidualModel _model;
        private CosineTable _cosines;
        private int _columns;
        private int[] _sortedTracks = Array.Empty<int>();
        private int[] _rowLengths = Array.Empty<int>();

        /// <summary>Creates room for a channel.</summary>
        internal DetailMotion(DetailChannel channel)
        {
            _channel = channel;
        }

        /// <summary>The coefficients, as the GPU reads them.</summary>
        public PackedDetail Packed { get; } = new PackedDetail();

        private string Name => Names[(int)_channel];

        private int TrackCount => _model.Moving.Length;

        /// <summary>Works out one frame. Nothing is allocated once buffers are pooled.</summary>
        /// <param name="frame">of the group, from 0.</param>
        /// <param name="values">[S, 3] to be written.</param>
        public void Evaluate(int frame, float[] values)
        {
            var stride = _columns + 3;
            var sums = ArrayPool<double>.Shared.Rent(3 * stride);
            try
            {
                Array.Clear(sums, 0, 3 * stride);
                for (var f = 0; f < _cosines.Frames && Packed.LengthOf(f) > 0; f++)
                {
                    Packed.AddTo(f, _cosines[f, frame], sums, stride);
                }
                Scatter(sums, stride, values);
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

        /// <summary>Reads a section "detail.…", in place of what was here.</summary>
        /// <param name="cursor">behind its layout.</param>
        /// <param name="storedBytes">of the section.</param>
        /// <param name="model">as the clip uses it.</param>
        /// <param name="frames">F.</param>
        /// <param name="numbering">of the tracks for the GPU.</param>
        internal void Read(Cursor cursor, long storedBytes, ResidualModel model, int frames, TrackNumbering numbering)
        {
            _model = model;
            _cosines = CosineTable.Of(frames);
            int stepCount = cursor.ReadByte();
            var known = stepCount >= 1 && stepCount <= FormatConstants.Detail.MaxSteps;
            Refuse.Unless(known, RefusalCodes.DetailInvalid, Name, $"{stepCount} steps");
            var steps = cursor.ReadFloats(stepCount);
            Refuse.Unless(
                Array.TrueForAll(steps, step => step > 0), RefusalCodes.DetailInvalid, Name,
                "a step that is not above 0");
            var bandwidths = IntegerTable.Read(cursor, 1, TrackCount, false, Range("bandwidth", frames));
            var lengths = new int[frames + 1];
            long integers = 0;
            for (var track = 0; track < TrackCount; track++)
            {
                lengths[bandwidths[track]]++;
                integers += bandwidths[track] > 0 ? 1 + 3 * bandwidths[track] : 0;
            }
            cursor.ExpectIntegers(integers, storedBytes);
            _columns = TrackCount - lengths[0];
            var stepIndices = IntegerTable.Read(cursor, 1, _columns, false, Range("index of a step", stepCount - 1));
            // Its length says how many rows there are.
            _rowLengths = _rowLengths.Length == frames ? _rowLengths : new int[frames];
            for (int f = frames - 1, longer = 0; f >= 0; f--)
            {
                longer += lengths[f + 1];
                _rowLengths[f] = longer;
            }
            var coefficients = IntegerTable.Read(cursor, RowLengths.Repeated(_rowLengths, 3));
            cursor.Finish();
            Packed.Begin(frames, numbering.Count, steps, _rowLengths, coefficients);
            Sort(bandwidths, lengths, stepIndices, numbering);
        }

        // Tracks by falling bandwidth, equals in order. `lengths` counts the tracks of each bandwidth.
        private void Sort(int[] bandwidths, int[] lengths, int[] stepIndices, TrackNumbering numbering)
        {
            if (_sortedTracks.Length < _columns)
            {
                _sortedTracks = new int[TrackCount];
            }
            var next = new int[lengths.Length];
            for (int bandwidth = lengths.Length - 1, start = 0; bandwidth >= 0; bandwidth--)
            {
                next[bandwidth] = start;
                start += lengths[bandwidth];
            }
            for (int track = 0, a = 0; track < TrackCount; track++)
            {
                var column = next[bandwidths[track]]++;
                if (bandwidths[track] > 0)
                {
                    _sortedTracks[column] = track;
                    Packed.SetColumn(column, numbering[track], stepIndices[a++]);
                }
                else
                {
                    Packed.SetColumn(column, numbering[track], 0);
                }
            }
            for (var i = 0; i < numbering.Others.Length; i++)
            {
                Packed.SetColumn(TrackCount + i, numbering.Others[i], 0);
            }
        }

        private void Scatter(double[] sums, int stride, float[] values)
        {
            Array.Clear(values, 0, 3 * TrackCount);
            for (var column = 0; column < _columns; column++)
            {
                var at = 3 * _sortedTracks[column];
                var step = Packed.StepOf(column);
                values[at] = (float)(step * sums[column]);
                values[at + 1] = (float)(step * sums[stride + column]);
                values[at + 2] = (float)(step * sums[2 * stride + column]);
            }
        }

        private void AddParents(float[] values)
        {
            var prediction = _model.Prediction;
            var parents = prediction.Parents;
            var weights = _channel == DetailChannel.Position ? prediction.PositionWeights : prediction.RotationWeights;
            for (int at = 3 * prediction.First, row = 0; row < parents.Length; at += 3, row += Width)
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
            for (var i = 0; i < 3 * TrackCount; i++)
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
