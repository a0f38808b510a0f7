// Cysharp.Net.Http: package com.cysharp.yetanotherhttphandler 1.11.5.
using System;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace Cysharp.Net.Http
{
    public class YetAnotherHttpHandler : HttpMessageHandler
    {
        public extern YetAnotherHttpHandler();
        public extern bool? Http2Only { get; set; }
        public extern bool? SkipCertificateVerification { get; set; }
        public extern string RootCertificates { get; set; }
        public extern string OverrideServerName { get; set; }
        public extern string ClientAuthCertificates { get; set; }
        public extern string ClientAuthKey { get; set; }
        public extern TimeSpan? ConnectTimeout { get; set; }
        public extern TimeSpan? PoolIdleTimeout { get; set; }
        public extern TimeSpan? Http2KeepAliveInterval { get; set; }
        public extern TimeSpan? Http2KeepAliveTimeout { get; set; }
        public extern bool? Http2KeepAliveWhileIdle { get; set; }
        protected override extern Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken);
        protected override extern void Dispose(bool disposing);
    }
}
