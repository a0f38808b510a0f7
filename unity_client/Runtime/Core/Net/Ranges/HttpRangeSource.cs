using System;
using System.Globalization;
using System.IO;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Threading;
using System.Threading.Tasks;
using Ani3d.Messages;

namespace Ani3d
{
    /// <summary>
    /// Byte ranges of a package on any HTTP server: object stores, content networks, the gateway of ani3d. A server that
    /// sends no ranges is read whole where the package is small enough to be held.
    /// </summary>
    public sealed class HttpRangeSource : RangeSource
    {
        private readonly HttpMessageInvoker _http;
        private readonly Uri _address;
        private readonly RangeOptions _options;
        private string _tag;
        private bool _isOpen;

        private HttpRangeSource(Uri address, HttpMessageHandler handler, RangeOptions options)
            : base(options)
        {
            _address = address;
            _http = new HttpMessageInvoker(handler, false);
            _options = options;
        }

        /// <summary>Reads the first bytes.</summary>
        /// <param name="address">http or https.</param>
        /// <param name="handler">any; it is not disposed of.</param>
        /// <param name="options">how much to read at once, and to hold; null for the usual.</param>
        /// <param name="cancel">ends the request.</param>
        /// <exception cref="RefusalException">
        /// store-unreachable, store-denied, store-no-ranges, service-tls-failed and others.
        /// </exception>
        public static async Task<RangeSource> OpenAsync(
            Uri address, HttpMessageHandler handler, RangeOptions options = null, CancellationToken cancel = default)
        {
            options = options ?? new RangeOptions();
            var source = new HttpRangeSource(address, handler ?? throw new ArgumentNullException(nameof(handler)), options);
            await source.TryAgainAsync(0, new byte[options.FirstBytes], cancel).ConfigureAwait(false);
            return source;
        }

        /// <inheritdoc/>
        public override void Dispose()
        {
            base.Dispose();
            _http.Dispose();
        }

        /// <inheritdoc/>
        private protected override Task FillAsync(long offset, byte[] bytes, CancellationToken cancel)
        {
            return TryAgainAsync(offset, bytes, cancel);
        }

        private async Task TryAgainAsync(long offset, byte[] bytes, CancellationToken cancel)
        {
            var attempts = new Reconnecting(_options.PatienceS);
            var done = 0;
            while (true)
            {
                try
                {
                    done = await FillOnceAsync(offset, bytes, done, cancel).ConfigureAwait(false);
                    if (done < 0 || done == bytes.Length)
                    {
                        return;
                    }
                    throw Refused(
                        RefusalCodes.StoreUnreachable, $"a body that ends at byte {offset + done}", $"{bytes.Length} bytes at {offset}",
                        "Try again, or look at the server.");
                }
                catch (RefusalException refusal) when (refusal.Code == RefusalCodes.StoreUnreachable)
                {
                    // A first request that fails is not repeated: the address may be wrong.
                    if (!_isOpen || !await attempts.WaitAsync(cancel).ConfigureAwait(false))
                    {
                        throw;
                    }
                }
            }
        }

        // How many bytes are there then; -1 where the whole file is kept.
        private async Task<int> FillOnceAsync(long offset, byte[] bytes, int done, CancellationToken cancel)
        {
            RequestCount++;
            using (var alarm = CancellationTokenSource.CreateLinkedTokenSource(cancel))
            {
                try
                {
                    alarm.CancelAfter(TimeSpan.FromSeconds(_options.TimeoutS));
                    var request = await HeadAsync(offset + done, bytes.Length - done, alarm.Token).ConfigureAwait(false);
                    using (var response = await _http.SendAsync(request, alarm.Token).ConfigureAwait(false))
                    {
                        var total = Check(response, offset + done, bytes.Length - done);
                        using (alarm.Token.Register(response.Dispose))
                        {
                            var body = await response.Content.ReadAsStreamAsync().ConfigureAwait(false);
                            return await BodyAsync(response, body, total, bytes, done, alarm).ConfigureAwait(false);
                        }
                    }
                }
                catch (Exception failure) when (!(failure is RefusalException) && !cancel.IsCancellationRequested)
                {
                    var lost = GrpcStatus.Lost(_address.Host, failure);
                    throw lost.Code == RefusalCodes.ServiceTlsFailed ? lost : Refused(
                        RefusalCodes.StoreUnreachable, alarm.IsCancellationRequested ? "no answer in time" : failure.Message,
                        "a server that answers", "Check the address and the network.", failure);
                }
                catch (Exception failure) when (!(failure is RefusalException) && !(failure is OperationCanceledException))
                {
                    throw new OperationCanceledException(failure.Message, failure, cancel);
                }
            }
        }

        private async Task<int> BodyAsync(
            HttpResponseMessage response, Stream body, long total, byte[] bytes, int done, CancellationTokenSource alarm)
        {
            if ((int)response.StatusCode == 200)
            {
                var whole = new byte[total];
                var count = await ReadAsync(body, whole, 0, whole.Length, alarm).ConfigureAwait(false);
                Need(count == whole.Length, $"a body of {count} bytes, not {whole.Length}");
                Length = total;
                _isOpen = true;
                Keep(0, whole);
                return -1;
            }
            var isFirst = !_isOpen;
            Length = total;
            var end = isFirst ? (int)Math.Min(bytes.Length, total) : bytes.Length;
            done = await ReadAsync(body, bytes, done, end, alarm).ConfigureAwait(false);
            if (!isFirst)
            {
                return done;
            }
            Need(done == end, $"a body of {done} bytes, not {end}");
            _tag = TagOf(response);
            _isOpen = true;
            Array.Resize(ref bytes, end);
            Keep(0, bytes);
            return -1;
        }

        private async Task<int> ReadAsync(Stream body, byte[] bytes, int done, int end, CancellationTokenSource alarm)
        {
            while (done < end)
            {
                alarm.CancelAfter(TimeSpan.FromSeconds(_options.TimeoutS));
                int read;
                try
                {
                    read = await body.ReadAsync(bytes, done, end - done, alarm.Token).ConfigureAwait(false);
                }
                catch (Exception failure) when ((failure is IOException || failure is HttpRequestException) && _isOpen)
                {
                    // What has come is kept, and the rest is asked for.
                    return done;
                }
                if (read == 0)
                {
                    break;
                }
                done += read;
                ReceivedBytes += read;
            }
            return done;
        }

        private async Task<HttpRequestMessage> HeadAsync(long offset, int count, CancellationToken cancel)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, _address);
            request.Headers.Range = new RangeHeaderValue(offset, offset + count - 1);
            request.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
            if (_tag != null)
            {
                request.Headers.TryAddWithoutValidation("If-Range", _tag);
            }
            if (_options.TokenSource != null)
            {
                var token = await _options.TokenSource(cancel).ConfigureAwait(false);
                request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
            }
            return request;
        }

        // The length of the whole file.
        private long Check(HttpResponseMessage response, long offset, int count)
        {
            var status = (int)response.StatusCode;
            if (status == 206)
            {
                return CheckRange(response, offset, count);
            }
            if (status == 200 && !_isOpen)
            {
                var length = response.Content.Headers.ContentLength ?? -1;
                if (length < 0 || length > _options.MaxHeldBytes || length > int.MaxValue || IsEncoded(response))
                {
                    throw Refused(
                        RefusalCodes.StoreNoRanges, length < 0 ? "a body of no stated length" : $"all {length} bytes",
                        "byte ranges", "Use a server that sends byte ranges, or download the package first.");
                }
                return length;
            }
            if (status == 200 || status == 412 || (status == 416 && _isOpen))
            {
                throw Changed($"HTTP status {status}");
            }
            throw StatusOf(status);
        }

        private long CheckRange(HttpResponseMessage response, long offset, int count)
        {
            var range = response.Content.Headers.ContentRange;
            var total = range?.Length ?? -1;
            Need(
                range != null && total >= 0 && range.From == offset && range.To >= offset
                && range.To < total && range.To < offset + count && !IsEncoded(response),
                $"range '{range}' of '{response.Content.Headers.ContentType}'");
            if (!_isOpen)
            {
                return total;
            }
            if (total != Length || (_tag != null && TagOf(response) != null && TagOf(response) != _tag))
            {
                throw Changed($"{total} bytes of tag {TagOf(response)}");
            }
            return total;
        }

        private static bool IsEncoded(HttpResponseMessage response)
        {
            return string.Join(",", response.Content.Headers.ContentEncoding).Replace("identity", string.Empty).Length > 0;
        }

        // A weak tag does not say that bytes are the same.
        private static string TagOf(HttpResponseMessage response)
        {
            var tag = response.Headers.ETag;
            return tag == null || tag.IsWeak ? null : tag.Tag;
        }

        private RefusalException StatusOf(int status)
        {
            var found = string.Format(CultureInfo.InvariantCulture, "HTTP status {0}", status);
            switch (status)
            {
                case 401:
                case 403:
                    return Refused(RefusalCodes.StoreDenied, found, "a server that allows it", "Check the token.");
                case 404:
                case 410:
                    return Refused(RefusalCodes.AvatarNotFound, found, "a package at the address", "Check the address.");
                case 416:
                    return Refused(RefusalCodes.PackageTruncated, found, "a package", "Check that the file is not empty.");
                default:
                    return status == 408 || status == 429 || status >= 500
                        ? Refused(RefusalCodes.StoreUnreachable, found, "a server that answers", "Try again later.")
                        : Refused(RefusalCodes.StoreNoRanges, found, "HTTP status 206", "Check the address.");
            }
        }

        private void Need(bool holds, string found)
        {
            if (!holds)
            {
                throw Refused(
                    RefusalCodes.ServiceBadMessage, found, "the range that was asked for", "Use a server that keeps to RFC 9110.");
            }
        }

        private RefusalException Changed(string found)
        {
            return Refused(RefusalCodes.ServiceSourceChanged, found, $"the file of {Length} bytes that was opened", "Open it again.");
        }

        private RefusalException Refused(string code, string found, string expected, string fix, Exception cause = null)
        {
            // The query may hold a signature.
            return new RefusalException(code, _address.GetLeftPart(UriPartial.Path), found, expected, fix, cause);
        }
    }
}
