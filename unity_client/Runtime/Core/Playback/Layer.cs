namespace Ani3d
{
    /// <summary>A clip that is laid over some joints of a blend for some time.</summary>
    public sealed class Layer
    {
        private readonly Play _play;

        /// <summary>Creates a layer.</summary>
        /// <param name="clip">the clip.</param>
        /// <param name="mask">over which joints.</param>
        /// <param name="atS">when it begins, in times of the blend.</param>
        /// <param name="startS">the time of the clip then.</param>
        /// <param name="rate">seconds of the clip a second.</param>
        /// <param name="fadeS">seconds until it is wholly there.</param>
        public Layer(ClipTimeline clip, LayerMask mask, double atS, double startS, double rate, double fadeS)
        {
            _play = new Play(clip, atS, startS, rate, fadeS);
            Mask = mask;
        }

        /// <summary>Over which joints.</summary>
        public LayerMask Mask { get; }

        /// <summary>How much of it is shown, 0 to 1.</summary>
        public double Weight { get; set; } = 1;

        /// <summary>When it begins to go away; null for never.</summary>
        public double? EndS { get; set; }

        /// <summary>Seconds until it is gone then.</summary>
        public double FadeOutS { get; set; }

        /// <summary>The clip's frame at a time of the blend.</summary>
        internal AvatarFrame FrameAt(double timeS)
        {
            return _play.FrameAt(timeS);
        }

        /// <summary>How much is shown at a time of the blend.</summary>
        internal double ShareAt(double timeS)
        {
            var gone = EndS.HasValue ? Blend.FadedIn(timeS, EndS.Value, FadeOutS) : 0;
            return Weight * Blend.FadedIn(timeS, _play.AtS, _play.FadeS) * (1 - gone);
        }
    }
}
