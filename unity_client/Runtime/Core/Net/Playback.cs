using System;
using Ani3d.Messages;

namespace Ani3d
{
    /// <summary>
    /// One clip being watched. Reading ends with the clip; after <see cref="Seek"/> it can be taken up again. When the
    /// connection is lost, the clip goes on after the last frame that came, as fast, paused or in a loop as it was asked
    /// to be.
    /// </summary>
    public sealed class Playback : FrameStream
    {
        private readonly PlayResponse _response = new PlayResponse();
        private readonly StartCommand _start;
        private bool _wantsPause;
        private long _seeks;
        private double? _soughtS;
        private double _shownS;
        private long _shownEpoch = -1;
        private double? _heldS;

        internal Playback(GrpcChannel channel, StartCommand start, FrameDecoder decoder, CreditWindow window)
            : base(channel, GrpcMethod.Play, decoder, window)
        {
            _start = start;
            _soughtS = start.StartTimeS;
        }

        /// <summary>Whether the clock stands, as the server last said.</summary>
        public bool IsPaused { get; private set; }

        internal override IStreamResponse Response => _response;

        /// <summary>Seeks to a media time, seconds. The next frame that is read belongs to it.</summary>
        public void Seek(double timeS)
        {
            Command(new PlayRequest { Seek = new SeekCommand { TimeS = timeS } }, () =>
            {
                _soughtS = timeS;
                _seeks++;
                GoOn();
            });
        }

        /// <summary>Stops the clock; a seek still shows its frame.</summary>
        public void Pause()
        {
            Command(new PlayRequest { Pause = new PauseCommand() }, () => _wantsPause = true);
        }

        /// <summary>Lets the clock go on.</summary>
        public void Resume()
        {
            Command(new PlayRequest { Resume = new ResumeCommand() }, () => _wantsPause = false);
        }

        /// <summary>Plays at another rate from here on; negative is backwards.</summary>
        /// <exception cref="RefusalException">play-bad-rate.</exception>
        public void SetRate(double rate)
        {
            PlayOptions.CheckedRate(rate);
            Command(new PlayRequest { Rate = new RateCommand { Rate = rate } }, () => _start.Rate = rate);
        }

        /// <summary>Loops at the clip's end, or stops there.</summary>
        public void SetLoop(bool loop)
        {
            Command(new PlayRequest { Loop = new LoopCommand { Loop = loop } }, () => _start.Loop = loop);
        }

        /// <summary>Plays, and loops, between two media times from here on; null for the clip's own.</summary>
        public void SetRange(double? beginS, double? endS)
        {
            var range = new RangeCommand { BeginTimeS = beginS, EndTimeS = endS };
            Command(new PlayRequest { Range = range }, () => _start.Range = range);
        }

        internal override void AddFirst(GrpcRequests requests, bool isAgain)
        {
            if (isAgain)
            {
                Resumed();
            }
            requests.Add(new PlayRequest { Start = _start });
            if (isAgain && _wantsPause)
            {
                requests.Add(new PlayRequest { Pause = new PauseCommand() });
            }
        }

        internal override IMessage CreditOf(CreditCommand credit)
        {
            return new PlayRequest { Credit = credit };
        }

        internal override bool IsStale(long epoch)
        {
            return epoch < _seeks;
        }

        internal override void TakeOther()
        {
            IsPaused = _response.Status?.Paused ?? IsPaused;
        }

        internal override bool Accepts(StreamedFrame frame)
        {
            _shownEpoch = frame.Epoch;
            _shownS = frame.TimeS;
            var held = _heldS;
            _heldS = null;
            return held == null || frame.TimeS != held;
        }

        // The last frame is asked for again, and left out when it comes: what follows it is for the server to say.
        private void Resumed()
        {
            EpochsBefore = _seeks;
            var hasShown = _shownEpoch == _seeks;
            var time = hasShown ? _shownS : _soughtS;
            _heldS = hasShown ? _shownS : (double?)null;
            if (time != null)
            {
                time = Math.Max(time.Value, _start.Range.BeginTimeS ?? time.Value);
                time = Math.Min(time.Value, _start.Range.EndTimeS ?? time.Value);
            }
            _start.StartTimeS = time;
        }
    }
}
