using System;
using System.Threading;
using System.Threading.Tasks;
using Ani3d.Messages;

namespace Ani3d
{
    /// <summary>
    /// A call that returns frames in the order they are shown, and takes commands from any thread. A connection that is
    /// lost is made anew; whoever reads notices no more than a pause. One reader at a time.
    /// </summary>
    public abstract class FrameStream : IDisposable
    {
        private const double FirstHeartbeatS = 0.08;
        private const double HeartbeatShare = 0.25;
        private readonly GrpcChannel _channel;
        private readonly string _method;
        private readonly FrameDecoder _decoder;
        private readonly CancellationTokenSource _closed;
        private readonly CancellationToken _closedToken;
        private readonly object _sending = new object();
        private readonly object _telling = new object();
        private readonly CreditCommand _granted = new CreditCommand();
        private readonly CreditWindow _window;
        private readonly Receipts _receipts = new Receipts();
        private IMessage _credit;
        private GrpcCall _call;
        private bool _hasHeader;
        private int _isClosed;
        private int _next;
        private long _droppedBefore;
        private long _thinnedBefore;

        internal FrameStream(GrpcChannel channel, string method, FrameDecoder decoder, CreditWindow window)
        {
            _channel = channel;
            _method = method;
            _decoder = decoder;
            _window = window;
            _closed = CancellationTokenSource.CreateLinkedTokenSource(channel.Closed);
            _closedToken = _closed.Token;
        }

        /// <summary>
        /// Raised when the connection is lost, back, or over, on the thread that reads or hangs up, with the refusal
        /// that led to it or null.
        /// </summary>
        public event Action<ConnectionState, RefusalException> ConnectionChanged;

        /// <summary>How the connection is doing.</summary>
        public ConnectionState Connection { get; private set; } = ConnectionState.Connecting;

        /// <summary>Why the stream failed for good; null where it did not.</summary>
        public RefusalException Failure { get; private set; }

        /// <summary>What is the same for all frames.</summary>
        public StreamHeader Header { get; private set; }

        /// <summary>Frames received, those from before a seek included.</summary>
        public long ReceivedCount { get; private set; }

        /// <summary>Bytes of their payloads.</summary>
        public long ReceivedBytes { get; private set; }

        /// <summary>Frames that the server dropped because this client was slow.</summary>
        public long DroppedCount { get; private set; }

        /// <summary>Frames that the server left out because the link would not carry them.</summary>
        public long ThinnedCount { get; private set; }

        /// <summary>What of the stream is sent, by what the link carries; null where the server does not say.</summary>
        public StreamRendition Rendition => _decoder.Rendition;

        /// <summary>How often a lost connection was made anew.</summary>
        public int ReconnectCount { get; private set; }

        /// <summary>Of the last response.</summary>
        public long Epoch { get; private set; }

        /// <summary>Whether nothing more comes unless it is asked for.</summary>
        public bool IsEnded { get; private set; }

        /// <summary>Epochs of this stream before the present connection.</summary>
        internal long EpochsBefore { get; set; }

        /// <summary>Requests that the connection has not taken yet.</summary>
        internal int WaitingCount => _call?.Requests.WaitingCount ?? 0;

        /// <summary>The responses of the method; its fields are valid until the next one is read.</summary>
        internal abstract IStreamResponse Response { get; }

        /// <summary>Whether the connection has said what must come before frames.</summary>
        internal virtual bool IsOpen => _hasHeader;

        /// <summary>How long a first connection may take.</summary>
        internal virtual double OpenTimeoutS => _channel.TimeoutS;

        /// <summary>
        /// Reads the next frame. What was read before counts as shown, so a slow caller slows the server down.
        /// </summary>
        /// <param name="frame">to be written; a refused frame leaves it as it was.</param>
        /// <param name="cancel">ends the stream.</param>
        /// <returns>false at the end of the clip or session; a clip can be read on after a seek.</returns>
        /// <exception cref="RefusalException">why the stream failed for good; it is closed then.</exception>
        public async ValueTask<bool> ReadAsync(StreamedFrame frame, CancellationToken cancel = default)
        {
            try
            {
                while (true)
                {
                    Pay();
                    if (_next < Response.StreamFrames.Count)
                    {
                        if (Take(Response.StreamFrames[_next++], frame))
                        {
                            return true;
                        }
                    }
                    else if (IsEnded)
                    {
                        Tell(ConnectionState.Ended, null);
                        return false;
                    }
                    else
                    {
                        await ReceiveAsync(cancel).ConfigureAwait(false);
                    }
                }
            }
            catch (Exception error)
            {
                Close(error as RefusalException);
                throw;
            }
        }

        /// <summary>Hangs up. A read in progress ends with service-cancelled.</summary>
        public void Dispose()
        {
            Close(null);
        }

        /// <summary>The requests that begin the stream, or resume it on a new connection; under the lock of sending.</summary>
        internal abstract void AddFirst(GrpcRequests requests, bool isAgain);

        /// <summary>A request that grants credits; zero is a heartbeat.</summary>
        internal abstract IMessage CreditOf(CreditCommand credit);

        /// <summary>Takes what only this method's responses have.</summary>
        internal virtual void TakeOther()
        {
        }

        /// <summary>True if frames of an epoch are out of date.</summary>
        internal virtual bool IsStale(long epoch)
        {
            return false;
        }

        /// <summary>Whether a frame that was decoded is for the caller.</summary>
        internal virtual bool Accepts(StreamedFrame frame)
        {
            return true;
        }

        /// <summary>Whether a refusal that ended the connection, or an attempt to make it anew, is worth another attempt.</summary>
        internal virtual bool IsWorthRetrying(RefusalException refusal, bool wasOpen)
        {
            return Reconnecting.IsPassing(refusal);
        }

        /// <summary>What is done between attempts.</summary>
        internal virtual Task PrepareAgainAsync(RefusalException loss, CancellationToken cancel)
        {
            return Task.CompletedTask;
        }

        /// <summary>Makes the first connection, and waits for its header.</summary>
        internal async Task OpenAsync(CancellationToken cancel)
        {
            try
            {
                await ConnectAsync(false, cancel).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                Close(error as RefusalException);
                throw;
            }
        }

        /// <summary>Sends a command, and remembers it for later connections.</summary>
        internal void Command(IMessage request, Action remember)
        {
            lock (_sending)
            {
                remember();
                _call?.Requests.Add(request);
            }
        }

        /// <summary>Epochs begin anew.</summary>
        internal void ForgetEpoch()
        {
            Epoch = 0;
        }

        /// <summary>More comes, as it was asked for; under the lock of sending.</summary>
        internal void GoOn()
        {
            IsEnded = false;
        }

        /// <summary>Sends a request once; lost with its connection.</summary>
        internal void Send(IMessage request)
        {
            lock (_sending)
            {
                _call?.Requests.Add(request);
            }
        }

        /// <summary>Ends requests in good order: the server learns that no more come.</summary>
        internal void CompleteRequests()
        {
            lock (_sending)
            {
                _call?.Requests.Complete();
            }
        }

        private void Pay()
        {
            var due = _window.Due();
            if (due > 0 || _receipts.IsDue)
            {
                // A request is written out when it is sent, so it can be used again.
                _credit = _credit ?? CreditOf(_granted);
                _granted.Frames = (uint)due;
                _receipts.Say(_granted);
                Send(_credit);
            }
        }

        private bool Take(Frame message, StreamedFrame frame)
        {
            _window.Used();
            if (IsStale(Epoch))
            {
                return false;
            }
            _decoder.Decode(message, frame);
            frame.Epoch = Epoch;
            frame.SentTimeS = Header.ServerStartTimeS + Response.SentS;
            return Accepts(frame);
        }

        private async Task ReceiveAsync(CancellationToken cancel)
        {
            try
            {
                await TakeNextAsync(cancel).ConfigureAwait(false);
            }
            catch (RefusalException loss)
                when (IsWorthRetrying(loss, true) && _channel.PatienceS > 0 && !_closedToken.IsCancellationRequested)
            {
                await ConnectAgainAsync(loss, cancel).ConfigureAwait(false);
            }
        }

        private async Task TakeNextAsync(CancellationToken cancel)
        {
            _next = 0;
            Response.Clear();
            var askedS = RoundTrip.NowS;
            if (!await _call.ReadAsync(Response, cancel).ConfigureAwait(false))
            {
                Response.Clear();
                IsEnded = true;
                return;
            }
            if (double.IsNaN(Response.SentS) || double.IsInfinity(Response.SentS))
            {
                throw new RefusalException(
                    RefusalCodes.ServiceBadFrame, _channel.Target, "a time that is not finite", "seconds",
                    "Install the same ani3d version on client and server; if they are, report this.");
            }
            DroppedCount = _droppedBefore + (long)Math.Min(Response.Dropped, long.MaxValue / 2);
            ThinnedCount = _thinnedBefore + (long)Math.Min(Response.Thinned, long.MaxValue / 2);
            Epoch = EpochsBefore + Response.EpochNumber;
            if (Response.StreamHeader != null)
            {
                TakeHeader();
            }
            if (Response.NewRendition != null)
            {
                _decoder.Change(Response.NewRendition);
            }
            if (Response.StreamFrames.Count > 0 && !_hasHeader)
            {
                throw new RefusalException(
                    RefusalCodes.ServiceBadFrame, _channel.Target, "a frame before the header", "the header first",
                    "Install the same ani3d version on client and server; if they are, report this.");
            }
            lock (_sending)
            {
                IsEnded |= Response.IsEnd && !IsStale(Epoch);
            }
            var receivedBefore = ReceivedBytes;
            ReceivedCount += Response.StreamFrames.Count;
            for (var i = 0; i < Response.StreamFrames.Count; i++)
            {
                ReceivedBytes += Response.StreamFrames[i].Payload.Count;
            }
            var waitedS = RoundTrip.NowS - askedS;
            var isUrgent = Response.IsProbe || Rendition?.LinkBytesPerS > 0;
            _window.Received(Response.StreamFrames.Count, ReceivedBytes - receivedBefore, Response.Dropped, waitedS);
            _receipts.Received(Response.StreamFrames.Count, ReceivedBytes - receivedBefore, waitedS, isUrgent);
            TakeOther();
        }

        private void TakeHeader()
        {
            var header = Response.StreamHeader;
            var isAgain = Header != null;
            Header = _decoder.Begin(header, Header);
            _hasHeader = true;
            ReconnectCount += isAgain ? 1 : 0;
            if (header.HeartbeatTimeoutS > 0)
            {
                _call.Requests.SetHeartbeat(header.HeartbeatTimeoutS * HeartbeatShare);
            }
        }

        private async Task ConnectAsync(bool isAgain, CancellationToken cancel)
        {
            lock (_sending)
            {
                if (_closedToken.IsCancellationRequested)
                {
                    throw GrpcStatus.WasCancelled(_channel.Target);
                }
                _call?.Dispose();
                _call = _channel.Begin(_method, CreditOf(new CreditCommand()));
                _call.Requests.SetHeartbeat(FirstHeartbeatS);
                _hasHeader = false;
                _droppedBefore = DroppedCount;
                _thinnedBefore = ThinnedCount;
                _window.Begin();
                _receipts.Begin();
                AddFirst(_call.Requests, isAgain);
            }
            // The stream has no deadline as a whole, its first responses have.
            _call.Wait(isAgain ? _channel.TimeoutS : OpenTimeoutS);
            while (!IsOpen && !IsEnded)
            {
                await TakeNextAsync(cancel).ConfigureAwait(false);
            }
            _call.WaitNoLonger();
            if (Header != null)
            {
                _window.Opened(Header.FrameRateHz);
                _receipts.Opened(Rendition != null);
                if (_receipts.IsDue)
                {
                    Pay();
                }
            }
            Tell(ConnectionState.Open, null);
        }

        private async Task ConnectAgainAsync(RefusalException loss, CancellationToken cancel)
        {
            Tell(ConnectionState.Reconnecting, loss);
            var attempts = new Reconnecting(_channel.PatienceS);
            while (true)
            {
                if (!await WaitAsync(attempts, cancel).ConfigureAwait(false))
                {
                    throw loss;
                }
                try
                {
                    await PrepareAgainAsync(loss, cancel).ConfigureAwait(false);
                    await ConnectAsync(true, cancel).ConfigureAwait(false);
                    return;
                }
                catch (RefusalException error)
                    when (IsWorthRetrying(error, false) && !_closedToken.IsCancellationRequested)
                {
                    loss = error;
                }
            }
        }

        private async Task<bool> WaitAsync(Reconnecting attempts, CancellationToken cancel)
        {
            try
            {
                using (var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, _closedToken))
                {
                    return await attempts.WaitAsync(both.Token).ConfigureAwait(false);
                }
            }
            catch (Exception error) when (
                (error is OperationCanceledException && !cancel.IsCancellationRequested) || error is ObjectDisposedException)
            {
                // Closed meanwhile; some runtimes make nothing of a token whose source is disposed of.
                throw GrpcStatus.WasCancelled(_channel.Target);
            }
        }

        private void Close(RefusalException why)
        {
            Failure = Failure ?? (_isClosed == 0 ? why : null);
            if (Interlocked.Exchange(ref _isClosed, 1) == 0)
            {
                _closed.Cancel();
                _closed.Dispose();
            }
            lock (_sending)
            {
                _call?.Dispose();
            }
            Tell(ConnectionState.Closed, why);
        }

        private void Tell(ConnectionState state, RefusalException why)
        {
            lock (_telling)
            {
                // Whoever hangs up may do so while the reader connects: closed is closed.
                if (Connection == state || Connection == ConnectionState.Closed)
                {
                    return;
                }
                Connection = state;
            }
            ConnectionChanged?.Invoke(state, why);
        }
    }
}
