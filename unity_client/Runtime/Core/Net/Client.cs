using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Ani3d.Messages;

namespace Ani3d
{
    /// <summary>
    /// A connection to an ani3d server. Its methods may be called from any thread and block none; what they refuse is a
    /// <see cref="RefusalException"/>, what is cancelled an <see cref="OperationCanceledException"/>.
    /// </summary>
    /// <remarks>
    /// The handler has to speak HTTP/2: YetAnotherHttpHandler in Unity (with Http2Only = true where there is no TLS, and
    /// Http2KeepAliveInterval, so that a dead server is noticed), SocketsHttpHandler in .NET.
    /// </remarks>
    public sealed class Client : IDisposable
    {
        private readonly GrpcChannel _channel;

        /// <summary>Creates a client; it connects with its first call.</summary>
        /// <param name="target">host:port of the server.</param>
        /// <param name="handler">what speaks HTTP/2.</param>
        /// <param name="options">how to treat the server; null for the usual.</param>
        /// <exception cref="RefusalException">service-bad-address, token-in-clear.</exception>
        public Client(string target, HttpMessageHandler handler, ClientOptions options = null)
        {
            _channel = new GrpcChannel(
                target, handler ?? throw new ArgumentNullException(nameof(handler)), options ?? new ClientOptions());
            Live = new LiveClient(_channel);
        }

        /// <summary>host:port of the server.</summary>
        public string Target => _channel.Target;

        /// <summary>The server's live sessions.</summary>
        public LiveClient Live { get; }

        /// <summary>The avatars that the server offers, in the order of their ids.</summary>
        public async Task<IReadOnlyList<AvatarListing>> ListAvatarsAsync(CancellationToken cancel = default)
        {
            var response = await _channel.AskAsync<ListAvatarsResponse>(
                GrpcMethod.ListAvatars, new ListAvatarsRequest(), cancel).ConfigureAwait(false);
            return Enumerable.Range(0, response.Avatars.Count).Select(i => new AvatarListing(response.Avatars[i])).ToArray();
        }

        /// <summary>The manifest of an avatar's package.</summary>
        /// <exception cref="RefusalException">avatar-not-found and others.</exception>
        public async Task<RemoteManifest> ManifestAsync(string avatarId, CancellationToken cancel = default)
        {
            var response = await _channel.AskAsync<GetManifestResponse>(
                GrpcMethod.GetManifest, new GetManifestRequest { AvatarId = avatarId }, cancel).ConfigureAwait(false);
            return new RemoteManifest(response);
        }

        /// <summary>The server's limits, and whom it takes this client for.</summary>
        public async Task<ServerInfo> ServerInfoAsync(CancellationToken cancel = default)
        {
            var response = await _channel.AskAsync<GetServerInfoResponse>(
                GrpcMethod.GetServerInfo, new GetServerInfoRequest(), cancel).ConfigureAwait(false);
            return new ServerInfo(response);
        }

        /// <summary>Starts watching a clip; returns once its header is there.</summary>
        /// <param name="avatarId">as listed.</param>
        /// <param name="clip">its name.</param>
        /// <param name="options">how to play; null for the usual.</param>
        /// <param name="cancel">ends the call while it begins.</param>
        /// <exception cref="RefusalException">
        /// avatar-not-found, clip-not-found, play-bad-option, play-bad-rate, service-digest-changed and others.
        /// </exception>
        public async Task<Playback> PlayAsync(
            string avatarId, string clip, PlayOptions options = null, CancellationToken cancel = default)
        {
            options = options ?? new PlayOptions();
            var decoder = new FrameDecoder(options.Package);
            var playback = new Playback(_channel, options.StartOf(avatarId, clip, decoder), decoder);
            await playback.OpenAsync(cancel).ConfigureAwait(false);
            return playback;
        }

        /// <summary>Closes the connection; calls in progress end with service-cancelled.</summary>
        public void Dispose()
        {
            _channel.Dispose();
        }
    }
}
