using System;
using System.Net.Http;
using Cysharp.Net.Http;
using UnityEngine;

namespace Ani3d
{
    /// <summary>Servers are spoken with by YetAnotherHttpHandler, where that package is installed.</summary>
    internal static class Http2Handler
    {
        // A server that died is noticed within the two together.
        private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);

        // Statics outlive play mode where the domain is not reloaded, so it is set each time.
        [RuntimeInitializeOnLoadMethod(RuntimeInitializeLoadType.SubsystemRegistration)]
        private static void Install()
        {
            ServerHandlers.Create = ServerHandlers.Create ?? Create;
        }

        private static HttpMessageHandler Create(ServerEndpoint endpoint)
        {
            return new YetAnotherHttpHandler
            {
                // Without TLS nothing is negotiated: HTTP/2 has to be known beforehand.
                Http2Only = true,
                RootCertificates = string.IsNullOrEmpty(endpoint.RootCertificates) ? null : endpoint.RootCertificates,
                Http2KeepAliveInterval = KeepAlive,
                Http2KeepAliveTimeout = KeepAlive,
                Http2KeepAliveWhileIdle = true,
            };
        }
    }
}
