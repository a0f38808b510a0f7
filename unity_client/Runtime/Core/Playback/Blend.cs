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
        private readonly List<BlendPart> _parts = new List<BlendPart>();
        private readonly DetailMix _detail = new DetailMix();
        private AvatarFrame _frame;

        /// <summary>Creates a blend that shows nothing yet.</summary>
        /// <param name="rootJointM">J, the root joint in the zero pose, metres.</param>
        public Blend(Vec3 rootJointM)
        {
            _rootJointM = rootJointM;
        }

        /// <summary>What the last frame was mixed of, in order.</summary>
        internal List<BlendPart> Parts => _parts;

        /// <summary>Clips that follow each other.</summary>
        internal List<Play> Plays => _plays;

        /// <summary>Layers, in the order in which they were laid.</summary>
        internal List<Layer> Layers => _layers;

        /// <summary>Adds a clip that fades in over what is shown before; the first one does not fade.</summary>
        /// <param name="clip">the clip.</param>
        /// <param name="atS">b, when it begins, in times of the blend.</param>
        /// <param name="startS">c, the time of the clip then.</param>
        /// <param name="rate">r, seconds of the clip a second.</param>
        /// <param name="fadeS">d, seconds until it alone is shown.</param>
        public void Add(ClipTimeline clip, double atS, double startS, double rate, double fadeS)
        {
            Add(new Play(clip, atS, startS, rate, fadeS));
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
            var shown = Shown(timeS, root, out _);
            var frame = new AvatarFrame(shown.JointRotations.Length, shown.NodeRotations.Length);
            frame.Copy(shown);
            return frame;
        }

        /// <summary>The root's step over the ground from one time to another, seen from the first.</summary>
        public GroundPlace StepBetween(double startS, double endS)
        {
            Shown(startS, RootMotion.World, out var start);
            Shown(endS, RootMotion.World, out var end);
            return start.StepTo(end);
        }

        /// <summary>Drops what is not seen at a time and later.</summary>
        public void ForgetBefore(double timeS)
        {
            _plays.RemoveRange(0, FirstSeen(timeS));
            for (var k = _layers.Count - 1; k >= 0; k--)
            {
                if (_layers[k].IsOverAt(timeS))
                {
                    _layers.RemoveAt(k);
                }
            }
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

        /// <summary>Adds a clip that fades in, and puts it where the avatar is in the middle of the fade.</summary>
        internal void Add(Play play)
        {
            if (_plays.Count > 0)
            {
                // In the middle of the fade: each clip leads the root for half of it.
                var middle = play.AtS + play.FadeS / 2;
                play.Place = Onto(Base(middle), play.FrameAt(middle, default));
            }
            _plays.Add(play);
        }

        /// <summary>
        /// The frame at a time of the blend. It holds until the next one is asked for; nothing is allocated where the same
        /// clips were shown before.
        /// </summary>
        /// <param name="timeS">seconds.</param>
        /// <param name="root">what is done with the root's way; null to leave it as the clips have it.</param>
        /// <param name="ground">where the root stands before that.</param>
        internal AvatarFrame Shown(double timeS, RootMotion? root, out GroundPlace ground)
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
                    var above = layer.Play.FrameAt(timeS, default);
                    var put = Onto(frame, above);
                    above.MoveRoot(_rootJointM, put.HeadingRad, new Vec3(put.X, 0, put.Z));
                    Mix(frame, above, new BlendPart(layer.Play, layer.Play.ClipTimeAt(timeS), share, layer.Mask));
                }
            }
            ground = frame.GroundOf(_rootJointM);
            ClipTimeline.Stand(frame, _rootJointM, root ?? RootMotion.World);
            return frame;
        }

        /// <summary>The last play that hides those before it.</summary>
        internal int FirstSeen(double timeS)
        {
            var first = _plays.Count - 1;
            while (first > 0 && _plays[first].ShareAt(timeS) < 1)
            {
                first--;
            }
            return Math.Max(first, 0);
        }

        // The plays, each mixed over what was shown before.
        private AvatarFrame Base(double timeS)
        {
            _parts.Clear();
            var first = FirstSeen(timeS);
            var shown = _plays[first].FrameAt(timeS, _plays[first].Place);
            _frame ??= new AvatarFrame(shown.JointRotations.Length, shown.NodeRotations.Length);
            _frame.Copy(shown);
            _parts.Add(new BlendPart(_plays[first], _plays[first].ClipTimeAt(timeS), 1, null));
            for (var k = first + 1; k < _plays.Count; k++)
            {
                var share = _plays[k].ShareAt(timeS);
                if (share > 0)
                {
                    var part = new BlendPart(_plays[k], _plays[k].ClipTimeAt(timeS), share, null);
                    Mix(_frame, _plays[k].FrameAt(timeS, _plays[k].Place), part);
                }
            }
            return _frame;
        }

        private void Mix(AvatarFrame frame, AvatarFrame above, BlendPart part)
        {
            FrameMix.Mix(frame, above, part.Share, part.Mask, _detail);
            _parts.Add(part);
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
