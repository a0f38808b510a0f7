namespace Ani3d
{
    /// <summary>A session that this client created, with the key to publish to it.</summary>
    public sealed class LiveTicket
    {
        /// <summary>Names a session whose key is known.</summary>
        /// <param name="avatarId">of its avatar.</param>
        /// <param name="sessionId">what subscribers name.</param>
        /// <param name="publishKey">whoever holds it may publish and end the session.</param>
        public LiveTicket(string avatarId, string sessionId, string publishKey)
            : this(avatarId, sessionId, publishKey, 0, false, false)
        {
        }

        internal LiveTicket(
            string avatarId, string sessionId, string publishKey, double abandonedAfterS, bool driven, bool rigid)
        {
            AvatarId = avatarId;
            SessionId = sessionId;
            PublishKey = publishKey;
            AbandonedAfterS = abandonedAfterS;
            Driven = driven;
            Rigid = rigid;
        }

        /// <summary>The avatar.</summary>
        public string AvatarId { get; }

        /// <summary>What subscribers name.</summary>
        public string SessionId { get; }

        /// <summary>Whoever holds it may publish and end the session.</summary>
        public string PublishKey { get; }

        /// <summary>The session ends when it has had no publisher for this long, seconds; 0 where that is not known.</summary>
        public double AbandonedAfterS { get; }

        /// <summary>Whether a driver moves cloth and hair.</summary>
        public bool Driven { get; }

        /// <summary>Whether the rigid layer was asked for.</summary>
        internal bool Rigid { get; }
    }
}
