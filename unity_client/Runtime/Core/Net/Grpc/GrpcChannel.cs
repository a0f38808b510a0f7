using System;
using System.Globalization;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace Ani3d.Messages
{
    /// <summary>A server's address, and how calls to it are begun.</summary>
    internal sealed class GrpcChannel : IDisposable
    {
        private static readonly Version Http2 = new Version(2, 0);
        private readonly HttpMessageInvoker _http;
        private readonly Uri _address;
        private readonly ClientOptions _options;
        private readonly CancellationTokenSource _closed = new CancellationTokenSource();

        /// <summary>Creates a channel.</summary>
        public GrpcChannel(string target, HttpMessageHandler handler, ClientOptions options)
        {
            Target = target;
            _options = options;
            _address = ServerAddress.Parse(target, options);
            _http = new HttpMessageInvoker(handler, options.DisposesHandler);
        }

        /// <summary>The server, as errors name it.</summary>
        public string Target { get; }

        /// <summary>How long an answer may take.</summary>
        public double TimeoutS => _options.TimeoutS;

        /// <summary>How long streams try to go on.</summary>
        public double PatienceS => _options.PatienceS;

        /// <summary>Most bytes of a response.</summary>
        public int MaxMessageBytes => _options.MaxMessageBytes;

        /// <summary>Most bytes of a package.</summary>
        public long MaxPackageBytes => _options.MaxPackageBytes;

        /// <summary>How long answers take.</summary>
        public RoundTrip RoundTrip { get; } = new RoundTrip();

        /// <summary>Cancelled when the client is closed.</summary>
        public CancellationToken Closed => _closed.Token;

        /// <summary>Begins a call; nothing is sent before it is started.</summary>
        /// <param name="method">its path.</param>
        /// <param name="heartbeat">a request that is sent in silences; null for none.</param>
        public GrpcCall Begin(string method, IMessage heartbeat = null)
        {
            return new GrpcCall(this, method, heartbeat);
        }

        /// <summary>Makes a call of one request and one response.</summary>
        public async Task<T> AskAsync<T>(string method, IMessage request, CancellationToken cancel)
            where T : IMessage, new()
        {
            using (var call = Begin(method))
            {
                call.SetDeadline(TimeoutS);
                var begunS = RoundTrip.NowS;
                call.Requests.Add(request);
                call.Requests.Complete();
                var response = new T();
                if (!await call.ReadAsync(response, cancel).ConfigureAwait(false))
                {
                    throw new RefusalException(
                        RefusalCodes.ServiceBadMessage, Target, "no response", "one response",
                        "Install the same ani3d version on client and server; if they are, report this.");
                }
                RoundTrip.Took(RoundTrip.NowS - begunS);
                await call.FinishAsync(cancel).ConfigureAwait(false);
                return response;
            }
        }

        /// <summary>The head of a request.</summary>
        /// <param name="method">its path.</param>
        /// <param name="requests">its content.</param>
        /// <param name="deadlineS">of the whole call; 0 for none.</param>
        /// <param name="cancel">ends waiting for a token.</param>
        public async Task<HttpRequestMessage> HeadAsync(
            string method, HttpContent requests, double deadlineS, CancellationToken cancel)
        {
            var token = await TokenAsync(cancel).ConfigureAwait(false);
            var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_address, method))
            {
                Version = Http2,
                Content = requests,
            };
            request.Headers.TryAddWithoutValidation("te", "trailers");
            // No message is compressed: payloads are coded already.
            request.Headers.TryAddWithoutValidation("grpc-accept-encoding", "identity");
            request.Headers.TryAddWithoutValidation("user-agent", "ani3d-csharp");
            if (deadlineS > 0)
            {
                var milliseconds = Math.Max(1, Math.Min((long)(1000 * deadlineS), 99999999));
                request.Headers.TryAddWithoutValidation(
                    "grpc-timeout", milliseconds.ToString(CultureInfo.InvariantCulture) + "m");
            }
            if (token != null)
            {
                request.Headers.TryAddWithoutValidation("authorization", "Bearer " + token);
            }
            return request;
        }

        /// <summary>Sends a request, and waits for the head of the response.</summary>
        public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
        {
            return _http.SendAsync(request, cancel);
        }

        /// <summary>Ends all calls.</summary>
        public void Dispose()
        {
            _closed.Cancel();
            _http.Dispose();
        }

        private async Task<string> TokenAsync(CancellationToken cancel)
        {
            if (_options.TokenSource == null)
            {
                return _options.Token;
            }
            try
            {
                return await _options.TokenSource(cancel).ConfigureAwait(false);
            }
            catch (Exception error) when (!(error is OperationCanceledException))
            {
                throw new RefusalException(
                    RefusalCodes.TokenUnavailable, Target, error.Message, "a token", "Look at the function that tokens come from.",
                    error);
            }
        }
    }
}
