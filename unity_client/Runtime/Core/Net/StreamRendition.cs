using System;

namespace Ani3d
{
    /// <summary>What of a stream is sent, by what the link carries; see frames.proto.</summary>
    public sealed class StreamRendition
    {
        internal StreamRendition(Messages.Rendition rendition)
        {
            IsInSteps = rendition.Codec == Messages.FrameCodec.Steps;
            WithDetail = rendition.WithDetail;
            Every = (int)Math.Min(Math.Max(rendition.Every, 1), int.MaxValue);
            LinkBytesPerS = (long)Math.Min(rendition.LinkBytesPerS, long.MaxValue);
        }

        /// <summary>Whether light frames come in whole steps.</summary>
        public bool IsInSteps { get; }

        /// <summary>Whether light frames have per-Gaussian detail.</summary>
        public bool WithDetail { get; }

        /// <summary>One frame of so many is sent.</summary>
        public int Every { get; }

        /// <summary>What the link carries; 0 while it carries all that was asked for.</summary>
        public long LinkBytesPerS { get; }
    }
}
