using System;
using System.Collections.Generic;
using System.Linq;

namespace Ani3d
{
    /// <summary>One motion of an avatar on a server.</summary>
    public sealed class ClipListing
    {
        internal ClipListing(Messages.ClipSummary summary)
        {
            Name = summary.Name;
            Fps = summary.Fps;
            FrameCount = (int)Math.Min(summary.FrameCount, int.MaxValue);
            DurationS = summary.DurationS;
            Loops = summary.Loops;
            InPlace = summary.InPlace;
        }

        /// <summary>Its name.</summary>
        public string Name { get; }

        /// <summary>Frames per second.</summary>
        public double Fps { get; }

        /// <summary>Frames.</summary>
        public int FrameCount { get; }

        /// <summary>Seconds from the first frame to the last; a looping clip starts over 1 / Fps later.</summary>
        public double DurationS { get; }

        /// <summary>Whether it is made to be looped.</summary>
        public bool Loops { get; }

        /// <summary>Whether players leave the root's way over the ground out, unless they are asked for it.</summary>
        public bool InPlace { get; }

        internal static IReadOnlyList<ClipListing> Of(Messages.MessageList<Messages.ClipSummary> summaries)
        {
            return Enumerable.Range(0, summaries.Count).Select(i => new ClipListing(summaries[i])).ToArray();
        }
    }
}
