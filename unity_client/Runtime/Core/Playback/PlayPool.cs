using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>Plays of one player that are over, to be used again: a fade allocates nothing then.</summary>
    internal sealed class PlayPool : IDisposable
    {
        private readonly PlayableAvatar _avatar;
        private readonly List<Play> _all = new List<Play>();
        private readonly List<Play> _free = new List<Play>();

        /// <summary>Creates an empty pool.</summary>
        public PlayPool(PlayableAvatar avatar)
        {
            _avatar = avatar;
        }

        /// <summary>The frames that a play of a pool shows.</summary>
        public static PackagedFrames FramesOf(Play play)
        {
            return (PackagedFrames)play.Clip.Frames;
        }

        /// <summary>A play of a clip, which is to begin.</summary>
        public Play Take(int clip, RootMotion? root)
        {
            var play = TakeFree(clip);
            if (play == null)
            {
                var frames = new PackagedFrames(_avatar, clip, false);
                var timeline = new ClipTimeline(
                    _avatar.Package.Manifest.Clips[clip], frames, _avatar.Package.Skeleton.ZeroJointsM[0]);
                play = new Play(timeline, 0, 0, 1, 0);
                _all.Add(play);
            }
            // Delta is what a blend makes of the way through the world.
            play.Root = root == RootMotion.Delta ? RootMotion.World : root;
            return play;
        }

        private Play TakeFree(int clip)
        {
            for (var place = 0; place < _free.Count; place++)
            {
                var play = _free[place];
                if (FramesOf(play).Clip == clip)
                {
                    _free.RemoveAt(place);
                    return play;
                }
            }
            return null;
        }

        /// <summary>Takes a play back, and gives up what it had decoded.</summary>
        public void Return(Play play)
        {
            FramesOf(play).Dispose();
            _free.Add(play);
        }

        /// <summary>Takes back what a blend does not show from a time on.</summary>
        public void Return(Blend blend, double timeS)
        {
            var over = blend.FirstSeen(timeS);
            for (var k = 0; k < over; k++)
            {
                Return(blend.Plays[k]);
            }
            foreach (var layer in blend.Layers)
            {
                if (layer.IsOverAt(timeS))
                {
                    Return(layer.Play);
                }
            }
            blend.ForgetBefore(timeS);
        }

        /// <summary>Gives up everything that was decoded.</summary>
        public void Dispose()
        {
            foreach (var play in _all)
            {
                FramesOf(play).Dispose();
            }
        }
    }
}
