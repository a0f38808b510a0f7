using System;
using Ani3d.Messages;

namespace Ani3d
{
    /// <summary>
    /// A live session being watched: frames come as they are made, until the session ends. When the connection is lost,
    /// it goes on with the session's latest frame; where the server has begun anew, once the publisher has opened the
    /// session again.
    /// </summary>
    public sealed class LiveSubscription : FrameStream
    {
        private readonly SubscribeResponse _response = new SubscribeResponse();
        private readonly SubscribeCommand _subscribe;

        internal LiveSubscription(GrpcChannel channel, SubscribeCommand subscribe, FrameDecoder decoder, CreditWindow window)
            : base(channel, GrpcMethod.Subscribe, decoder, window)
        {
            _subscribe = subscribe;
        }

        /// <summary>Raised with the state of the publisher at first, and whenever it changes, on the thread that reads.</summary>
        public event Action<SourceState> SourceChanged;

        /// <summary>How the publisher is doing, as the server last said.</summary>
        public SourceState Source { get; private set; } = SourceState.Waiting;

        internal override IStreamResponse Response => _response;

        internal static SourceState StateOf(Messages.SourceState state)
        {
            return state < Messages.SourceState.Waiting || state > Messages.SourceState.Idle
                ? SourceState.Waiting : (SourceState)state;
        }

        internal override void AddFirst(GrpcRequests requests, bool isAgain)
        {
            requests.Add(new SubscribeRequest { Subscribe = _subscribe });
        }

        internal override IMessage CreditOf(CreditCommand credit)
        {
            return new SubscribeRequest { Credit = credit };
        }

        internal override bool IsWorthRetrying(RefusalException refusal, bool wasOpen)
        {
            // A subscriber may be back before the publisher that opens the session again.
            return Reconnecting.IsPassing(refusal)
                || (!wasOpen && refusal.Code == RefusalCodes.LiveSessionNotFound);
        }

        internal override void TakeOther()
        {
            if (_response.Source != null)
            {
                Source = StateOf(_response.Source.State);
                SourceChanged?.Invoke(Source);
            }
        }
    }
}
