using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>What the manifest says about a clip.</summary>
    public sealed class ClipInfo
    {
        internal ClipInfo()
        {
        }

        /// <summary>Its name, unique in the package.</summary>
        public string Name { get; internal set; }

        /// <summary>Frames a second, Hz.</summary>
        public double Fps { get; internal set; }

        /// <summary>T, its frames.</summary>
        public int FrameCount { get; internal set; }

        /// <summary>Whether cloth and hair move.</summary>
        public bool HasResidual { get; internal set; }

        /// <summary>Whether frame T is frame 0 again.</summary>
        public bool Loops { get; internal set; }

        /// <summary>Whether a player leaves the root's way over the ground out unless it is asked for it.</summary>
        public bool InPlace { get; internal set; }

        /// <summary>What the root's path of a looping clip goes on by in a period; null where it comes back.</summary>
        public Travel Travel { get; internal set; }

        /// <summary>Named times, in their order.</summary>
        public IReadOnlyList<Marker> Markers { get; internal set; } = Array.Empty<Marker>();

        /// <summary>Seconds from the first frame to the last, or of a looping clip to the first again.</summary>
        public double DurationS => (Loops ? FrameCount : FrameCount - 1) / Fps;
    }
}
