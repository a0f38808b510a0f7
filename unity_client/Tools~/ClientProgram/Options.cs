using System;
using System.Collections.Generic;
using System.Globalization;
using System.Net.Http;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;

namespace Ani3d.ClientProgram
{
    /// <summary>COMMAND HOST:PORT [--NAME VALUE]…</summary>
    internal sealed class Options
    {
        private readonly Dictionary<string, string> _values = new Dictionary<string, string>();

        public Options(string[] arguments)
        {
            Command = arguments[0];
            Target = arguments[1];
            for (var i = 2; i < arguments.Length; i += 2)
            {
                _values[arguments[i].Substring(2)] = arguments[i + 1];
            }
        }

        public string Command { get; }

        public string Target { get; }

        public string Text(string name, string otherwise = null)
        {
            return _values.TryGetValue(name, out var value) ? value : otherwise;
        }

        public bool Has(string name)
        {
            return _values.ContainsKey(name);
        }

        public double Number(string name, double otherwise)
        {
            return Has(name) ? double.Parse(_values[name], CultureInfo.InvariantCulture) : otherwise;
        }

        public Client Client()
        {
            var options = new ClientOptions
            {
                Tls = Has("ca"),
                Token = Text("token"),
                TimeoutS = Number("timeout", 10),
                PatienceS = Number("patience", 60),
            };
            return new Client(Target, new Exactly { InnerHandler = Handler() }, options);
        }

        public HttpMessageHandler Handler()
        {
            var handler = new SocketsHttpHandler
            {
                KeepAlivePingDelay = TimeSpan.FromSeconds(20),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
                UseProxy = false,
            };
            if (Has("ca"))
            {
                var authority = new X509Certificate2(Text("ca"));
                handler.SslOptions.RemoteCertificateValidationCallback =
                    (_, certificate, chain, errors) => IsTrusted(authority, certificate, errors);
            }
            return handler;
        }

        private static bool IsTrusted(X509Certificate2 authority, X509Certificate certificate, SslPolicyErrors errors)
        {
            if ((errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0)
            {
                return false;
            }
            using (var chain = new X509Chain())
            {
                chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
                chain.ChainPolicy.CustomTrustStore.Add(authority);
                chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
                return chain.Build(new X509Certificate2(certificate));
            }
        }

        // .NET speaks HTTP/2 without TLS only where it is asked for exactly that.
        private sealed class Exactly : DelegatingHandler
        {
            protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
            {
                request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
                return base.SendAsync(request, cancel);
            }
        }
    }
}
