namespace Ani3d
{
    /// <summary>
    /// What is to be worked out into one slot of the buffer <i>detail</i>: one frame of one clip. It is worked out again
    /// when <see cref="Version"/> is another one than it was made of.
    /// </summary>
    public sealed class DetailSlot
    {
        internal DetailSlot(int mostFrames)
        {
            Cosines = new float[mostFrames];
        }

        /// <summary>Changes with the content; 0 while there is none.</summary>
        public long Version { get; private set; }

        /// <summary>Number of the clip.</summary>
        public int Clip { get; private set; }

        /// <summary>Number of the frame within the clip.</summary>
        public int Frame { get; private set; }

        /// <summary>
        /// The group that the frame is in. It is held until the next frame is made; its buffers are those of
        /// <see cref="PlayableAvatar.DetailOf"/>.
        /// </summary>
        public CachedGroup Group { get; private set; }

        /// <summary>[F] C_f(t) of the frame; F is <see cref="ClipGroup.FrameCount"/>, and the array may be longer.</summary>
        public float[] Cosines { get; }

        /// <summary>Whether this is what it holds.</summary>
        internal bool Holds(int clip, int frame)
        {
            return Version > 0 && Clip == clip && Frame == frame;
        }

        /// <summary>Takes a frame, or another place of the memory that the same one is in.</summary>
        internal void Take(CachedGroup group, int clip, int frame)
        {
            var isNew = !Holds(clip, frame);
            Group = group;
            if (!isNew)
            {
                return;
            }
            Clip = clip;
            Frame = frame;
            Version++;
            var frames = group.Group.FrameCount;
            var cosines = CosineTable.Of(frames);
            for (var f = 0; f < frames; f++)
            {
                Cosines[f] = (float)cosines[f, frame - group.Group.FirstFrame];
            }
        }
    }
}
