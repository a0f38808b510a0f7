namespace Ani3d
{
    /// <summary>A clip that a blend shows from some time on.</summary>
    internal sealed class Play
    {
        private readonly ClipTimeline _clip;
        private readonly double _startS;
        private readonly double _rate;

        /// <summary>Creates a play.</summary>
        public Play(ClipTimeline clip, double atS, double startS, double rate, double fadeS)
        {
            _clip = clip;
            _startS = startS;
            _rate = rate;
            AtS = atS;
            FadeS = fadeS;
        }

        /// <summary>When it begins, in times of the blend.</summary>
        public double AtS { get; }

        /// <summary>Seconds until it alone is shown.</summary>
        public double FadeS { get; }

        /// <summary>Where it is put on the ground.</summary>
        public GroundPlace Place { get; set; }

        /// <summary>The clip's frame at a time of the blend.</summary>
        public AvatarFrame FrameAt(double timeS)
        {
            return _clip.FrameAt(_startS + _rate * (timeS - AtS), _clip.DefaultRootMotion);
        }
    }
}
