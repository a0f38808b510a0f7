using System;
using System.Threading;
using System.Threading.Tasks;

namespace Ani3d
{
    /// <summary>Which refusals mean a lost connection, and when to try again.</summary>
    internal sealed class Reconnecting
    {
        private const double FirstDelayS = 0.1;
        private const double LongestDelayS = 5;
        private static readonly Random Jitter = new Random();
        private readonly int _beganMs = Environment.TickCount;
        private readonly double _patienceS;
        private double _delayS = FirstDelayS;

        /// <summary>Creates the delays of one loss.</summary>
        /// <param name="patienceS">how long to go on trying.</param>
        public Reconnecting(double patienceS)
        {
            _patienceS = patienceS;
        }

        /// <summary>
        /// Whether trying again makes sense: the connection is lost, or the server cut it because it, or this machine,
        /// stood still.
        /// </summary>
        public static bool IsPassing(RefusalException refusal)
        {
            switch (refusal.Code)
            {
                case RefusalCodes.ServiceUnreachable:
                case RefusalCodes.ServiceDraining:
                case RefusalCodes.ServiceTimeout:
                case RefusalCodes.ServiceClientStalled:
                case RefusalCodes.PlayClientSilent:
                    return true;
                default:
                    return false;
            }
        }

        /// <summary>A share of a delay, at random between two bounds.</summary>
        public static double Jittered(double seconds, double low, double high)
        {
            lock (Jitter)
            {
                return seconds * (low + (high - low) * Jitter.NextDouble());
            }
        }

        /// <summary>
        /// Waits until the next attempt; false where it is time to give up. Delays double, with jitter, so that a server's
        /// clients do not come back as one.
        /// </summary>
        public async Task<bool> WaitAsync(CancellationToken cancel)
        {
            var delay = Jittered(_delayS, 0.5, 1);
            _delayS = Math.Min(2 * _delayS, LongestDelayS);
            var passedS = unchecked(Environment.TickCount - _beganMs) / 1000.0;
            if (passedS + delay >= _patienceS)
            {
                return false;
            }
            await Task.Delay(TimeSpan.FromSeconds(delay), cancel).ConfigureAwait(false);
            return true;
        }
    }
}
