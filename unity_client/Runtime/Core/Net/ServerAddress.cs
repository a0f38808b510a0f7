using System;
using System.Net;

namespace Ani3d
{
    /// <summary>What "host:port" means.</summary>
    internal static class ServerAddress
    {
        /// <summary>The address of a server.</summary>
        /// <exception cref="RefusalException">service-bad-address, token-in-clear.</exception>
        public static Uri Parse(string target, ClientOptions options)
        {
            var scheme = options.Tls ? "https" : "http";
            var hasPort = target != null && target.LastIndexOf(':') > target.LastIndexOf(']') && !target.Contains("/");
            if (!hasPort || !Uri.TryCreate($"{scheme}://{target}/", UriKind.Absolute, out var address) || address.Port <= 0
                || address.UserInfo.Length > 0)
            {
                throw new RefusalException(
                    RefusalCodes.ServiceBadAddress, $"server '{target}'", "no host and port",
                    "host:port, with a port from 1 to 65535",
                    "Give the address that `ani3d serve` printed, such as 127.0.0.1:8470 or [::1]:8470.");
            }
            if (!options.Tls && (options.Token != null || options.TokenSource != null) && !IsLoopback(address))
            {
                throw new RefusalException(
                    RefusalCodes.TokenInClear, target, "a token, and a connection that is not encrypted",
                    "TLS, or a server on this machine", "Set Tls, and give a handler that trusts the server's authority.");
            }
            return address;
        }

        private static bool IsLoopback(Uri address)
        {
            return address.Host == "localhost"
                || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var number) && IPAddress.IsLoopback(number));
        }
    }
}
