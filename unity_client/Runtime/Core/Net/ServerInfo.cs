using System.Collections.Generic;
using System.Linq;

namespace Ani3d
{
    /// <summary>A server's limits, and whom it takes this client for.</summary>
    public sealed class ServerInfo
    {
        internal ServerInfo(Messages.GetServerInfoResponse response)
        {
            var limits = response.Limits ?? new Messages.Limits();
            var caller = response.Caller ?? new Messages.Caller();
            Version = response.Version;
            Principal = caller.Principal;
            Scopes = caller.Scopes.Where(scope => scope >= Messages.Scope.Read && scope <= Messages.Scope.Admin)
                .Select(scope => scope.ToString().ToLowerInvariant()).ToArray();
            ExpiresInS = caller.ExpiresInS;
            MaxSessions = limits.MaxSessions;
            MaxLiveSessions = limits.MaxLiveSessions;
            MaxCredits = limits.MaxCredits;
            MaxFrameRateHz = limits.MaxFrameRateHz;
            HeartbeatTimeoutS = limits.HeartbeatTimeoutS;
            MaxMessageBytes = (long)limits.MaxMessageBytes;
            DownloadChunkBytes = (int)limits.DownloadChunkBytes;
        }

        /// <summary>Of ani3d there.</summary>
        public string Version { get; }

        /// <summary>Whom the server takes this client for.</summary>
        public string Principal { get; }

        /// <summary>What it may do: some of "read", "publish", "admin".</summary>
        public IReadOnlyList<string> Scopes { get; }

        /// <summary>Seconds until its token expires; null for never.</summary>
        public double? ExpiresInS { get; }

        /// <summary>Playbacks at once, and as many publishers and subscribers.</summary>
        public long MaxSessions { get; }

        /// <summary>Live sessions at once.</summary>
        public long MaxLiveSessions { get; }

        /// <summary>Most frames on order.</summary>
        public long MaxCredits { get; }

        /// <summary>Most frames per second.</summary>
        public double MaxFrameRateHz { get; }

        /// <summary>A client that says nothing for this long is cut off, seconds.</summary>
        public double HeartbeatTimeoutS { get; }

        /// <summary>No response with frames of any avatar has more bytes; 0 from servers that do not say.</summary>
        public long MaxMessageBytes { get; }

        /// <summary>Bytes of a package in one response of a download; 0 from servers that do not say.</summary>
        public int DownloadChunkBytes { get; }
    }
}
