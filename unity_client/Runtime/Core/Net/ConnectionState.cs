namespace Ani3d
{
    /// <summary>How a stream's connection is doing.</summary>
    public enum ConnectionState
    {
        /// <summary>The first connection is being made.</summary>
        Connecting,

        /// <summary>Frames come.</summary>
        Open,

        /// <summary>The connection was lost, and is being made anew.</summary>
        Reconnecting,

        /// <summary>The clip or the live session is over; a clip goes on after a seek.</summary>
        Ended,

        /// <summary>The stream was closed, or failed for good.</summary>
        Closed,
    }
}
