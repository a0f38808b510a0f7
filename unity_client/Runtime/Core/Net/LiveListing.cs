namespace Ani3d
{
    /// <summary>One live session on a server.</summary>
    public sealed class LiveListing
    {
        internal LiveListing(Messages.SessionSummary summary)
        {
            SessionId = summary.SessionId;
            AvatarId = summary.AvatarId;
            Source = LiveSubscription.StateOf(summary.Source);
            Epoch = summary.Epoch;
            SubscriberCount = summary.SubscriberCount;
            FrameCount = (long)summary.FrameCount;
            Driven = summary.Driven;
        }

        /// <summary>What subscribers name.</summary>
        public string SessionId { get; }

        /// <summary>Its avatar.</summary>
        public string AvatarId { get; }

        /// <summary>How its publisher is doing.</summary>
        public SourceState Source { get; }

        /// <summary>Of its last publisher; 0 where there was none.</summary>
        public long Epoch { get; }

        /// <summary>Subscribers now.</summary>
        public long SubscriberCount { get; }

        /// <summary>Poses that became frames.</summary>
        public long FrameCount { get; }

        /// <summary>Whether a driver moves cloth and hair.</summary>
        public bool Driven { get; }
    }
}
