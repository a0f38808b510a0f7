using System;

namespace Ani3d
{
    /// <summary>
    /// The frames of a clip that are coded together. One that a <see cref="GroupCache"/> lends may hold other frames once it
    /// was given back.
    /// </summary>
    public sealed class ClipGroup
    {
        private const int Channels = 4;
        private readonly PoseGroup _pose = new PoseGroup();
        private readonly NodeMotion _nodes = new NodeMotion();
        private readonly DetailMotion[] _detail = new DetailMotion[Channels];

        /// <summary>Creates room for a group.</summary>
        internal ClipGroup()
        {
        }

        /// <summary>Its first frame within the clip.</summary>
        public int FirstFrame { get; internal set; }

        /// <summary>F.</summary>
        public int FrameCount { get; internal set; }

        /// <summary>Root and joints.</summary>
        public PoseGroup Pose => _pose;

        /// <summary>Motion of nodes; null where the clip has no residual layer, or the model no nodes.</summary>
        public NodeMotion Nodes { get; private set; }

        /// <summary>One for each <see cref="DetailChannel"/>, null where all of it is zero.</summary>
        public DetailMotion[] Detail { get; } = new DetailMotion[Channels];

        /// <summary>
        /// Another number for each content that this room was given: what was copied of an older one, such as a buffer on the
        /// GPU, is to be copied again. 0 before the first one.
        /// </summary>
        public long Version { get; private set; }

        /// <summary>Leaves nothing of what was here.</summary>
        internal void Begin(int firstFrame, int frameCount)
        {
            FirstFrame = firstFrame;
            FrameCount = frameCount;
            Nodes = null;
            Array.Clear(Detail, 0, Channels);
            Version++;
        }

        /// <summary>Room for the motion of nodes, which this group has then.</summary>
        internal NodeMotion WithNodes()
        {
            return Nodes = _nodes;
        }

        /// <summary>Room for a channel, which this group has then.</summary>
        internal DetailMotion WithDetail(DetailChannel channel)
        {
            return Detail[(int)channel] = _detail[(int)channel] ??= new DetailMotion(channel);
        }
    }
}
