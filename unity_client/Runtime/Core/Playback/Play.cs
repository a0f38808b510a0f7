using System;

namespace Ani3d
{
    /// <summary>A clip that a blend shows from some time on.</summary>
    internal sealed class Play
    {
        private AvatarFrame _frame;

        /// <summary>Creates a play.</summary>
        public Play(ClipTimeline clip, double atS, double startS, double rate, double fadeS)
        {
            Clip = clip;
            Begin(atS, startS, rate, fadeS);
        }

        /// <summary>What is shown.</summary>
        public ClipTimeline Clip { get; }

        /// <summary>Which time of it is shown.</summary>
        public PlayClock Clock { get; } = new PlayClock();

        /// <summary>When it begins, in times of the blend.</summary>
        public double AtS { get; private set; }

        /// <summary>Seconds until it alone is shown.</summary>
        public double FadeS { get; private set; }

        /// <summary>Where it is put on the ground.</summary>
        public GroundPlace Place { get; set; }

        /// <summary>What is done with the root's way of the clip; null for what the clip says.</summary>
        public RootMotion? Root { get; set; }

        /// <summary>Begins anew.</summary>
        public void Begin(double atS, double startS, double rate, double fadeS)
        {
            AtS = atS;
            FadeS = fadeS;
            Place = default;
            Clock.Begin(atS, startS, rate);
        }

        /// <summary>Puts its beginning at a time of the blend; its clip goes on from where its clock stands.</summary>
        public void StartAt(double atS)
        {
            Clock.Shift(atS - AtS);
            AtS = atS;
        }

        /// <summary>How much of it is shown over what was there before.</summary>
        public double ShareAt(double timeS)
        {
            return Blend.FadedIn(timeS, AtS, FadeS);
        }

        /// <summary>The time of the clip that is shown; its first one before it begins.</summary>
        public double ClipTimeAt(double timeS)
        {
            return Clock.TimeAt(Math.Max(timeS, AtS));
        }

        /// <summary>The clip's frame, where it was put on the ground. It holds until the next one is asked for.</summary>
        /// <param name="timeS">a time of the blend.</param>
        /// <param name="place">where it is put.</param>
        public AvatarFrame FrameAt(double timeS, GroundPlace place)
        {
            _frame ??= new AvatarFrame(Clip.Frames.JointCount, Clip.Frames.NodeCount);
            Clip.FrameAt(ClipTimeAt(timeS), Root ?? Clip.DefaultRootMotion, _frame);
            if (place.HeadingRad != 0 || place.X != 0 || place.Z != 0)
            {
                _frame.MoveRoot(Clip.RootJointM, place.HeadingRad, new Vec3(place.X, 0, place.Z));
            }
            return _frame;
        }
    }
}
