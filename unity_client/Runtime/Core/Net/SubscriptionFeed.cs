using System;
using System.Threading.Tasks;

namespace Ani3d
{
    /// <summary>The feed of a subscription, which it owns.</summary>
    public sealed class SubscriptionFeed : ILiveFeed
    {
        private readonly LiveSubscription _subscription;
        private readonly FrameInbox _inbox;

        /// <summary>Begins to read a subscription.</summary>
        public SubscriptionFeed(LiveSubscription subscription)
        {
            _subscription = subscription ?? throw new ArgumentNullException(nameof(subscription));
            _subscription.ConnectionChanged += (state, why) => ConnectionChanged?.Invoke(state, why);
            _subscription.SourceChanged += state => SourceChanged?.Invoke(state);
            _inbox = new FrameInbox(subscription);
        }

        /// <inheritdoc/>
        public event Action<ConnectionState, RefusalException> ConnectionChanged;

        /// <inheritdoc/>
        public event Action<SourceState> SourceChanged;

        /// <inheritdoc/>
        public SourceState Source => _subscription.Source;

        /// <inheritdoc/>
        public Task Completion => _inbox.Completion;

        /// <inheritdoc/>
        public bool TryTake(ref StreamedFrame frame)
        {
            return _inbox.TryTake(ref frame);
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            _inbox.Dispose();
        }
    }
}
