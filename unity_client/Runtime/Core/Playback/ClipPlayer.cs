using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>
    /// Plays clips of an avatar as time goes on: crossfades, layers, rate, parts of a clip, root motion and markers. What is
    /// shown is not waited for unless that is asked for, and nothing is allocated from frame to frame. One thread at a time.
    /// </summary>
    public sealed class ClipPlayer : IDisposable
    {
        private readonly Blend _blend;
        private readonly AvatarFrame _pose;
        private readonly PlayPool _pool;
        private readonly SourceChoice _sources = new SourceChoice();
        private readonly List<Layer> _pendingLayers = new List<Layer>();
        private readonly List<MarkerPassing> _passings = new List<MarkerPassing>();
        private readonly double _groupFrames;
        private Play _pending;
        private double _nowS;
        private double _rate = 1;
        private bool _isHeld;
        private bool _isCut = true;
        private bool _isAtStart;
        private GroundPlace _ground;
        private (double From, double To)? _range;
        private bool? _loop;

        /// <summary>Creates a player that shows the rest pose.</summary>
        /// <param name="avatar">that is played; others may share it.</param>
        public ClipPlayer(PlayableAvatar avatar)
        {
            Avatar = avatar ?? throw new ArgumentNullException(nameof(avatar));
            Frame = new GpuFrame(avatar);
            _blend = new Blend(avatar.Package.Skeleton.ZeroJointsM[0]);
            _pose = new AvatarFrame(avatar.JointCount, avatar.NodeCount);
            _pool = new PlayPool(avatar);
            _groupFrames = avatar.Package.Manifest.FramesPerGroup;
        }

        /// <summary>A marker of the current clip was passed, forwards or backwards. It is raised by <see cref="Update"/>.</summary>
        public event Action<Marker> MarkerPassed;

        /// <summary>What is played.</summary>
        public PlayableAvatar Avatar { get; }

        /// <summary>What the GPU needs of the last frame that was ready.</summary>
        public GpuFrame Frame { get; }

        /// <summary>Pose and node motion of the same frame, without detail.</summary>
        public AvatarFrame Pose => _pose;

        /// <summary>Number of the clip that was played last; -1 before the first.</summary>
        public int Clip => Current == null ? -1 : PlayPool.FramesOf(Current).Clip;

        /// <summary>Time of that clip, seconds; of a looping one it is counted on over all its periods.</summary>
        public double TimeS => Current == null ? 0 : Current.Clock.TimeAt(Math.Max(_nowS, Current.AtS));

        /// <summary>Whether the clip stands at an end, since it does not loop.</summary>
        public bool HasEnded { get; private set; }

        /// <summary>Whether the last <see cref="Update"/> could not show its time yet.</summary>
        public bool IsWaiting { get; private set; }

        /// <summary>Whether time stands still.</summary>
        public bool IsPaused { get; set; }

        /// <summary>Seconds of the clip a second; negative to go backwards. It holds for clips that are played later, too.</summary>
        public double Rate
        {
            get => _rate;
            set
            {
                _rate = Finite(value, nameof(value));
                Current?.Clock.SetRate(Now(Current), _rate);
            }
        }

        /// <summary>
        /// What is done with the root's way over the ground; null, as at first, for what each clip is meant for. It is set
        /// before clips are played: what plays already keeps its own way.
        /// </summary>
        public RootMotion? Root { get; set; }

        /// <summary>
        /// The root's step over the ground from the frame before to this one, seen from that one; none after a cut.
        /// </summary>
        public GroundPlace Step { get; private set; }

        /// <summary>Whether clips begin again at their end; null, as at first, for what each clip is meant for.</summary>
        public bool? Loop
        {
            get => _loop;
            set
            {
                _loop = value;
                SetRange(Current);
            }
        }

        /// <summary>How many clips the last frame was mixed of.</summary>
        internal int Shown => _blend.Parts.Count;

        private Play Current => _pending ?? (_blend.Plays.Count > 0 ? _blend.Plays[_blend.Plays.Count - 1] : null);

        /// <summary>
        /// Plays a clip as a whole, fading over from what is shown. It begins once it is decoded: what is shown goes on until
        /// then.
        /// </summary>
        /// <param name="clip">number of the clip.</param>
        /// <param name="fadeS">seconds until it alone is shown; 0 for a cut.</param>
        /// <param name="startS">the time of the clip to begin at.</param>
        /// <exception cref="RefusalException">section "further" of the clip is refused.</exception>
        public void Play(int clip, double fadeS = 0, double startS = 0)
        {
            if (clip < 0 || clip >= Avatar.Package.Manifest.Clips.Count)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(clip), clip, $"the number of one of {Avatar.Package.Manifest.Clips.Count} clips");
            }
            if (!(fadeS >= 0) || double.IsInfinity(fadeS))
            {
                throw new ArgumentOutOfRangeException(nameof(fadeS), fadeS, "0 or more seconds");
            }
            Finite(startS, nameof(startS));
            DropPending();
            _range = null;
            _pending = _pool.Take(clip, Root);
            _pending.Begin(0, startS, _rate, fadeS);
            SetRange(_pending);
        }

        /// <summary>Plays a clip by its name.</summary>
        /// <param name="clip">its name.</param>
        /// <param name="fadeS">seconds until it alone is shown; 0 for a cut.</param>
        /// <param name="startS">the time of the clip to begin at.</param>
        public void Play(string clip, double fadeS = 0, double startS = 0)
        {
            var number = Avatar.Package.Manifest.FindClip(clip);
            if (number < 0)
            {
                throw new ArgumentException($"the package has no clip \"{clip}\"", nameof(clip));
            }
            Play(number, fadeS, startS);
        }

        /// <summary>Goes to another time of the current clip. Time stands until it can be shown.</summary>
        public void Seek(double timeS)
        {
            Finite(timeS, nameof(timeS));
            if (Current != null)
            {
                Current.Clock.Move(Now(Current), timeS);
                _isHeld = _isCut = _isAtStart = true;
            }
        }

        /// <summary>Keeps to a part of the current clip, which loops unless <see cref="Loop"/> is false.</summary>
        /// <param name="fromS">A, seconds.</param>
        /// <param name="toS">B, seconds.</param>
        public void SetRange(double fromS, double toS)
        {
            if (!(fromS < toS))
            {
                throw new ArgumentOutOfRangeException(nameof(toS), toS, $"more than {fromS}");
            }
            _range = (Finite(fromS, nameof(fromS)), Finite(toS, nameof(toS)));
            SetRange(Current);
        }

        /// <summary>Plays the whole clip again.</summary>
        public void ClearRange()
        {
            _range = null;
            SetRange(Current);
        }

        /// <summary>
        /// Lays a clip over some joints. It begins once it is decoded, and loops where the clip is meant to. Its weight may be
        /// changed at any time.
        /// </summary>
        /// <param name="clip">number of the clip.</param>
        /// <param name="mask">over which joints: <see cref="PlayableAvatar.MaskOf"/>.</param>
        /// <param name="fadeS">seconds until it is wholly there.</param>
        /// <param name="startS">the time of the clip to begin at.</param>
        /// <param name="rate">seconds of the clip a second.</param>
        public Layer AddLayer(int clip, JointMask mask, double fadeS = 0, double startS = 0, double rate = 1)
        {
            var layer = new Layer(_pool.Take(clip, Root), mask);
            layer.Play.Begin(0, startS, rate, fadeS);
            _pendingLayers.Add(layer);
            return layer;
        }

        /// <summary>Fades a layer out.</summary>
        /// <param name="layer">of this player.</param>
        /// <param name="fadeS">seconds until it is gone.</param>
        public void RemoveLayer(Layer layer, double fadeS = 0)
        {
            if (_pendingLayers.Remove(layer))
            {
                _pool.Return(layer.Play);
                return;
            }
            layer.EndS = _nowS;
            layer.FadeOutS = fadeS;
        }

        /// <summary>
        /// Lets time go on, and makes its frame where what it needs is decoded. It does not wait: else
        /// <see cref="Frame"/> stays what it was.
        /// </summary>
        /// <param name="seconds">since the last call; 0 to make the frame anew.</param>
        /// <returns>Whether <see cref="Frame"/> is the frame of this time.</returns>
        /// <exception cref="RefusalException">what is to be shown is refused; a clip that was to begin is given up.</exception>
        public bool Update(double seconds)
        {
            Finite(seconds, nameof(seconds));
            if (_blend.Plays.Count == 0 && !BeginFirst())
            {
                return false;
            }
            if (!_isHeld)
            {
                Advance(IsPaused ? 0 : seconds);
            }
            IsWaiting = !Prepare(out var isReadyToFade);
            if (IsWaiting)
            {
                return false;
            }
            _isHeld = false;
            BeginPending(isReadyToFade);
            Show();
            return true;
        }

        /// <summary>As <see cref="Update"/>, but waits for what it needs; for tools.</summary>
        public void UpdateAndWait(double seconds)
        {
            if (_pending != null)
            {
                Start(_pending);
                _pending = null;
                _isHeld = true;
            }
            foreach (var layer in _pendingLayers)
            {
                Start(layer);
            }
            _pendingLayers.Clear();
            if (_blend.Plays.Count > 0)
            {
                Advance(_isHeld || IsPaused ? 0 : seconds);
                _isHeld = IsWaiting = false;
                Show();
            }
        }

        /// <summary>Gives back what was decoded for this player.</summary>
        public void Dispose()
        {
            DropPending();
            _pool.Dispose();
        }

        private static double Finite(double value, string name)
        {
            return double.IsNaN(value) || double.IsInfinity(value)
                ? throw new ArgumentOutOfRangeException(name, value, "a finite number") : value;
        }

        private double Now(Play play)
        {
            return Math.Max(_nowS, play.AtS);
        }

        // The range of a clip as it is meant to be played now.
        private void SetRange(Play play)
        {
            if (play == null)
            {
                return;
            }
            var info = play.Clip.Clip;
            var loops = _loop ?? (_range.HasValue || info.Loops);
            if (!_range.HasValue && loops && info.Loops)
            {
                play.Clock.SetRange(Now(play), double.NegativeInfinity, double.PositiveInfinity, false);
                return;
            }
            var (from, to) = _range ?? (0, info.DurationS);
            play.Clock.SetRange(Now(play), from, to, loops);
        }

        private void DropPending()
        {
            if (_pending != null)
            {
                _pool.Return(_pending);
                _pending = null;
            }
        }

        // Nothing is faded over: the first clip is shown as soon as it is there, and time stands until then.
        private bool BeginFirst()
        {
            var play = _pending;
            if (play == null)
            {
                return false;
            }
            _pending = null;
            Start(play);
            _isHeld = true;
            return true;
        }

        // A fade begins where the frames of its middle are there, since the clip is put where the avatar is then.
        private void BeginPending(bool isReadyToFade)
        {
            var play = _pending;
            try
            {
                if (play != null && play.Clip.Prepare(
                    play.ClipTimeAt(0), play.ClipTimeAt(play.FadeS / 2), out var isReadyThen) && isReadyThen && isReadyToFade)
                {
                    Start(play);
                    _pending = null;
                }
            }
            catch
            {
                DropPending();
                throw;
            }
            for (var k = _pendingLayers.Count - 1; k >= 0; k--)
            {
                BeginPendingLayer(k);
            }
        }

        private void BeginPendingLayer(int place)
        {
            var layer = _pendingLayers[place];
            try
            {
                var start = layer.Play.ClipTimeAt(0);
                if (layer.Play.Clip.Prepare(start, start, out _))
                {
                    _pendingLayers.RemoveAt(place);
                    Start(layer);
                }
            }
            catch
            {
                _pendingLayers.Remove(layer);
                _pool.Return(layer.Play);
                throw;
            }
        }

        private void Start(Play play)
        {
            play.StartAt(_nowS);
            _isCut |= play.FadeS == 0 || _blend.Plays.Count == 0;
            _blend.Add(play);
            _isAtStart = true;
        }

        private void Start(Layer layer)
        {
            layer.Play.StartAt(_nowS);
            _blend.Add(layer);
        }

        private void Advance(double seconds)
        {
            var play = _blend.Plays[_blend.Plays.Count - 1];
            double before = play.Clock.RawAt(_nowS), after = play.Clock.RawAt(_nowS + seconds);
            _nowS += seconds;
            HasEnded = seconds != 0 && play.Clock.IsAtEnd(_nowS);
            if (MarkerPassed != null)
            {
                MarkerPassing.Find(play, before, after, _isAtStart, _passings);
                foreach (var passing in _passings)
                {
                    MarkerPassed?.Invoke(passing.Marker);
                }
            }
            _isAtStart &= before == after;
            _pool.Return(_blend, _nowS);
        }

        // Asks for the frames of now, and of one group on; of the middle of a fade that is to begin.
        private bool Prepare(out bool isReadyToFade)
        {
            var isReady = isReadyToFade = true;
            for (var k = _blend.FirstSeen(_nowS); k < _blend.Plays.Count; k++)
            {
                var play = _blend.Plays[k];
                var then = _pending == null ? AheadOf(play) : play.ClipTimeAt(_nowS + _pending.FadeS / 2);
                isReady &= play.Clip.Prepare(play.ClipTimeAt(_nowS), then, out var isReadyThen);
                isReadyToFade &= isReadyThen;
            }
            foreach (var layer in _blend.Layers)
            {
                isReady &= layer.Play.Clip.Prepare(layer.Play.ClipTimeAt(_nowS), AheadOf(layer.Play), out _);
            }
            return isReady;
        }

        private double AheadOf(Play play)
        {
            return play.Clock.AheadAt(Now(play), _groupFrames / play.Clip.Clip.Fps);
        }

        private void Show()
        {
            var shown = _blend.Shown(_nowS, Root, out var ground);
            _pose.Copy(shown);
            Step = _isCut ? default : _ground.StepTo(ground);
            (_ground, _isCut) = (ground, false);
            _sources.Write(_blend.Parts, Frame);
            Frame.SetMotion(_pose);
        }
    }
}
