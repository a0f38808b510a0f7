using System;

namespace Ani3d
{
    /// <summary>
    /// How detail of tracks is predicted from that of earlier tracks: four parents and weights for each.
    /// </summary>
    internal sealed class TrackPrediction
    {
        private const int Width = FormatConstants.Model.TrackParents;

        private TrackPrediction(int first, int count, int[] ends)
        {
            First = first;
            Ends = ends;
            Parents = new int[Width * (count - first)];
            PositionWeights = new float[Parents.Length];
            RotationWeights = new float[Parents.Length];
        }

        /// <summary>The first track that has parents; all behind it have four.</summary>
        public int First { get; }

        /// <summary>Where stages end, none before the one before: the last one with the last track.</summary>
        public int[] Ends { get; }

        /// <summary>[tracks behind <see cref="First"/>, 4] parents, which lie before their children.</summary>
        public int[] Parents { get; }

        /// <summary>[tracks behind <see cref="First"/>, 4] weights of positions.</summary>
        public float[] PositionWeights { get; }

        /// <summary>[tracks behind <see cref="First"/>, 4] weights of the other channels.</summary>
        public float[] RotationWeights { get; }

        /// <summary>Reads stages, walk, parents and weights of so many tracks.</summary>
        public static TrackPrediction Read(Cursor cursor, int count)
        {
            var ends = ReadEnds(cursor, count, FormatConstants.Model.MaxStages, false, "stages");
            var prediction = new TrackPrediction(ends[0], count, ends);
            var predicted = count - ends[0];
            if (predicted == 0)
            {
                return prediction;
            }
            var walk = ReadWalk(cursor, count);
            var offsets = IntegerTable.Read(
                cursor, Width, predicted, false, Range("offset", int.MinValue, int.MaxValue));
            const int most = FormatConstants.Model.MaxParentWeight;
            var positions = IntegerTable.Read(cursor, Width, predicted, false, Range("weight", -most, most));
            var rotations = IntegerTable.Read(cursor, Width, predicted, false, Range("weight", -most, most));
            for (var i = 0; i < predicted; i++)
            {
                for (var k = 0; k < Width; k++)
                {
                    int from = k * predicted + i, to = Width * i + k;
                    prediction.PositionWeights[to] = (float)positions[from] / FormatConstants.Model.PositionWeightUnits;
                    prediction.RotationWeights[to] = (float)rotations[from] / FormatConstants.Model.RotationWeightUnits;
                }
            }
            prediction.FindParents(cursor, walk, ends, offsets);
            return prediction;
        }

        /// <summary>The prediction of the model's tracks and, behind them, of a clip's further ones.</summary>
        /// <param name="further">of all tracks, without those of the model.</param>
        /// <param name="count">all tracks.</param>
        public TrackPrediction With(TrackPrediction further, int count)
        {
            // Tracks between have no parents: their weights stay 0.
            var ends = new int[Ends.Length + further.Ends.Length];
            Ends.CopyTo(ends, 0);
            further.Ends.CopyTo(ends, Ends.Length);
            var joined = new TrackPrediction(First, count, ends);
            var at = Width * (further.First - First);
            Array.Copy(Parents, joined.Parents, Parents.Length);
            Array.Copy(PositionWeights, joined.PositionWeights, Parents.Length);
            Array.Copy(RotationWeights, joined.RotationWeights, Parents.Length);
            Array.Copy(further.Parents, 0, joined.Parents, at, further.Parents.Length);
            Array.Copy(further.PositionWeights, 0, joined.PositionWeights, at, further.Parents.Length);
            Array.Copy(further.RotationWeights, 0, joined.RotationWeights, at, further.Parents.Length);
            return joined;
        }

        private static int[] ReadEnds(Cursor cursor, int count, int most, bool isStrict, string what)
        {
            var ends = new int[cursor.ReadVarint(most)];
            Refuse.Unless(ends.Length > 0, RefusalCodes.ModelInvalid, cursor.Name, $"no {what}");
            for (var i = 0; i < ends.Length; i++)
            {
                ends[i] = cursor.ReadVarint(count);
                var follows = i == 0 || ends[i] > ends[i - 1] || (!isStrict && ends[i] == ends[i - 1]);
                Refuse.Unless(follows, RefusalCodes.ModelInvalid, cursor.Name, $"{what} that go back");
            }
            Refuse.Unless(
                ends[ends.Length - 1] == count, RefusalCodes.ModelInvalid, cursor.Name,
                $"{what} that do not end with the last track");
            return ends;
        }

        // All tracks in an order in which neighbours in space are side by side.
        private static int[] ReadWalk(Cursor cursor, int count)
        {
            var ends = ReadEnds(cursor, count, FormatConstants.Model.MaxRuns, true, "runs");
            var walk = IntegerTable.Read(cursor, 1, count, false, Range("run", 0, ends.Length - 1));
            var next = new int[ends.Length];
            Array.Copy(ends, 0, next, 1, ends.Length - 1);
            for (var i = 0; i < count; i++)
            {
                var run = walk[i];
                if (next[run] == ends[run])
                {
                    throw new RefusalException(RefusalCodes.ModelInvalid, cursor.Name, "a walk that leaves a run");
                }
                walk[i] = next[run]++;
            }
            return walk;
        }

        // E[p + offset], with E the finished tracks in order of the walk, and p how many of them come before the child.
        private void FindParents(Cursor cursor, int[] walk, int[] ends, int[] offsets)
        {
            var predicted = walk.Length - First;
            var finished = new int[walk.Length];
            for (var stage = 1; stage < ends.Length; stage++)
            {
                int begin = ends[stage - 1], end = ends[stage], count = 0;
                foreach (var track in walk)
                {
                    if (track < begin)
                    {
                        finished[count++] = track;
                    }
                }
                var before = 0;
                foreach (var track in walk)
                {
                    if (track < begin)
                    {
                        before++;
                    }
                    else if (track < end)
                    {
                        var row = track - First;
                        for (var k = 0; k < Width; k++)
                        {
                            var place = (long)before + offsets[k * predicted + row];
                            if (place < 0 || place >= count)
                            {
                                throw new RefusalException(
                                    RefusalCodes.ModelInvalid, cursor.Name, "a parent that is not there");
                            }
                            Parents[Width * row + k] = finished[place];
                        }
                    }
                }
            }
        }

        private static IntegerRange Range(string field, long lowest, long highest)
        {
            return new IntegerRange(field, lowest, highest, RefusalCodes.ModelInvalid);
        }
    }
}
