using System;
using System.Threading;

namespace Ani3d
{
    /// <summary>A group of frames that a <see cref="GroupCache"/> lends.</summary>
    public sealed class CachedGroup
    {
        internal CachedGroup(int room)
        {
            Room = room;
        }

        /// <summary>Number of its memory within the cache, from 0: what a GPU has of it is found by it.</summary>
        public int Room { get; }

        /// <summary>Number of the clip.</summary>
        public int Clip { get; private set; }

        /// <summary>Number of the group within the clip.</summary>
        public int Number { get; private set; }

        /// <summary>The frames; of use where the cache says that they are ready.</summary>
        public ClipGroup Group { get; } = new ClipGroup();

        /// <summary>How far it is; guarded by the cache's lock, as all below.</summary>
        internal GroupState State { get; set; }

        /// <summary>How many hold it.</summary>
        internal int Holders { get; set; }

        /// <summary>When it was last asked for, counted in requests.</summary>
        internal long LastUse { get; set; }

        /// <summary>Whether the decoder will come to it.</summary>
        internal bool IsQueued { get; set; }

        /// <summary>Why it cannot be had.</summary>
        internal Exception Error { get; set; }

        /// <summary>Ends decoding that nobody waits for; null where it is not being decoded.</summary>
        internal CancellationTokenSource Cancellation { get; set; }

        /// <summary>Makes it a group that is not decoded yet.</summary>
        internal void Become(int clip, int number)
        {
            Clip = clip;
            Number = number;
            Error = null;
            State = GroupState.Waiting;
        }
    }
}
