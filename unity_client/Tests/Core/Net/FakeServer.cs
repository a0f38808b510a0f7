using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Threading;
using System.Threading.Tasks;
using Ani3d.Messages;

namespace Ani3d.Tests
{
    /// <summary>An HTTP handler that answers calls as a test says, and keeps what was asked.</summary>
    internal sealed class FakeServer : HttpMessageHandler
    {
        /// <summary>How long its clients wait unless they are told otherwise, seconds: a busy machine takes its time.</summary>
        public const int TimeoutS = 60;

        private readonly Func<FakeCall, HttpResponseMessage> _answer;

        public FakeServer(Func<FakeCall, HttpResponseMessage> answer)
        {
            _answer = answer;
        }

        /// <summary>Calls so far.</summary>
        public List<FakeCall> Calls { get; } = new List<FakeCall>();

        /// <summary>Whether calls are kept, and not the last one alone.</summary>
        public bool KeepsCalls { get; set; } = true;

        /// <summary>Whether trailers are in a property of the request, as under .NET Standard 2.0.</summary>
        public bool KeepsTrailersInProperty { get; set; }

        /// <summary>A client of this server.</summary>
        public Client Client(Action<ClientOptions> set = null)
        {
            var options = new ClientOptions { TimeoutS = TimeoutS, PatienceS = 0 };
            set?.Invoke(options);
            return new Client("127.0.0.1:1", this, options);
        }

        /// <summary>A response of messages and a status.</summary>
        public HttpResponseMessage Messages(FakeCall call, IEnumerable<IMessage> messages, string status = "0")
        {
            return Bytes(call, messages.Select(Framed), status);
        }

        /// <summary>A response of bytes and a status; null for none.</summary>
        public HttpResponseMessage Bytes(
            FakeCall call, IEnumerable<byte[]> pieces, string status = "0", Action<FakeBody> set = null,
            params (string Name, string Value)[] trailers)
        {
            var body = new FakeBody(pieces);
            set?.Invoke(body);
            var response = Head(call, new StreamContent(body));
            body.AtEnd = () =>
            {
                var all = status == null ? trailers : trailers.Append(("grpc-status", status));
                foreach (var (name, value) in all)
                {
                    TrailersOf(call, response).TryAddWithoutValidation(name, value);
                }
            };
            return response;
        }

        /// <summary>A response without messages, whose status is in its headers.</summary>
        public HttpResponseMessage Refusal(FakeCall call, int status, params (string Name, string Value)[] headers)
        {
            var response = Head(call, new ByteArrayContent(Array.Empty<byte>()));
            foreach (var (name, value) in headers.Append(("grpc-status", status.ToString())))
            {
                response.Headers.TryAddWithoutValidation(name, value);
            }
            return response;
        }

        /// <summary>A message with its prefix.</summary>
        public static byte[] Framed(IMessage message)
        {
            var writer = new ProtobufWriter();
            writer.Begin(5);
            message.Write(writer);
            var bytes = writer.Written.ToArray();
            BitConverter.GetBytes(IPAddress.HostToNetworkOrder(bytes.Length - 5)).CopyTo(bytes, 1);
            return bytes;
        }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
        {
            var call = new FakeCall(request);
            lock (Calls)
            {
                if (!KeepsCalls)
                {
                    Calls.Clear();
                }
                Calls.Add(call);
            }
            // A server answers once it was asked.
            while (!call.WasAsked)
            {
                await Task.Delay(1, cancel).ConfigureAwait(false);
            }
            var response = _answer(call);
            response.RequestMessage = request;
            return response;
        }

        private static HttpResponseMessage Head(FakeCall call, HttpContent content)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", "application/grpc");
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = content, Version = new Version(2, 0) };
        }

        private HttpHeaders TrailersOf(FakeCall call, HttpResponseMessage response)
        {
            if (!KeepsTrailersInProperty)
            {
                return response.TrailingHeaders;
            }
#pragma warning disable CS0618 // It is what handlers under .NET Standard 2.0 have.
            var properties = call.Request.Properties;
#pragma warning restore CS0618
            if (!properties.TryGetValue("__ResponseTrailers", out var kept))
            {
                properties["__ResponseTrailers"] = kept = new HttpResponseMessage().Headers;
            }
            return (HttpHeaders)kept;
        }
    }
}
