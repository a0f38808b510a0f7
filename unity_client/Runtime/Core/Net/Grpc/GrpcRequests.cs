using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace Ani3d.Messages
{
    /// <summary>
    /// The requests of one call: messages are queued by any thread, and written as the connection takes them. While there
    /// are none, heartbeats are written.
    /// </summary>
    internal sealed class GrpcRequests : HttpContent
    {
        private const int PrefixBytes = 5;
        private const int MinHeartbeatMs = 10;
        private readonly object _lock = new object();
        private readonly Queue<ProtobufWriter> _waiting = new Queue<ProtobufWriter>();
        private readonly Stack<ProtobufWriter> _free = new Stack<ProtobufWriter>();
        private readonly SemaphoreSlim _signal = new SemaphoreSlim(0);
        private readonly CancellationToken _cancelled;
        private readonly IMessage _heartbeat;
        private bool _isComplete;
        private int _heartbeatMs = Timeout.Infinite;

        /// <summary>Creates requests.</summary>
        /// <param name="heartbeat">what is written while there is nothing else; null for nothing.</param>
        /// <param name="cancelled">ends writing.</param>
        public GrpcRequests(IMessage heartbeat, CancellationToken cancelled)
        {
            _heartbeat = heartbeat;
            _cancelled = cancelled;
            Headers.TryAddWithoutValidation("Content-Type", "application/grpc");
        }

        /// <summary>Messages that the connection has not taken yet.</summary>
        public int WaitingCount
        {
            get
            {
                lock (_lock)
                {
                    return _waiting.Count;
                }
            }
        }

        /// <summary>Writes a heartbeat after each silence of so many seconds, from the next message on.</summary>
        public void SetHeartbeat(double seconds)
        {
            Volatile.Write(ref _heartbeatMs, Math.Max(MinHeartbeatMs, (int)Math.Min(1000 * seconds, int.MaxValue)));
        }

        /// <summary>Queues a message. It is written out at once, so it may be changed afterwards.</summary>
        public void Add(IMessage message)
        {
            lock (_lock)
            {
                if (_isComplete)
                {
                    return;
                }
                var writer = _free.Count > 0 ? _free.Pop() : new ProtobufWriter();
                writer.Begin(PrefixBytes);
                message.Write(writer);
                var written = writer.Written;
                var length = written.Count - PrefixBytes;
                for (var k = 0; k < 4; k++)
                {
                    written.Array[1 + k] = unchecked((byte)(length >> 8 * (3 - k)));
                }
                _waiting.Enqueue(writer);
            }
            _signal.Release();
        }

        /// <summary>Nothing comes after what is queued.</summary>
        public void Complete()
        {
            lock (_lock)
            {
                _isComplete = true;
            }
            _signal.Release();
        }

        /// <inheritdoc/>
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext context)
        {
            while (true)
            {
                var writer = Next(out var isOver);
                if (writer == null && isOver)
                {
                    return;
                }
                if (writer == null)
                {
                    var silence = _heartbeat == null ? Timeout.Infinite : Volatile.Read(ref _heartbeatMs);
                    if (!await _signal.WaitAsync(silence, _cancelled).ConfigureAwait(false))
                    {
                        Add(_heartbeat);
                    }
                    continue;
                }
                var bytes = writer.Written;
                await stream.WriteAsync(bytes.Array, bytes.Offset, bytes.Count, _cancelled).ConfigureAwait(false);
                await stream.FlushAsync(_cancelled).ConfigureAwait(false);
                lock (_lock)
                {
                    _free.Push(writer);
                }
            }
        }

        /// <inheritdoc/>
        protected override bool TryComputeLength(out long length)
        {
            length = -1;
            return false;
        }

        private ProtobufWriter Next(out bool isOver)
        {
            lock (_lock)
            {
                isOver = _isComplete;
                return _waiting.Count > 0 ? _waiting.Dequeue() : null;
            }
        }
    }
}
