namespace Ani3d
{
    /// <summary>One of the clips whose detail is mixed in a frame: source k of shaders/README.md.</summary>
    public sealed class DetailSource
    {
        internal DetailSource()
        {
        }

        /// <summary>Number of the clip: parents of tracks are those of <see cref="PlayableAvatar.ParentsOf"/>.</summary>
        public int Clip { get; internal set; }

        /// <summary>
        /// Whether it has slots to read: detail of a clip without a residual layer is zero, which takes part in mixing all
        /// the same.
        /// </summary>
        public bool HasDetail { get; internal set; }

        /// <summary>Share of the source's second slot, 0 to 1; the first slot has the rest.</summary>
        public float Fraction { get; internal set; }

        /// <summary>Share of the source over those before it, 0 to 1; 1 for source 0.</summary>
        public float Share { get; internal set; }

        /// <summary>Whether joints have a mask of it; 1 is written for all joints where it has none.</summary>
        public bool HasMask { get; internal set; }
    }
}
