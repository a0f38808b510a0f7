namespace Ani3d
{
    /// <summary>
    /// A frame of a stream. The same one may be given to be read into again and again: nothing is allocated then, once its
    /// arrays have the size of the avatar.
    /// </summary>
    public sealed class StreamedFrame
    {
        /// <summary>Pose and node motion; null in a stream of full frames.</summary>
        public AvatarFrame Light { get; internal set; }

        /// <summary>Posed Gaussians; null in a stream of light frames.</summary>
        public FullFrame Full { get; internal set; }

        /// <summary>
        /// Media time, seconds; in a live session since it was created, by the server's clock, when the pose was captured.
        /// </summary>
        public double TimeS { get; internal set; }

        /// <summary>Nearest baked frame of the clip; in a live session the number of the pose.</summary>
        public long FrameIndex { get; internal set; }

        /// <summary>In a live session: when the pose was captured, by the publisher's clock, seconds.</summary>
        public double CaptureTimeS { get; internal set; }

        /// <summary>When the server sent it, wall clock of the server, seconds since 1970.</summary>
        public double SentTimeS { get; internal set; }

        /// <summary>Counts seeks of a clip; in a live session it is the publisher's epoch.</summary>
        public long Epoch { get; internal set; }
    }
}
