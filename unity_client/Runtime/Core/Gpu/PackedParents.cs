using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>
    /// How tracks of detail are predicted from others in one clip, stage by stage, as the GPU reads it: the buffer
    /// <i>parents</i> of shaders/README.md.
    /// </summary>
    public sealed class PackedParents
    {
        /// <summary>Uints of a track.</summary>
        public const int UintsEach = 8;

        private PackedParents(uint[] words, TrackStage[] stages)
        {
            Words = words;
            Stages = stages;
        }

        /// <summary>[rows, 8], 32 bytes a track that has parents.</summary>
        public uint[] Words { get; }

        /// <summary>Rows of each stage; a stage is worked out when the one before is done.</summary>
        public IReadOnlyList<TrackStage> Stages { get; }

        /// <summary>Packs the parents of a clip.</summary>
        /// <param name="model">as the clip uses it.</param>
        /// <param name="tracks">of the package.</param>
        /// <param name="clip">number of the clip.</param>
        public static PackedParents Of(ResidualModel model, TrackUnion tracks, int clip)
        {
            const int width = FormatConstants.Model.TrackParents;
            var prediction = model.Prediction;
            var numbers = tracks.OfClip(clip);
            var rows = prediction.Parents.Length / width;
            var words = new uint[UintsEach * rows];
            for (var row = 0; row < rows; row++)
            {
                var at = UintsEach * row;
                for (var k = 0; k < width; k++)
                {
                    var from = width * row + k;
                    words[at + k] = Number(prediction.Parents[from], numbers);
                    words[at + 5] |= Weight(
                        prediction.PositionWeights[from] * FormatConstants.Model.PositionWeightUnits) << (8 * k);
                    words[at + 6] |= Weight(
                        prediction.RotationWeights[from] * FormatConstants.Model.RotationWeightUnits) << (8 * k);
                }
                words[at + 4] = Number(prediction.First + row, numbers);
            }
            return new PackedParents(words, StagesOf(prediction));
        }

        private static TrackStage[] StagesOf(TrackPrediction prediction)
        {
            var stages = new List<TrackStage>();
            var first = prediction.First;
            foreach (var end in prediction.Ends)
            {
                if (end > first)
                {
                    stages.Add(new TrackStage(first - prediction.First, end - first));
                    first = end;
                }
            }
            return stages.ToArray();
        }

        private static uint Number(int track, int[] numbers)
        {
            return (uint)(numbers == null ? track : numbers[track]);
        }

        private static uint Weight(double units)
        {
            return unchecked((byte)(sbyte)Math.Round(units));
        }
    }
}
