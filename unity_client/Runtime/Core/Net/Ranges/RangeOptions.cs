using System;
using System.Threading;
using System.Threading.Tasks;

namespace Ani3d
{
    /// <summary>How a package is read by byte ranges.</summary>
    public sealed class RangeOptions
    {
        private const int DefaultFirstBytes = 64 << 10;
        private const int DefaultMaxGapBytes = 32 << 10;
        private const int DefaultMaxRequestBytes = 8 << 20;
        private const long DefaultMaxHeldBytes = 64L << 20;

        /// <summary>Bytes of the first request: the header, the table of contents and the sections at the beginning.</summary>
        public int FirstBytes { get; set; } = DefaultFirstBytes;

        /// <summary>Ranges that are so many bytes apart are read in one request.</summary>
        public int MaxGapBytes { get; set; } = DefaultMaxGapBytes;

        /// <summary>A request is for no more bytes, unless one range has more.</summary>
        public int MaxRequestBytes { get; set; } = DefaultMaxRequestBytes;

        /// <summary>
        /// Bytes that are held in memory once they were read; those that were read first are dropped, and read again where
        /// they are needed. One fetch holds all that it was asked for.
        /// </summary>
        public long MaxHeldBytes { get; set; } = DefaultMaxHeldBytes;

        /// <summary>How long a response, or its next bytes, may take, seconds; over HTTP.</summary>
        public double TimeoutS { get; set; } = 10;

        /// <summary>How long a broken connection is made anew, seconds; over HTTP.</summary>
        public double PatienceS { get; set; } = 20;

        /// <summary>A bearer token, asked for with every request; null for none; over HTTP.</summary>
        public Func<CancellationToken, Task<string>> TokenSource { get; set; }
    }
}
