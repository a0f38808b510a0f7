using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using Ani3d.Messages;

namespace Ani3d
{
    /// <summary>
    /// The publisher of a live session: <see cref="Send"/> poses. Whoever asked for answers must read them. When the
    /// connection is lost, poses are dropped until it is back; a session that the server has forgotten is created again
    /// under the same name.
    /// </summary>
    public sealed class LivePublisher : FrameStream
    {
        // A server or network that takes nothing for so many poses is too slow for them; older ones are worth nothing.
        private const int MaxQueued = 16;
        private const double LastWordsS = 0.5;
        // A server that has never retargeted before compiles its kernels first.
        private const double FirstTimeoutS = 60;
        private readonly RetargetResponse _response = new RetargetResponse();
        private readonly RetargetRequest _request = new RetargetRequest { Pose = new Messages.Pose() };
        private readonly object _posing = new object();
        private readonly GrpcChannel _channel;
        private readonly PublishCommand _publish;
        private RefusalException _failure;
        private Task _listening = Task.CompletedTask;
        private byte[] _payload = Array.Empty<byte>();
        private MappingReport _mapping;
        private bool _hasMapping;

        internal LivePublisher(
            GrpcChannel channel, LiveTicket ticket, PublishCommand publish, FrameDecoder decoder, CreditWindow window)
            : base(channel, GrpcMethod.Retarget, decoder, window)
        {
            _channel = channel;
            _publish = publish;
            Ticket = ticket;
        }

        /// <summary>The session, as it is now; another key where it was created again.</summary>
        public LiveTicket Ticket { get; private set; }

        /// <summary>Which joints the server matched.</summary>
        public MappingReport Mapping => _mapping;

        /// <summary>Poses that the connection could not take.</summary>
        public long UnsentCount { get; private set; }

        /// <summary>Poses that the server refused in this epoch, as it last said; at most one message a second.</summary>
        public long RefusedCount { get; private set; }

        /// <summary>Code of the last refusal of a pose; empty where there was none.</summary>
        public string RefusedCode { get; private set; } = string.Empty;

        /// <summary>Words of the last refusal of a pose.</summary>
        public string RefusedMessage { get; private set; } = string.Empty;

        internal override IStreamResponse Response => _response;

        internal override bool IsOpen => base.IsOpen && _hasMapping;

        internal override double OpenTimeoutS => Math.Max(base.OpenTimeoutS, FirstTimeoutS);

        /// <summary>Sends one pose; it is dropped while there is no connection, or the connection cannot take it.</summary>
        /// <param name="rotations">[K] local rotations of the source's joints.</param>
        /// <param name="rootPosition">of the source's root joint, in its unit and axes.</param>
        /// <param name="captureTimeS">
        /// when it was captured, by any clock that this publisher keeps to, seconds; null for now.
        /// </param>
        /// <param name="discontinuous">whether the motion does not go on from the pose before.</param>
        /// <exception cref="RefusalException">
        /// why the stream ended for good: live-fenced, live-session-not-found where the session is over, and others.
        /// </exception>
        public void Send(Quat[] rotations, Vec3 rootPosition, double? captureTimeS = null, bool discontinuous = false)
        {
            RefuseAfterTheEnd();
            lock (_posing)
            {
                if (Connection != ConnectionState.Open || WaitingCount >= MaxQueued)
                {
                    UnsentCount++;
                    return;
                }
                var count = 12 + 16 * rotations.Length;
                if (_payload.Length != count)
                {
                    _payload = new byte[count];
                }
                SourceSkeleton.Put(_payload, 0, rootPosition);
                for (var k = 0; k < rotations.Length; k++)
                {
                    SourceSkeleton.Put(_payload, 12 + 16 * k, rotations[k]);
                }
                _request.Pose.Payload = new ArraySegment<byte>(_payload);
                _request.Pose.CaptureTimeS = captureTimeS ?? Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
                _request.Pose.Discontinuous = discontinuous;
                Send(_request);
            }
        }

        /// <summary>Closes the stream once all poses were sent.</summary>
        public async Task FinishAsync()
        {
            CompleteRequests();
            await Task.WhenAny(_listening, Task.Delay(TimeSpan.FromSeconds(LastWordsS))).ConfigureAwait(false);
            Dispose();
        }

        /// <summary>Reads what the server says while nobody else does.</summary>
        internal void Listen()
        {
            _listening = ListenAsync();
        }

        internal override void AddFirst(GrpcRequests requests, bool isAgain)
        {
            _hasMapping = false;
            _publish.SessionId = Ticket.SessionId;
            _publish.PublishKey = Ticket.PublishKey;
            if (isAgain && Epoch > 0)
            {
                _publish.ResumeEpoch = (uint)Epoch;
            }
            requests.Add(new RetargetRequest { Publish = _publish });
        }

        internal override IMessage CreditOf(CreditCommand credit)
        {
            return new RetargetRequest { Credit = credit };
        }

        internal override bool IsWorthRetrying(RefusalException refusal, bool wasOpen)
        {
            return Reconnecting.IsPassing(refusal)
                || (!wasOpen && refusal.Code == RefusalCodes.LiveSessionNotFound);
        }

        internal override async Task PrepareAgainAsync(RefusalException loss, CancellationToken cancel)
        {
            if (loss.Code == RefusalCodes.LiveSessionNotFound)
            {
                // The server has begun anew, and its epochs with it.
                Ticket = await LiveClient.CreateAsync(_channel, Ticket.AvatarId, Ticket.SessionId, Ticket.Rigid, cancel)
                    .ConfigureAwait(false);
                ForgetEpoch();
                _publish.ResumeEpoch = 0;
            }
        }

        internal override void TakeOther()
        {
            if (_response.Mapping != null)
            {
                _mapping = new MappingReport(_response.Mapping);
                _hasMapping = true;
            }
            if (_response.Refused != null)
            {
                RefusedCount = (long)_response.Refused.Count;
                RefusedCode = _response.Refused.Code;
                RefusedMessage = _response.Refused.Message;
            }
        }

        private void RefuseAfterTheEnd()
        {
            var failure = Failure ?? _failure;
            if (failure != null)
            {
                throw failure;
            }
            if (Connection == ConnectionState.Ended)
            {
                throw new RefusalException(
                    RefusalCodes.LiveSessionNotFound, $"session {Ticket.SessionId}", "it has ended", "an open session",
                    "Create it again, or stop sending.");
            }
            if (Connection == ConnectionState.Closed)
            {
                throw GrpcStatus.WasCancelled(_channel.Target);
            }
        }

        private async Task ListenAsync()
        {
            var frame = new StreamedFrame();
            try
            {
                while (await ReadAsync(frame, CancellationToken.None).ConfigureAwait(false))
                {
                    // Answers that nobody asked for mean nothing.
                }
            }
            catch (Exception failure)
            {
                // Also what a handler of an event throws: whoever sends next is told.
                _failure = failure as RefusalException ?? new RefusalException(
                    RefusalCodes.ServiceFailed, _channel.Target, failure.Message, "a publisher that listens",
                    "Look at the exception inside.", failure);
            }
        }
    }
}
