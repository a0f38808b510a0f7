using System;

namespace Ani3d
{
    /// <summary>Control nodes, what hangs on them, and the Gaussians that have detail (SPEC.md, "model").</summary>
    public sealed class ResidualModel
    {
        private ResidualModel()
        {
        }

        /// <summary>M, control nodes.</summary>
        public int NodeCount => NodeRestM.Length / 3;

        /// <summary>[M, 3] rest positions of nodes, metres.</summary>
        public float[] NodeRestM { get; private set; }

        /// <summary>[N, 4] nodes that each Gaussian hangs on; 0 where it hangs on none.</summary>
        public int[] NodeIndices { get; private set; }

        /// <summary>[N, 4] their weights, which sum to 1, or are 0 where a Gaussian hangs on none.</summary>
        public float[] NodeWeights { get; private set; }

        /// <summary>[S] Gaussian of each track of detail.</summary>
        public int[] Moving { get; private set; }

        /// <summary>[M, 3] nodes that each is predicted from.</summary>
        internal int[] NodeParents { get; private set; }

        /// <summary>How tracks are predicted.</summary>
        internal TrackPrediction Prediction { get; private set; }

        /// <summary>A model of nodes and what hangs on them, without tracks.</summary>
        internal static ResidualModel OfNodes(float[] nodeRestM, int[] nodeIndices, float[] nodeWeights)
        {
            return new ResidualModel
            {
                NodeRestM = nodeRestM, NodeIndices = nodeIndices, NodeWeights = nodeWeights, Moving = Array.Empty<int>(),
            };
        }

        /// <summary>Reads section "model".</summary>
        internal static ResidualModel Read(ArraySegment<byte> bytes, Manifest manifest)
        {
            var cursor = Cursor.OfSection(bytes, FormatConstants.Section.Model, FormatConstants.Model.Layout);
            var nodes = cursor.ReadVarint(FormatConstants.Model.MaxNodes);
            var moving = cursor.ReadVarint(manifest.GaussianCount);
            var hanging = cursor.ReadVarint(moving);
            Need(nodes == manifest.NodeCount, cursor, $"{nodes} nodes, not {manifest.NodeCount} as the manifest says");
            var step = cursor.ReadFloat();
            Need(step == (float)FormatConstants.Model.RestStepM, cursor, $"cells of {step} m");
            var model = new ResidualModel { Moving = ReadIncreasing(cursor, moving, manifest.GaussianCount) };
            var places = ReadIncreasing(cursor, hanging, moving);
            const int most = FormatConstants.Model.MaxRestCell;
            var cells = IntegerTable.Read(cursor, 3, nodes, false, Range("cell", -most, most));
            // It remembers who is near whom, megabytes, which nobody asks for later.
            var lattice = new NodeLattice(cells, nodes);
            model.NodeRestM = new float[3 * nodes];
            for (var i = 0; i < 3 * nodes; i++)
            {
                model.NodeRestM[i] = (float)(cells[i % 3 * nodes + i / 3] * (double)step);
            }
            model.NodeParents = lattice.Parents();
            model.ReadHanging(cursor, lattice, places, manifest.GaussianCount);
            model.Prediction = TrackPrediction.Read(cursor, moving);
            cursor.Finish();
            return model;
        }

        /// <summary>The model of one clip that moves further Gaussians: reads section "further".</summary>
        internal ResidualModel WithFurther(ArraySegment<byte> bytes, int gaussianCount)
        {
            var cursor = Cursor.OfSection(bytes, FormatConstants.Section.Further, FormatConstants.Further.Layout);
            var further = ReadFurther(cursor, gaussianCount);
            var all = Moving.Length + further.Length;
            var prediction = TrackPrediction.Read(cursor, all);
            cursor.Finish();
            Need(prediction.First >= Moving.Length, cursor, "stages that begin within the model's tracks");
            var moving = new int[all];
            Moving.CopyTo(moving, 0);
            further.CopyTo(moving, Moving.Length);
            return new ResidualModel
            {
                NodeRestM = NodeRestM,
                NodeIndices = NodeIndices,
                NodeWeights = NodeWeights,
                NodeParents = NodeParents,
                Moving = moving,
                Prediction = Prediction.With(prediction, all),
            };
        }

        /// <summary>The further Gaussians that a clip moves: the beginning of section "further".</summary>
        internal int[] ReadFurther(ArraySegment<byte> bytes, int gaussianCount)
        {
            return ReadFurther(
                Cursor.OfSection(bytes, FormatConstants.Section.Further, FormatConstants.Further.Layout), gaussianCount);
        }

        private int[] ReadFurther(Cursor cursor, int gaussianCount)
        {
            var count = cursor.ReadVarint(gaussianCount - Moving.Length);
            var further = ReadIncreasing(cursor, count, gaussianCount);
            foreach (var gaussian in further)
            {
                if (Array.BinarySearch(Moving, gaussian) >= 0)
                {
                    throw new RefusalException(
                        RefusalCodes.ModelInvalid, cursor.Name, $"Gaussian {gaussian} of the model");
                }
            }
            return further;
        }

        private static void Need(bool holds, Cursor cursor, string found)
        {
            Refuse.Unless(holds, RefusalCodes.ModelInvalid, cursor.Name, found);
        }

        private static IntegerRange Range(string field, long lowest, long highest)
        {
            return new IntegerRange(field, lowest, highest, RefusalCodes.ModelInvalid);
        }

        private static int[] ReadIncreasing(Cursor cursor, int count, int limit)
        {
            var values = IntegerTable.Read(cursor, 1, count, true, Range("number", 0, limit - 1));
            for (var i = 1; i < count; i++)
            {
                if (values[i] <= values[i - 1])
                {
                    throw new RefusalException(RefusalCodes.ModelInvalid, cursor.Name, "numbers that do not increase");
                }
            }
            return values;
        }

        private void ReadHanging(Cursor cursor, NodeLattice lattice, int[] places, int gaussianCount)
        {
            var count = places.Length;
            var ranks = IntegerTable.Read(cursor, 1, count, false, Range("rank", 0, NodeCount - 1));
            var gaps = IntegerTable.Read(cursor, 3, count, false, Range("gap", 0, NodeCount - 1));
            const int whole = FormatConstants.Model.WeightUnits;
            var units = IntegerTable.Read(cursor, 3, count, false, Range("weight", 0, whole));
            var weights = new float[4 * count];
            WeightTable.Fill(weights, units, count, whole, cursor.Name, RefusalCodes.ModelInvalid);
            NodeIndices = new int[4 * gaussianCount];
            NodeWeights = new float[4 * gaussianCount];
            for (int h = 0, first = 0; h < count; h++)
            {
                first = lattice.NeighboursOf(first)[ranks[h]];
                var around = lattice.NeighboursOf(first);
                var at = 4 * Moving[places[h]];
                NodeIndices[at] = first;
                var rank = 0;
                for (var k = 0; k < 3; k++)
                {
                    rank += gaps[k * count + h];
                    if (rank >= NodeCount)
                    {
                        throw new RefusalException(RefusalCodes.ModelInvalid, cursor.Name, "a node that is not there");
                    }
                    NodeIndices[at + k + 1] = around[rank];
                }
                Array.Copy(weights, 4 * h, NodeWeights, at, 4);
            }
        }
    }
}
