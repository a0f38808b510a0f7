using System;
using System.Net.Http;
using UnityEngine;

namespace Ani3d
{
    /// <summary>
    /// What speaks HTTP/2 with servers. Unity has nothing of its own that does: with the package YetAnotherHttpHandler
    /// installed this is set by itself, and a project may set another one.
    /// </summary>
    public static class ServerHandlers
    {
        /// <summary>Makes a handler for a connection; null where there is none.</summary>
        public static Func<ServerEndpoint, HttpMessageHandler> Create { get; set; }

        /// <summary>A handler.</summary>
        /// <exception cref="RefusalException"><c>service-unreachable</c>: nothing here speaks HTTP/2.</exception>
        public static HttpMessageHandler For(ServerEndpoint endpoint)
        {
            return Create?.Invoke(endpoint) ?? throw new RefusalException(
                RefusalCodes.ServiceUnreachable, endpoint.Address, Application.platform == RuntimePlatform.WebGLPlayer
                    ? "a Web build, which has no HTTP/2" : "no handler that speaks HTTP/2",
                "the package com.cysharp.yetanotherhttphandler, or ServerHandlers.Create set",
                "Install YetAnotherHttpHandler; a Web build can only load packages from an address.");
        }
    }
}
