namespace Ani3d
{
    /// <summary>Tracks that are predicted at once: rows of <see cref="PackedParents"/>.</summary>
    public readonly struct TrackStage
    {
        /// <summary>Creates a stage.</summary>
        public TrackStage(int first, int count)
        {
            First = first;
            Count = count;
        }

        /// <summary>Its first row.</summary>
        public int First { get; }

        /// <summary>How many rows it has.</summary>
        public int Count { get; }
    }
}
