using System;

namespace Ani3d
{
    /// <summary>
    /// How many frames a client lets be on their way at once: as many as the way there takes, and a few more. What the
    /// client shows a second takes the place of what the server sends, once it is less. docs/client.md, "Credits", has
    /// the rule, which clients in all languages share.
    /// </summary>
    internal sealed class CreditWindow
    {
        /// <summary>What is on order where nothing is known of the way.</summary>
        public const int LeastCredits = 4;

        /// <summary>What servers allow unless they are told otherwise.</summary>
        public const int MostCredits = 256;

        /// <summary>Bytes of frames on order, at most.</summary>
        public const int MostBytes = 16 << 20;

        private const double MostAheadS = 1;
        private const double UsualRateHz = 60;
        // The slowest of many round trips is longer than the shortest: by a share of it, and by jitter.
        private const double Slack = 1.25;
        private const double JitterS = 0.05;
        // A request costs the server as much as a frame.
        private const int AtOnce = 8;
        private const int FixedAtOnce = 4;
        private const double ShownSlack = 1.5;
        private const double ShownLeastHz = 2;
        private const double ShownOverS = 0.5;
        // Where frames are dropped although the client waits for them, the way is longer than it looked.
        private const double GrowthStep = 1.5;
        private const double MostGrowth = 4;
        // Of an interval: what takes less to come was here already, in a buffer of the transport.
        private const double WaitedShare = 0.25;
        private readonly int? _fixed;
        private readonly bool _everyFrame;
        private readonly RoundTrip _roundTrip;
        private readonly Func<double> _clock;
        private double _rateHz = UsualRateHz;
        private double? _shownHz;
        private long _counted;
        private double? _countedSinceS;
        private double _growth = 1;
        private double _frameBytes;
        private ulong _dropped;
        private long _onOrder;
        private double _begunS;

        /// <summary>Begins with what is known of the way.</summary>
        /// <param name="credits">a size of one's own, which nothing changes; null to follow the way.</param>
        /// <param name="roundTrip">of the client.</param>
        /// <param name="everyFrame">whether nothing is dropped, and frames come as fast as they can.</param>
        /// <param name="clock">seconds that never go back; null for the machine's.</param>
        public CreditWindow(int? credits, RoundTrip roundTrip, bool everyFrame = false, Func<double> clock = null)
        {
            _fixed = credits;
            _roundTrip = roundTrip;
            _everyFrame = everyFrame;
            _clock = clock ?? (() => RoundTrip.NowS);
            _begunS = _clock();
            First = Size;
            _onOrder = First;
        }

        /// <summary>Credits of the first request, which is said again on every connection.</summary>
        public int First { get; }

        /// <summary>Frames that may be on order.</summary>
        public int Size
        {
            get
            {
                if (_fixed != null)
                {
                    return _fixed.Value;
                }
                var room = _frameBytes > 0 ? Math.Min(MostCredits, MostBytes / _frameBytes) : MostCredits;
                var most = Math.Max(LeastCredits, (int)room);
                if (_everyFrame)
                {
                    return _frameBytes > 0 ? most : LeastCredits;
                }
                var rateHz = _shownHz == null ? _rateHz : Math.Min(_rateHz, _shownHz.Value * ShownSlack + ShownLeastHz);
                var shortestS = _roundTrip.ShortestS ?? 0;
                var wayS = Math.Min((shortestS * Slack + Math.Min(JitterS, shortestS)) * _growth, MostAheadS);
                return (int)Math.Min(most, LeastCredits + Math.Ceiling(wayS * rateHz));
            }
        }

        /// <summary>A connection begins, with the credits of the first request.</summary>
        public void Begin()
        {
            _onOrder = First;
            _dropped = 0;
            _counted = 0;
            _shownHz = null;
            _countedSinceS = null;
            _begunS = _clock();
        }

        /// <summary>The header has come.</summary>
        /// <param name="rateHz">frames that the server sends a second; 0 where nobody knows.</param>
        public void Opened(double rateHz)
        {
            _rateHz = rateHz > 0 && !double.IsInfinity(rateHz) ? rateHz : UsualRateHz;
            var now = _clock();
            // A program may begin with a stream; its header is the first answer then.
            _roundTrip.Took(now - _begunS);
            _countedSinceS = now;
        }

        /// <summary>A response has come.</summary>
        /// <param name="frames">that it holds.</param>
        /// <param name="bytes">of their payloads.</param>
        /// <param name="dropped">by the server so far, on this connection.</param>
        /// <param name="waitedS">
        /// how long the client waited for it; one that shows fewer frames than come does not wait.
        /// </param>
        public void Received(int frames, long bytes, ulong dropped, double waitedS)
        {
            if (frames > 0)
            {
                _frameBytes = Math.Max(_frameBytes * 0.9, bytes / (double)frames);
            }
            if (dropped > _dropped && waitedS * _rateHz > WaitedShare)
            {
                _growth = Math.Min(_growth * GrowthStep, MostGrowth);
            }
            _dropped = dropped;
        }

        /// <summary>A frame was shown, or thrown away: it is no longer on order.</summary>
        public void Used()
        {
            _onOrder--;
            _counted++;
            if (_countedSinceS == null)
            {
                return;
            }
            var now = _clock();
            if (now - _countedSinceS >= ShownOverS)
            {
                _shownHz = _counted / (now - _countedSinceS);
                _counted = 0;
                _countedSinceS = now;
            }
        }

        /// <summary>Credits to grant now; 0 for none. They count as granted.</summary>
        public int Due()
        {
            var size = Size;
            var missing = size - _onOrder;
            if (missing < Math.Max(1, size / (_fixed == null ? AtOnce : FixedAtOnce)))
            {
                return 0;
            }
            _onOrder = size;
            return (int)missing;
        }
    }
}
