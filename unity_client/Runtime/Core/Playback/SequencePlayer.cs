using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>
    /// Shows clips at times that somebody else says, mixed by weights: for sequencers such as Timeline, which go anywhere at any
    /// frame. What is shown depends on nothing but the last <see cref="Add"/>s. It does not wait for what is not decoded yet,
    /// and allocates nothing while the same clips are shown. One thread at a time.
    /// </summary>
    public sealed class SequencePlayer : IDisposable
    {
        private readonly PlayPool _pool;
        private readonly SourceChoice _sources = new SourceChoice();
        private readonly DetailMix _detail = new DetailMix();
        private readonly List<BlendPart> _parts = new List<BlendPart>();
        private readonly List<Play> _plays = new List<Play>();
        private readonly List<double> _weights = new List<double>();
        private readonly List<Play> _before = new List<Play>();
        private readonly AvatarFrame _pose;
        private readonly double _groupFrames;

        /// <summary>Creates a player that shows the rest pose.</summary>
        /// <param name="avatar">that is shown; others may share it.</param>
        public SequencePlayer(PlayableAvatar avatar)
        {
            Avatar = avatar ?? throw new ArgumentNullException(nameof(avatar));
            Frame = new GpuFrame(avatar);
            _pose = new AvatarFrame(avatar.JointCount, avatar.NodeCount);
            _pool = new PlayPool(avatar);
            _groupFrames = avatar.Package.Manifest.FramesPerGroup;
        }

        /// <summary>What is shown.</summary>
        public PlayableAvatar Avatar { get; }

        /// <summary>What the GPU needs of the last frame that was ready.</summary>
        public GpuFrame Frame { get; }

        /// <summary>Pose and node motion of the same frame.</summary>
        public AvatarFrame Pose => _pose;

        /// <summary>Whether the last <see cref="Show"/> could not show its times yet.</summary>
        public bool IsWaiting { get; private set; }

        /// <summary>Forgets what the last frame was made of; what it had decoded is kept for this one.</summary>
        public void Clear()
        {
            foreach (var play in _before)
            {
                _pool.Return(play);
            }
            _before.Clear();
            _before.AddRange(_plays);
            _plays.Clear();
            _weights.Clear();
        }

        /// <summary>Adds a clip to the frame. Weights need not sum to 1; those of 0 or less add nothing.</summary>
        /// <param name="clip">number of the clip.</param>
        /// <param name="timeS">the time of the clip, seconds; of a looping one any time is one.</param>
        /// <param name="weight">beside those of the others.</param>
        /// <param name="root">what is done with the root's way; null for what the clip is meant for.</param>
        /// <exception cref="RefusalException">section "further" of the clip is refused.</exception>
        public void Add(int clip, double timeS, double weight, RootMotion? root = null)
        {
            if (clip < 0 || clip >= Avatar.Package.Manifest.Clips.Count)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(clip), clip, $"the number of one of {Avatar.Package.Manifest.Clips.Count} clips");
            }
            if (!(weight > 0) || double.IsInfinity(weight) || double.IsNaN(timeS) || double.IsInfinity(timeS))
            {
                return;
            }
            var play = TakeOld(clip) ?? _pool.Take(clip, root);
            play.Root = root == RootMotion.Delta ? RootMotion.World : root;
            play.Begin(0, timeS, 0, 0);
            _plays.Add(play);
            _weights.Add(weight);
        }

        /// <summary>Makes the frame where all that it needs is decoded; else <see cref="Frame"/> stays what it was.</summary>
        /// <param name="forwards">which way time is expected to go: what comes next is decoded ahead.</param>
        /// <returns>Whether <see cref="Frame"/> is this frame.</returns>
        /// <exception cref="RefusalException">a group of frames is refused.</exception>
        public bool Show(bool forwards = true)
        {
            var isReady = true;
            foreach (var play in _plays)
            {
                var time = play.ClipTimeAt(0);
                var ahead = time + (forwards ? 1 : -1) * _groupFrames / play.Clip.Clip.Fps;
                isReady &= play.Clip.Prepare(time, ahead, out _);
            }
            IsWaiting = !isReady;
            if (isReady && _plays.Count > 0)
            {
                Mix();
            }
            return isReady && _plays.Count > 0;
        }

        /// <summary>As <see cref="Show"/>, but waits for what it needs; for tools.</summary>
        public void ShowAndWait()
        {
            IsWaiting = false;
            if (_plays.Count > 0)
            {
                Mix();
            }
        }

        /// <summary>Gives back what was decoded for this player.</summary>
        public void Dispose()
        {
            _pool.Dispose();
        }

        private Play TakeOld(int clip)
        {
            for (var k = 0; k < _before.Count; k++)
            {
                var play = _before[k];
                if (PlayPool.FramesOf(play).Clip == clip)
                {
                    _before.RemoveAt(k);
                    return play;
                }
            }
            return null;
        }

        // Each over those before it, by its share of the weights so far.
        private void Mix()
        {
            _parts.Clear();
            var sum = 0.0;
            for (var k = 0; k < _plays.Count; k++)
            {
                sum += _weights[k];
                var share = _weights[k] / sum;
                var frame = _plays[k].FrameAt(0, default);
                if (k == 0)
                {
                    _pose.Copy(frame);
                }
                else
                {
                    FrameMix.Mix(_pose, frame, share, null, _detail);
                }
                _parts.Add(new BlendPart(_plays[k], _plays[k].ClipTimeAt(0), share, null));
            }
            _sources.Write(_parts, Frame);
            Frame.SetMotion(_pose);
        }
    }
}
