using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>
    /// Clips that follow each other with crossfades, and layers over some joints (CONVENTIONS.md, "Blends").
    /// </summary>
    public sealed class Blend
    {
        private readonly Vec3 _rootJointM;
        private readonly List<Play> _plays = new List<Play>();
        private readonly List<Layer> _layers = new List<Layer>();

        /// <summary>Creates a blend that shows nothing yet.</summary>
        /// <param name="rootJointM">J, the root joint in the zero pose, metres.</param>
        public Blend(Vec3 rootJointM)
        {
            _rootJointM = rootJointM;
        }

        /// <summary>Adds a clip that fades in over what is shown before; the first one does not fade.</summary>
        /// <param name="clip">the clip.</param>
        /// <param name="atS">b, when it begins, in times of the blend.</param>
        /// <param name="startS">c, the time of the clip then.</param>
        /// <param name="rate">r, seconds of the clip a second.</param>
        /// <param name="fadeS">d, seconds until it alone is shown.</param>
        public void Add(ClipTimeline clip, double atS, double startS, double rate, double fadeS)
        {
            var play = new Play(clip, atS, startS, rate, fadeS);
            if (_plays.Count > 0)
            {
                // In the middle of the fade: each clip leads the root for half of it.
                var middle = atS + fadeS / 2;
                play.Place = Onto(Base(middle), play.FrameAt(middle));
            }
            _plays.Add(play);
        }

        /// <summary>Lays a clip over some joints.</summary>
        /// <param name="layer">what, when and where.</param>
        public void Add(Layer layer)
        {
            _layers.Add(layer);
        }

        /// <summary>The frame at a time of the blend.</summary>
        public AvatarFrame FrameAt(double timeS, RootMotion root)
        {
            if (_plays.Count == 0)
            {
                throw new InvalidOperationException("the blend shows no clip yet: add one");
            }
            var frame = Base(timeS);
            foreach (var layer in _layers)
            {
                var share = layer.ShareAt(timeS);
                if (share > 0)
                {
                    var above = layer.FrameAt(timeS);
                    var put = Onto(frame, above);
                    frame = FrameMix.Mixed(
                        frame, above.Moved(_rootJointM, put.HeadingRad, new Vec3(put.X, 0, put.Z)), share, layer.Mask);
                }
            }
            ClipTimeline.Stand(frame, _rootJointM, root);
            return frame;
        }

        /// <summary>The root's step over the ground from one time to another, seen from the first.</summary>
        public GroundPlace StepBetween(double startS, double endS)
        {
            var start = FrameAt(startS, RootMotion.World).GroundOf(_rootJointM);
            return start.StepTo(FrameAt(endS, RootMotion.World).GroundOf(_rootJointM));
        }

        /// <summary>S((time - begin) / length): a smooth step from 0 to 1.</summary>
        internal static double FadedIn(double timeS, double beginS, double lengthS)
        {
            if (timeS < beginS)
            {
                return 0;
            }
            var x = lengthS == 0 ? 1 : Math.Min((timeS - beginS) / lengthS, 1);
            return x * x * (3 - 2 * x);
        }

        // The plays, each mixed over what was shown before.
        private AvatarFrame Base(double timeS)
        {
            var first = _plays.Count - 1;
            while (first > 0 && FadedIn(timeS, _plays[first].AtS, _plays[first].FadeS) < 1)
            {
                first--;
            }
            var frame = Placed(_plays[first], first == 0 ? Math.Max(timeS, _plays[0].AtS) : timeS);
            for (var k = first + 1; k < _plays.Count; k++)
            {
                var share = FadedIn(timeS, _plays[k].AtS, _plays[k].FadeS);
                if (share > 0)
                {
                    frame = FrameMix.Mixed(frame, Placed(_plays[k], timeS), share, null);
                }
            }
            return frame;
        }

        private AvatarFrame Placed(Play play, double timeS)
        {
            return play.FrameAt(timeS).Moved(
                _rootJointM, play.Place.HeadingRad, new Vec3(play.Place.X, 0, play.Place.Z));
        }

        // The motion over the ground that takes the root of one frame to where that of another stands and faces.
        private GroundPlace Onto(AvatarFrame frame, AvatarFrame other)
        {
            GroundPlace to = frame.GroundOf(_rootJointM), from = other.GroundOf(_rootJointM);
            var heading = to.HeadingRad - from.HeadingRad;
            var turned = GroundPlace.Turned(heading, new Vec3(from.X, 0, from.Z));
            return new GroundPlace(to.X - turned.X, to.Z - turned.Z, heading);
        }
    }
}
