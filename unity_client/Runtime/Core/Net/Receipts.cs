using System;
using Ani3d.Messages;

namespace Ani3d
{
    /// <summary>
    /// Counts what comes on one call, and says so with credits: the server learns by it what the link carries.
    /// docs/client.md, "Slow links", has the rule, which clients in all languages share.
    /// </summary>
    internal sealed class Receipts
    {
        // Bytes that come without a word: on a slow link these are half a second.
        private const long UntoldBytes = 64 << 10;
        // What takes less to come was here already, in a buffer of the transport: when it came is not known.
        private const double WaitedS = 0.002;
        private readonly Func<double> _clock;
        private bool _isWanted;
        private bool _isUrgent;
        private ulong _count;
        private long _untoldBytes;
        private double? _cameS;

        /// <summary>Begins with nothing.</summary>
        /// <param name="clock">seconds that never go back; null for the machine's.</param>
        public Receipts(Func<double> clock = null)
        {
            _clock = clock ?? (() => RoundTrip.NowS);
        }

        /// <summary>Whether to say it now, with no credits if need be.</summary>
        public bool IsDue => _isWanted && _isUrgent;

        /// <summary>A call begins.</summary>
        public void Begin()
        {
            _isWanted = _isUrgent = false;
            _count = 0;
            _untoldBytes = 0;
        }

        /// <summary>The header has come, and says whether the server follows the link.</summary>
        public void Opened(bool isWanted)
        {
            _isWanted = _isUrgent = isWanted;
            _cameS = _clock();
        }

        /// <summary>A response has come.</summary>
        /// <param name="frames">that it holds.</param>
        /// <param name="bytes">of their payloads.</param>
        /// <param name="waitedS">how long it was waited for.</param>
        /// <param name="isUrgent">it has padding, or the rendition names a link's rate.</param>
        public void Received(int frames, long bytes, double waitedS, bool isUrgent)
        {
            if (frames == 0)
            {
                return;
            }
            _count += (ulong)frames;
            _untoldBytes += bytes;
            _cameS = waitedS > WaitedS ? _clock() : (double?)null;
            _isUrgent |= isUrgent || _untoldBytes >= UntoldBytes;
        }

        /// <summary>Says it with credits; nothing where the server does not ask.</summary>
        public void Say(CreditCommand credit)
        {
            credit.ReceivedCount = null;
            credit.ReceivedAgoS = null;
            if (_isWanted)
            {
                _untoldBytes = 0;
                _isUrgent = false;
                credit.ReceivedCount = _count;
                credit.ReceivedAgoS = _cameS == null ? (double?)null : Math.Max(0, _clock() - _cameS.Value);
            }
        }
    }
}
