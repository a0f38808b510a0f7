namespace Ani3d
{
    /// <summary>How the publisher of a live session is doing.</summary>
    public enum SourceState
    {
        /// <summary>Nobody has published yet.</summary>
        Waiting = 1,

        /// <summary>Poses come.</summary>
        Live = 2,

        /// <summary>The publisher hung up, died or froze; the avatar keeps its last pose.</summary>
        Lost = 3,

        /// <summary>The publisher is there and sends no poses: its tool stands still.</summary>
        Idle = 4,
    }
}
