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
        private const int Taps = 4;
        private readonly IFrameSource _frames;
        private readonly AvatarFrame[] _taps = new AvatarFrame[Taps];

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

        /// <summary>Root motion unless a player is told otherwise.</summary>
        public RootMotion DefaultRootMotion => Clip.InPlace ? RootMotion.InPlace : RootMotion.World;

        /// <summary>The frame at a time.</summary>
        /// <param name="timeS">seconds from the first frame; a clip that does not loop stays at its ends.</param>
        /// <param name="root">what is done with the root's way.</param>
        public AvatarFrame FrameAt(double timeS, RootMotion root)
        {
            var place = timeS * Clip.Fps;
            if (!Clip.Loops)
            {
                place = Math.Min(Math.Max(place, 0), _frames.FrameCount - 1);
            }
            var nearest = Math.Round(place);
            var frame = Math.Abs(place - nearest) < AtAFrame ? Neighbour((long)nearest) : Between(place);
            if (root == RootMotion.InPlace && Clip.Travel != null)
            {
                var climb = place / _frames.FrameCount * Clip.Travel.TranslationM.Y;
                frame = frame.Moved(RootJointM, 0, new Vec3(0, -climb, 0));
            }
            return Standing(frame, RootJointM, root);
        }

        /// <summary>The root's step over the ground from one time to another, seen from the first.</summary>
        public GroundPlace StepBetween(double startS, double endS)
        {
            var start = FrameAt(startS, RootMotion.World).GroundOf(RootJointM);
            return start.StepTo(FrameAt(endS, RootMotion.World).GroundOf(RootJointM));
        }

        /// <summary>A frame with the root's way over the ground left out, or as it is.</summary>
        internal static AvatarFrame Standing(AvatarFrame frame, Vec3 rootJointM, RootMotion root)
        {
            if (root == RootMotion.World)
            {
                return frame;
            }
            var ground = frame.GroundOf(rootJointM);
            var heading = root == RootMotion.Delta ? -ground.HeadingRad : 0;
            return frame.Moved(rootJointM, heading, GroundPlace.Turned(heading, new Vec3(-ground.X, 0, -ground.Z)));
        }

        private AvatarFrame Between(double place)
        {
            var floor = Math.Floor(place);
            var f = place - floor;
            // Of a looping clip frames are counted from the start of the period; whole periods are added as travel.
            var periods = Clip.Loops ? Math.Floor(floor / _frames.FrameCount) : 0;
            var i = (int)(floor - periods * _frames.FrameCount);
            var taps = CurveTaps.At(i, f, Clip.Loops ? -1 : _frames.FrameCount - 1);
            for (var k = 0; k < Taps; k++)
            {
                _taps[k] = taps[k] == 0 ? null : Neighbour((long)(floor - 1) + k);
            }
            var frame = Curved(taps);
            frame.Detail = DetailFrame.Mixed(Neighbour((long)floor).Detail, Neighbour((long)floor + 1).Detail, f, null);
            return frame;
        }

        private AvatarFrame Curved(CurveTaps taps)
        {
            var first = _taps[0] == null ? 1 : 0;
            var frame = new AvatarFrame(_taps[first].JointRotations.Length, _taps[first].NodeRotations.Length);
            for (var k = first; k < Taps; k++)
            {
                if (_taps[k] == null)
                {
                    continue;
                }
                frame.RootTranslationM += taps[k] * _taps[k].RootTranslationM;
                for (var node = 0; node < frame.NodeDisplacementsM.Length; node++)
                {
                    frame.NodeDisplacementsM[node] += taps[k] * _taps[k].NodeDisplacementsM[node];
                }
            }
            for (var joint = 0; joint < frame.JointRotations.Length; joint++)
            {
                var sum = new QuaternionSum();
                for (var k = first; k < Taps; k++)
                {
                    if (_taps[k] != null)
                    {
                        sum.Add(_taps[k].JointRotations[joint], taps[k]);
                    }
                }
                frame.JointRotations[joint] = sum.Normalised();
            }
            for (var node = 0; node < frame.NodeRotations.Length; node++)
            {
                var sum = new QuaternionSum();
                for (var k = first; k < Taps; k++)
                {
                    if (_taps[k] != null)
                    {
                        sum.Add(_taps[k].NodeRotations[node], taps[k]);
                    }
                }
                frame.NodeRotations[node] = sum.Normalised();
            }
            return frame;
        }

        // A frame of the endless row that a looping clip is.
        private AvatarFrame Neighbour(long number)
        {
            long count = _frames.FrameCount;
            var wraps = Clip.Loops ? (number >= 0 ? number / count : -((count - 1 - number) / count)) : 0;
            var frame = _frames.Frame((int)(number - wraps * count));
            if (wraps == 0 || Clip.Travel == null)
            {
                return frame;
            }
            var d = Clip.Travel.TranslationM;
            var heading = Clip.Travel.HeadingRad;
            var sine = Math.Sin(heading / 2);
            var g = Math.Abs(sine) < NoTurn ? wraps : Math.Sin(wraps * heading / 2) / sine;
            var way = GroundPlace.Turned((wraps - 1) * heading / 2, new Vec3(d.X, 0, d.Z));
            return frame.Moved(RootJointM, wraps * heading, new Vec3(g * way.X, wraps * d.Y, g * way.Z));
        }
    }
}
