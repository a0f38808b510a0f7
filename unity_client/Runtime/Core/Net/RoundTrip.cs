using System.Diagnostics;

namespace Ani3d
{
    /// <summary>How long a server's answers take, as the calls of one client find it, and the headers of its streams.</summary>
    internal sealed class RoundTrip
    {
        private readonly object _lock = new object();
        private double? _shortestS;

        /// <summary>Seconds of a clock that never goes back.</summary>
        public static double NowS => Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;

        /// <summary>The shortest so far, seconds; null before the first. Others waited for more than the way.</summary>
        public double? ShortestS
        {
            get
            {
                lock (_lock)
                {
                    return _shortestS;
                }
            }
        }

        /// <summary>One call has been answered, or the header of a stream has come.</summary>
        public void Took(double seconds)
        {
            lock (_lock)
            {
                if (_shortestS == null || seconds < _shortestS)
                {
                    _shortestS = seconds;
                }
            }
        }
    }
}
