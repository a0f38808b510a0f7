using System;
using System.Threading;
using System.Threading.Tasks;
using Ani3d.Messages;

namespace Ani3d
{
    /// <summary>Byte ranges of a package on an ani3d server.</summary>
    internal sealed class GrpcRangeSource : RangeSource
    {
        private readonly GrpcChannel _channel;
        private readonly string _avatarId;
        private readonly int _firstBytes;
        private string _digest = string.Empty;

        private GrpcRangeSource(GrpcChannel channel, string avatarId, RangeOptions options)
            : base(options)
        {
            _channel = channel;
            _avatarId = avatarId;
            _firstBytes = options.FirstBytes;
        }

        /// <summary>Reads the first bytes.</summary>
        public static async Task<RangeSource> OpenAsync(
            GrpcChannel channel, string avatarId, RangeOptions options, CancellationToken cancel)
        {
            var source = new GrpcRangeSource(channel, avatarId, options);
            var bytes = new byte[source._firstBytes];
            var count = await source.FillOnceAsync(0, bytes, 0, cancel).ConfigureAwait(false);
            Array.Resize(ref bytes, count);
            source.Keep(0, bytes);
            return source;
        }

        /// <inheritdoc/>
        private protected override async Task FillAsync(long offset, byte[] bytes, CancellationToken cancel)
        {
            var attempts = new Reconnecting(_channel.PatienceS);
            for (var done = 0; done < bytes.Length;)
            {
                try
                {
                    var count = await FillOnceAsync(offset, bytes, done, cancel).ConfigureAwait(false);
                    if (count == done)
                    {
                        throw Early(offset + done);
                    }
                    done = count;
                    attempts = new Reconnecting(_channel.PatienceS);
                }
                catch (RefusalException refusal) when (Reconnecting.IsPassing(refusal))
                {
                    if (!await attempts.WaitAsync(cancel).ConfigureAwait(false))
                    {
                        throw;
                    }
                }
            }
        }

        // How many bytes are there then.
        private async Task<int> FillOnceAsync(long offset, byte[] bytes, int done, CancellationToken cancel)
        {
            RequestCount++;
            using (var call = _channel.Begin(GrpcMethod.Download))
            {
                call.WaitNoLonger(_channel.TimeoutS);
                call.Requests.Add(new DownloadRequest
                {
                    AvatarId = _avatarId,
                    Offset = (ulong)(offset + done),
                    Limit = (ulong)(bytes.Length - done),
                    IfDigest = _digest,
                });
                call.Requests.Complete();
                var response = new DownloadResponse();
                while (await call.ReadAsync(response, cancel).ConfigureAwait(false))
                {
                    TakeHead(response);
                    var data = response.Data;
                    if (response.Offset != (ulong)(offset + done) || data.Count > bytes.Length - done)
                    {
                        throw new RefusalException(
                            RefusalCodes.DownloadOutOfOrder, _avatarId, $"{data.Count} bytes at offset {response.Offset}",
                            $"at most {bytes.Length - done} bytes at offset {offset + done}",
                            "Install the same ani3d version on client and server.");
                    }
                    Buffer.BlockCopy(data.Array, data.Offset, bytes, done, data.Count);
                    done += data.Count;
                    ReceivedBytes += data.Count;
                }
            }
            return done;
        }

        private void TakeHead(DownloadResponse response)
        {
            if (response.Digest.Length == 0)
            {
                return;
            }
            if (_digest.Length > 0 && response.Digest != _digest)
            {
                throw new RefusalException(
                    RefusalCodes.ServiceDigestChanged, _avatarId, "bytes of a package that was baked again meanwhile",
                    "bytes of the package that was opened", "Open the package again.");
            }
            if (response.TotalSizeBytes > (ulong)_channel.MaxPackageBytes)
            {
                throw new RefusalException(
                    RefusalCodes.DownloadTooLarge, _avatarId, $"{response.TotalSizeBytes} bytes",
                    $"at most {_channel.MaxPackageBytes}", "Raise MaxPackageBytes of the client's options.");
            }
            _digest = response.Digest;
            Length = (long)response.TotalSizeBytes;
        }

        private RefusalException Early(long offset)
        {
            return new RefusalException(
                RefusalCodes.ServiceUnreachable, _avatarId, $"no bytes at offset {offset} of {Length}", "bytes of the package",
                "Try again, or look at the server's disk.");
        }
    }
}
