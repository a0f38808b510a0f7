using System;
using UnityEngine;

namespace Ani3d
{
    /// <summary>A server, and how a client is let in.</summary>
    [Serializable]
    public sealed class ServerEndpoint
    {
        [SerializeField, Tooltip("host:port of the server, such as avatars.example.org:443.")]
        private string address = "127.0.0.1:8470";

        [SerializeField, Tooltip("Whether the connection is encrypted. A token goes over no other one, but to this machine.")]
        private bool tls = false;

        [SerializeField, TextArea, Tooltip("Certificates that are trusted, PEM. YetAnotherHttpHandler does not ask the system.")]
        private string rootCertificates = string.Empty;

        /// <summary>host:port.</summary>
        public string Address
        {
            get => address;
            set => address = value;
        }

        /// <summary>Whether the connection is encrypted.</summary>
        public bool Tls
        {
            get => tls;
            set => tls = value;
        }

        /// <summary>Certificates that are trusted, PEM; empty for what the handler trusts by itself.</summary>
        public string RootCertificates
        {
            get => rootCertificates;
            set => rootCertificates = value;
        }

        /// <summary>
        /// A token of `ani3d token`. It is kept nowhere, scenes included: a script sets it, and sets it again where scripts were
        /// compiled in play mode. Without it a server that wants one refuses with token-missing.
        /// </summary>
        public string Token { get; set; }

        /// <summary>A client of the server; it connects with its first call.</summary>
        /// <exception cref="RefusalException">service-bad-address, token-in-clear, or there is no HTTP/2.</exception>
        public Client Connect()
        {
            var options = new ClientOptions { Tls = tls, Token = string.IsNullOrEmpty(Token) ? null : Token };
            var handler = ServerHandlers.For(this);
            try
            {
                return new Client(address, handler, options);
            }
            catch
            {
                // It is native, and nobody else has it.
                handler.Dispose();
                throw;
            }
        }
    }
}
