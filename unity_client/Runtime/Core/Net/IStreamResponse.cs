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

        /// <summary>How frames are sent from this response on; null where nothing changes.</summary>
        Rendition NewRendition { get; }

        /// <summary>Frames left out so far because the link would not carry them.</summary>
        ulong Thinned { get; }

        /// <summary>Whether there is padding, by which the server measures the link.</summary>
        bool IsProbe { get; }
    }

    internal sealed partial class PlayResponse : IStreamResponse
    {
        uint IStreamResponse.EpochNumber => Epoch;

        ulong IStreamResponse.Dropped => DroppedCount;

        double IStreamResponse.SentS => ServerTimeS;

        Header IStreamResponse.StreamHeader => Header;

        MessageList<Frame> IStreamResponse.StreamFrames => Frames;

        bool IStreamResponse.IsEnd => Ended != null;

        Rendition IStreamResponse.NewRendition => Rendition;

        ulong IStreamResponse.Thinned => ThinnedCount;

        bool IStreamResponse.IsProbe => Padding.Count > 0;
    }

    internal sealed partial class SubscribeResponse : IStreamResponse
    {
        uint IStreamResponse.EpochNumber => Epoch;

        ulong IStreamResponse.Dropped => DroppedCount;

        double IStreamResponse.SentS => ServerTimeS;

        Header IStreamResponse.StreamHeader => Header;

        MessageList<Frame> IStreamResponse.StreamFrames => Frames;

        bool IStreamResponse.IsEnd => Ended != null;

        Rendition IStreamResponse.NewRendition => Rendition;

        ulong IStreamResponse.Thinned => ThinnedCount;

        bool IStreamResponse.IsProbe => Padding.Count > 0;
    }

    internal sealed partial class RetargetResponse : IStreamResponse
    {
        uint IStreamResponse.EpochNumber => Epoch;

        ulong IStreamResponse.Dropped => DroppedCount;

        double IStreamResponse.SentS => ServerTimeS;

        Header IStreamResponse.StreamHeader => Header;

        MessageList<Frame> IStreamResponse.StreamFrames => Frames;

        bool IStreamResponse.IsEnd => Ended != null;

        // Answers are never thinned.
        Rendition IStreamResponse.NewRendition => null;

        ulong IStreamResponse.Thinned => 0;

        bool IStreamResponse.IsProbe => false;
    }
}
