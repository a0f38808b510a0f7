using System;

namespace Ani3d
{
    /// <summary>
    /// A clip at any time: between frames, over loops, with or without the root's way (CONVENTIONS.md).
    /// </summary>
    public sealed class ClipTimeline
    {
        // Less than this from a frame, counted in frames, it is that frame.
        private const double AtAFrame = 1e-4;
        private const double NoTurn = 1e-9;
        private const int MostTaps = 4;

        // Beyond it a double does not tell one frame from the next to a ten thousandth.
        private const double FarthestFrame = 1e11;
        private readonly IFrameSource _frames;
        private readonly Tap[] _taps = new Tap[MostTaps];
        private readonly DetailMix _detail = new DetailMix();
        private int _tapCount;

        /// <summary>Creates the timeline of a clip.</summary>
        /// <param name="clip">what the manifest says about it.</param>
        /// <param name="frames">its stored frames.</param>
        /// <param name="rootJointM">J, the root joint in the zero pose, metres.</param>
        public ClipTimeline(ClipInfo clip, IFrameSource frames, Vec3 rootJointM)
        {
            Clip = clip;
            RootJointM = rootJointM;
            _frames = frames;
        }

        /// <summary>What the manifest says about the clip.</summary>
        public ClipInfo Clip { get; }

        /// <summary>J, the root joint in the zero pose, metres.</summary>
        public Vec3 RootJointM { get; }

        /// <summary>The clip's stored frames.</summary>
        public IFrameSource Frames => _frames;

        /// <summary>Root motion unless a player is told otherwise.</summary>
        public RootMotion DefaultRootMotion => Clip.InPlace ? RootMotion.InPlace : RootMotion.World;

        /// <summary>The frame at a time.</summary>
        /// <param name="timeS">seconds from the first frame; a clip that does not loop stays at its ends.</param>
        /// <param name="root">what is done with the root's way.</param>
        public AvatarFrame FrameAt(double timeS, RootMotion root)
        {
            var frame = new AvatarFrame(_frames.JointCount, _frames.NodeCount);
            FrameAt(timeS, root, frame);
            return frame;
        }

        /// <summary>Works out the frame at a time. Nothing is allocated where the same room is given again.</summary>
        /// <param name="timeS">seconds from the first frame; a clip that does not loop stays at its ends.</param>
        /// <param name="root">what is done with the root's way.</param>
        /// <param name="frame">to be written.</param>
        public void FrameAt(double timeS, RootMotion root, AvatarFrame frame)
        {
            var place = PlaceAt(timeS);
            var nearest = Math.Round(place);
            if (Math.Abs(place - nearest) < AtAFrame)
            {
                var tap = TapAt((long)nearest, 1);
                frame.Copy(tap.Frame);
                frame.RootTranslationM = tap.RootTranslationM;
                frame.JointRotations[0] = tap.RootRotation;
            }
            else
            {
                Between(place, frame);
            }
            if (root == RootMotion.InPlace && Clip.Travel != null)
            {
                var climb = place / _frames.FrameCount * Clip.Travel.TranslationM.Y;
                frame.MoveRoot(RootJointM, 0, new Vec3(0, -climb, 0));
            }
            Stand(frame, RootJointM, root);
        }

        /// <summary>
        /// Asks for what a time needs, and for what another one will need, without waiting for it; what was asked for before
        /// and is not shown is given up.
        /// </summary>
        /// <param name="timeS">seconds from the first frame.</param>
        /// <param name="aheadS">the time that is shown later on.</param>
        /// <param name="aheadIsReady">whether that one would not be waited for: it is at hand, or refused.</param>
        /// <returns>Whether <see cref="FrameAt(double, RootMotion, AvatarFrame)"/> would not wait.</returns>
        /// <exception cref="RefusalException">what it needs is refused.</exception>
        public bool Prepare(double timeS, double aheadS, out bool aheadIsReady)
        {
            return _frames.Prepare(
                (long)Math.Floor(PlaceAt(timeS)) - 1, (long)Math.Floor(PlaceAt(aheadS)) - 1, out aheadIsReady);
        }

        /// <summary>The two frames whose detail is mixed at a time. They are two wherever the clip has two.</summary>
        internal DetailPlace DetailAt(double timeS)
        {
            var place = PlaceAt(timeS);
            var nearest = Math.Round(place);
            long count = _frames.FrameCount, first = (long)Math.Floor(place);
            var share = place - first;
            if (Math.Abs(place - nearest) < AtAFrame)
            {
                (first, share) = ((long)nearest, 0);
            }
            if (Clip.Loops)
            {
                first %= count;
                first += first < 0 ? count : 0;
                return new DetailPlace((int)first, (int)((first + 1) % count), share);
            }
            return first + 1 < count ? new DetailPlace((int)first, (int)first + 1, share)
                : new DetailPlace((int)Math.Max(first - 1, 0), (int)first, 1);
        }

        /// <summary>The root's step over the ground from one time to another, seen from the first.</summary>
        public GroundPlace StepBetween(double startS, double endS)
        {
            var start = FrameAt(startS, RootMotion.World).GroundOf(RootJointM);
            return start.StepTo(FrameAt(endS, RootMotion.World).GroundOf(RootJointM));
        }

        /// <summary>Leaves the root's way over the ground out of a frame, where that is asked for.</summary>
        internal static void Stand(AvatarFrame frame, Vec3 rootJointM, RootMotion root)
        {
            if (root == RootMotion.World)
            {
                return;
            }
            var ground = frame.GroundOf(rootJointM);
            var heading = root == RootMotion.Delta ? -ground.HeadingRad : 0;
            frame.MoveRoot(rootJointM, heading, GroundPlace.Turned(heading, new Vec3(-ground.X, 0, -ground.Z)));
        }

        // A time, counted in frames; within the clip, where it does not loop.
        private double PlaceAt(double timeS)
        {
            var place = timeS * Clip.Fps;
            if (!(Math.Abs(place) < FarthestFrame))
            {
                throw new ArgumentOutOfRangeException(nameof(timeS), timeS, "a time within a clip, or its repetitions");
            }
            return Clip.Loops ? place : Math.Min(Math.Max(place, 0), _frames.FrameCount - 1);
        }

        private void Between(double place, AvatarFrame frame)
        {
            var floor = (long)Math.Floor(place);
            var f = place - floor;
            // The ends of a clip that does not loop are where taps are missing; a looping one has none.
            var taps = CurveTaps.At(Clip.Loops ? 1 : (int)floor, f, Clip.Loops ? -1 : _frames.FrameCount - 1);
            _tapCount = 0;
            for (var k = 0; k < MostTaps; k++)
            {
                if (taps[k] != 0)
                {
                    _taps[_tapCount++] = TapAt(floor - 1 + k, taps[k]);
                }
            }
            AddVectors(frame);
            AddRotations(frame);
            var (start, end) = (TapAt(floor, 1).Frame.Detail, TapAt(floor + 1, 1).Frame.Detail);
            frame.TakeDetail(start);
            frame.TakeDetail(_detail.Mixed(frame.Detail, end, f, null));
        }

        private void AddVectors(AvatarFrame frame)
        {
            frame.RootTranslationM = default;
            Array.Clear(frame.NodeDisplacementsM, 0, frame.NodeDisplacementsM.Length);
            for (var k = 0; k < _tapCount; k++)
            {
                var tap = _taps[k];
                frame.RootTranslationM += tap.Weight * tap.RootTranslationM;
                for (var node = 0; node < frame.NodeDisplacementsM.Length; node++)
                {
                    frame.NodeDisplacementsM[node] += tap.Weight * tap.Frame.NodeDisplacementsM[node];
                }
            }
        }

        private void AddRotations(AvatarFrame frame)
        {
            for (var joint = 0; joint < frame.JointRotations.Length; joint++)
            {
                var sum = default(QuaternionSum);
                for (var k = 0; k < _tapCount; k++)
                {
                    var tap = _taps[k];
                    sum.Add(joint == 0 ? tap.RootRotation : tap.Frame.JointRotations[joint], tap.Weight);
                }
                frame.JointRotations[joint] = sum.Normalised();
            }
            for (var node = 0; node < frame.NodeRotations.Length; node++)
            {
                var sum = default(QuaternionSum);
                for (var k = 0; k < _tapCount; k++)
                {
                    sum.Add(_taps[k].Frame.NodeRotations[node], _taps[k].Weight);
                }
                frame.NodeRotations[node] = sum.Normalised();
            }
        }

        // A frame of the endless row that a looping clip is, with its root carried by whole periods.
        private Tap TapAt(long number, double weight)
        {
            long count = _frames.FrameCount;
            var wraps = Clip.Loops ? (number >= 0 ? number / count : -((count - 1 - number) / count)) : 0;
            var frame = _frames.Frame((int)(number - wraps * count));
            if (wraps == 0 || Clip.Travel == null)
            {
                return new Tap(frame, weight, frame.RootTranslationM, frame.JointRotations[0]);
            }
            var d = Clip.Travel.TranslationM;
            var heading = Clip.Travel.HeadingRad;
            var sine = Math.Sin(heading / 2);
            var g = Math.Abs(sine) < NoTurn ? wraps : Math.Sin(wraps * heading / 2) / sine;
            var way = GroundPlace.Turned((wraps - 1) * heading / 2, new Vec3(d.X, 0, d.Z));
            var shift = new Vec3(g * way.X, wraps * d.Y, g * way.Z);
            var turn = wraps * heading;
            return new Tap(
                frame, weight, GroundPlace.Turned(turn, RootJointM + frame.RootTranslationM) + shift - RootJointM,
                new Quat(Math.Cos(turn / 2), 0, Math.Sin(turn / 2), 0) * frame.JointRotations[0]);
        }

        private readonly struct Tap
        {
            public Tap(AvatarFrame frame, double weight, Vec3 rootTranslationM, Quat rootRotation)
            {
                Frame = frame;
                Weight = weight;
                RootTranslationM = rootTranslationM;
                RootRotation = rootRotation;
            }

            public AvatarFrame Frame { get; }

            public double Weight { get; }

            public Vec3 RootTranslationM { get; }

            public Quat RootRotation { get; }
        }
    }
}
