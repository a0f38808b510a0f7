namespace Ani3d
{
    /// <summary>A clip that is laid over some joints of a blend for some time.</summary>
    public sealed class Layer
    {
        /// <summary>Creates a layer.</summary>
        /// <param name="clip">the clip.</param>
        /// <param name="mask">over which joints.</param>
        /// <param name="atS">when it begins, in times of the blend.</param>
        /// <param name="startS">the time of the clip then.</param>
        /// <param name="rate">seconds of the clip a second.</param>
        /// <param name="fadeS">seconds until it is wholly there.</param>
        public Layer(ClipTimeline clip, JointMask mask, double atS, double startS, double rate, double fadeS)
        {
            Play = new Play(clip, atS, startS, rate, fadeS);
            Mask = mask;
        }

        /// <summary>Creates a layer of a play that is to begin.</summary>
        internal Layer(Play play, JointMask mask)
        {
            Play = play;
            Mask = mask;
        }

        /// <summary>Over which joints.</summary>
        public JointMask Mask { get; }

        /// <summary>How much of it is shown, 0 to 1.</summary>
        public double Weight { get; set; } = 1;

        /// <summary>When it begins to go away; null for never.</summary>
        public double? EndS { get; set; }

        /// <summary>Seconds until it is gone then.</summary>
        public double FadeOutS { get; set; }

        /// <summary>What is shown.</summary>
        internal Play Play { get; }

        /// <summary>How much is shown at a time of the blend.</summary>
        internal double ShareAt(double timeS)
        {
            var gone = EndS.HasValue ? Blend.FadedIn(timeS, EndS.Value, FadeOutS) : 0;
            return Weight * Play.ShareAt(timeS) * (1 - gone);
        }

        /// <summary>Whether it is not seen at a time and later.</summary>
        internal bool IsOverAt(double timeS)
        {
            return EndS.HasValue && timeS >= EndS.Value + FadeOutS;
        }
    }
}
