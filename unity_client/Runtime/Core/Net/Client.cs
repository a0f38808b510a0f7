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
        // A package is not baked again so often while it is downloaded once.
        private const int MaxRestarts = 3;
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

        /// <summary>
        /// Downloads a package, and resumes an attempt that broke off. Connections that break are made anew while there is
        /// patience. The file gets its name only when it is whole and its digest is right.
        /// </summary>
        /// <param name="avatarId">as listed.</param>
        /// <param name="path">where the file shall lie; replaced where it is there.</param>
        /// <param name="progress">takes the share that has arrived, 0 to 1, on any thread; null for none.</param>
        /// <param name="cancel">ends the download; what has arrived is kept.</param>
        /// <exception cref="RefusalException">
        /// avatar-not-found, service-unreachable (call again to resume), download-digest-mismatch, download-too-large,
        /// download-not-written and others.
        /// </exception>
        public async Task<DownloadReport> DownloadAsync(
            string avatarId, string path, IProgress<double> progress = null, CancellationToken cancel = default)
        {
            using (var partial = new PartialDownload(path, _channel.MaxPackageBytes, progress))
            {
                Reconnecting attempts = null;
                var restarts = 0;
                while (!partial.IsWhole)
                {
                    var before = partial.ReceivedBytes;
                    try
                    {
                        await ReceiveAsync(avatarId, partial, cancel).ConfigureAwait(false);
                    }
                    catch (RefusalException refusal)
                    {
                        var isOther = refusal.Code == RefusalCodes.ServiceDigestChanged
                            || refusal.Code == RefusalCodes.ServiceOffsetBeyondEnd;
                        if (isOther && partial.Digest.Length > 0 && restarts++ < MaxRestarts)
                        {
                            partial.StartOver();
                            continue;
                        }
                        attempts = attempts == null || partial.ReceivedBytes > before
                            ? new Reconnecting(_channel.PatienceS) : attempts;
                        if (partial.ReceivedBytes == 0 || !Reconnecting.IsPassing(refusal)
                            || !await attempts.WaitAsync(cancel).ConfigureAwait(false))
                        {
                            throw;
                        }
                    }
                }
                return await Task.Run(partial.Finish, cancel).ConfigureAwait(false);
            }
        }

        /// <summary>The picture of an avatar, PNG, without the rest of its package; null where it has none.</summary>
        /// <exception cref="RefusalException">avatar-not-found and others.</exception>
        public async Task<byte[]> ThumbnailAsync(string avatarId, CancellationToken cancel = default)
        {
            var source = await OpenRangesAsync(avatarId, null, cancel).ConfigureAwait(false);
            using (var package = await Package.OpenAsync(source, cancel).ConfigureAwait(false))
            {
                await package.FetchAsync(entry => entry.Key.Name == FormatConstants.Section.Thumbnail, cancel)
                    .ConfigureAwait(false);
                return package.ReadThumbnail()?.ToArray();
            }
        }

        /// <summary>
        /// The package of an avatar, read by byte ranges as it is needed: <see cref="Package.OpenAsync"/> opens it.
        /// </summary>
        /// <param name="avatarId">as listed.</param>
        /// <param name="options">how much to read at once, and to hold; null for the usual.</param>
        /// <param name="cancel">ends the first request.</param>
        /// <exception cref="RefusalException">avatar-not-found and others.</exception>
        public Task<RangeSource> OpenRangesAsync(
            string avatarId, RangeOptions options = null, CancellationToken cancel = default)
        {
            return GrpcRangeSource.OpenAsync(_channel, avatarId, options ?? new RangeOptions(), cancel);
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
            var window = options.WindowOf(_channel);
            var playback = new Playback(_channel, options.StartOf(avatarId, clip, decoder, window.First), decoder, window);
            await playback.OpenAsync(cancel).ConfigureAwait(false);
            return playback;
        }

        /// <summary>Closes the connection; calls in progress end with service-cancelled.</summary>
        public void Dispose()
        {
            _channel.Dispose();
        }

        private async Task ReceiveAsync(string avatarId, PartialDownload partial, CancellationToken cancel)
        {
            using (var call = _channel.Begin(GrpcMethod.Download))
            {
                call.WaitNoLonger(_channel.TimeoutS);
                call.Requests.Add(partial.Request(avatarId));
                call.Requests.Complete();
                var response = new DownloadResponse();
                while (await call.ReadAsync(response, cancel).ConfigureAwait(false))
                {
                    await partial.AddAsync(response, cancel).ConfigureAwait(false);
                }
            }
            if (!partial.IsWhole)
            {
                throw new RefusalException(
                    RefusalCodes.ServiceUnreachable, Target, "a download that ends early", "all bytes of the package",
                    "Download again to resume.");
            }
        }
    }
}
