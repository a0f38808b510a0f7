using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Ani3d.Messages;

namespace Ani3d.Tests
{
    /// <summary>A call that a fake server has got; its requests are kept as they come.</summary>
    internal sealed class FakeCall
    {
        private readonly Sink _sink = new Sink();

        public FakeCall(HttpRequestMessage request)
        {
            Request = request;
            // As a real handler does, while the response is under way.
            Task.Run(() => request.Content.CopyToAsync(_sink));
        }

        public HttpRequestMessage Request { get; }

        /// <summary>Whether a request has come.</summary>
        public bool WasAsked => _sink.Bytes().Length > 0;

        public string Method => Request.RequestUri.AbsolutePath;

        /// <summary>The requests so far.</summary>
        public List<T> Requests<T>()
            where T : IMessage, new()
        {
            var bytes = _sink.Bytes();
            var requests = new List<T>();
            for (var at = 0; at + 5 <= bytes.Length;)
            {
                var length = IPAddress.NetworkToHostOrder(BitConverter.ToInt32(bytes, at + 1));
                var request = new T();
                new ProtobufReader().Read(new ArraySegment<byte>(bytes, at + 5, length), request);
                requests.Add(request);
                at += 5 + length;
            }
            return requests;
        }

        /// <summary>The requests, once something holds of them.</summary>
        public List<T> RequestsUntil<T>(Func<List<T>, bool> holds)
            where T : IMessage, new()
        {
            for (var tries = 0; tries < 1000; tries++)
            {
                var requests = Requests<T>();
                if (holds(requests))
                {
                    return requests;
                }
                Thread.Sleep(5);
            }
            throw new TimeoutException("it never came true of the requests");
        }

        private sealed class Sink : Stream
        {
            private readonly MemoryStream _bytes = new MemoryStream();

            public override bool CanRead => false;

            public override bool CanSeek => false;

            public override bool CanWrite => true;

            public override long Length => throw new NotSupportedException();

            public override long Position
            {
                get => throw new NotSupportedException();
                set => throw new NotSupportedException();
            }

            public byte[] Bytes()
            {
                lock (_bytes)
                {
                    return _bytes.ToArray();
                }
            }

            public override void Flush()
            {
            }

            public override int Read(byte[] buffer, int offset, int count)
            {
                throw new NotSupportedException();
            }

            public override long Seek(long offset, SeekOrigin origin)
            {
                throw new NotSupportedException();
            }

            public override void SetLength(long value)
            {
                throw new NotSupportedException();
            }

            public override void Write(byte[] buffer, int offset, int count)
            {
                lock (_bytes)
                {
                    _bytes.Write(buffer, offset, count);
                }
            }
        }
    }
}
