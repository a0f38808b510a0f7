namespace Ani3d
{
    /// <summary>One clip of what a blend shows, with its share over those before it.</summary>
    internal readonly struct BlendPart
    {
        /// <summary>Creates a part.</summary>
        public BlendPart(Play play, double clipTimeS, double share, JointMask mask)
        {
            Play = play;
            ClipTimeS = clipTimeS;
            Share = share;
            Mask = mask;
        }

        /// <summary>What is shown.</summary>
        public Play Play { get; }

        /// <summary>Which time of its clip.</summary>
        public double ClipTimeS { get; }

        /// <summary>Over what is before it, 0 to 1; 1 of the first one.</summary>
        public double Share { get; }

        /// <summary>Over which joints; null for all of them.</summary>
        public JointMask Mask { get; }
    }
}
