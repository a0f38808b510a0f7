namespace Ani3d.Messages
{
    /// <summary>Fields 1 to 8 of every streaming response mean the same.</summary>
    internal interface IStreamResponse : IMessage
    {
        /// <summary>Of a clip, seeks so far; of a live session, the publisher's.</summary>
        uint EpochNumber { get; }

        /// <summary>Frames dropped so far because the client had no credit.</summary>
        ulong Dropped { get; }

        /// <summary>The server's clock when it was sent.</summary>
        double SentS { get; }

        /// <summary>Once, first; null otherwise.</summary>
        Header StreamHeader { get; }

        /// <summary>In the order they are shown.</summary>
        MessageList<Frame> StreamFrames { get; }

        /// <summary>Whether nothing more comes unless it is asked for.</summary>
        bool IsEnd { get; }
    }

    internal sealed partial class PlayResponse : IStreamResponse
    {
        uint IStreamResponse.EpochNumber => Epoch;

        ulong IStreamResponse.Dropped => DroppedCount;

        double IStreamResponse.SentS => ServerTimeS;

        Header IStreamResponse.StreamHeader => Header;

        MessageList<Frame> IStreamResponse.StreamFrames => Frames;

        bool IStreamResponse.IsEnd => Ended != null;
    }

    internal sealed partial class SubscribeResponse : IStreamResponse
    {
        uint IStreamResponse.EpochNumber => Epoch;

        ulong IStreamResponse.Dropped => DroppedCount;

        double IStreamResponse.SentS => ServerTimeS;

        Header IStreamResponse.StreamHeader => Header;

        MessageList<Frame> IStreamResponse.StreamFrames => Frames;

        bool IStreamResponse.IsEnd => Ended != null;
    }

    internal sealed partial class RetargetResponse : IStreamResponse
    {
        uint IStreamResponse.EpochNumber => Epoch;

        ulong IStreamResponse.Dropped => DroppedCount;

        double IStreamResponse.SentS => ServerTimeS;

        Header IStreamResponse.StreamHeader => Header;

        MessageList<Frame> IStreamResponse.StreamFrames => Frames;

        bool IStreamResponse.IsEnd => Ended != null;
    }
}
