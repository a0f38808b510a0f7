using System;
using System.Threading;
using System.Threading.Tasks;

namespace Ani3d
{
    /// <summary>How a client treats its server.</summary>
    public sealed class ClientOptions
    {
        private const int DefaultMaxMessageBytes = 64 << 20;
        private const long DefaultMaxPackageBytes = 4L << 30;

        /// <summary>How long an answer, or the next piece of a download, may take, seconds.</summary>
        public double TimeoutS { get; set; } = 10;

        /// <summary>How long streams try to go on when their connection is lost, seconds; 0 for not at all.</summary>
        public double PatienceS { get; set; } = 60;

        /// <summary>
        /// Whether the connection is encrypted. Which authorities are trusted, and the client's own certificate, are the
        /// handler's: RootCertificates, ClientAuthCertificates and ClientAuthKey of YetAnotherHttpHandler.
        /// </summary>
        public bool Tls { get; set; }

        /// <summary>A token of `ani3d token`; null for none.</summary>
        public string Token { get; set; }

        /// <summary>Asked for a token at the beginning of every call, on any thread; null for <see cref="Token"/>.</summary>
        public Func<CancellationToken, Task<string>> TokenSource { get; set; }

        /// <summary>Most bytes of one response. A full frame has 36 for each Gaussian.</summary>
        public int MaxMessageBytes { get; set; } = DefaultMaxMessageBytes;

        /// <summary>Most bytes of a package that is downloaded.</summary>
        public long MaxPackageBytes { get; set; } = DefaultMaxPackageBytes;

        /// <summary>Whether the handler is disposed of with the client.</summary>
        public bool DisposesHandler { get; set; } = true;
    }
}
