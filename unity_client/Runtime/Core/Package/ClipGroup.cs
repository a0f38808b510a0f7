namespace Ani3d
{
    /// <summary>The frames of a clip that are coded together.</summary>
    public sealed class ClipGroup
    {
        internal ClipGroup(int firstFrame, int frameCount, PoseGroup pose, NodeMotion nodes, DetailMotion[] detail)
        {
            FirstFrame = firstFrame;
            FrameCount = frameCount;
            Pose = pose;
            Nodes = nodes;
            Detail = detail;
        }

        /// <summary>Its first frame within the clip.</summary>
        public int FirstFrame { get; }

        /// <summary>F.</summary>
        public int FrameCount { get; }

        /// <summary>Root and joints.</summary>
        public PoseGroup Pose { get; }

        /// <summary>Motion of nodes; null where the clip has no residual layer, or the model no nodes.</summary>
        public NodeMotion Nodes { get; }

        /// <summary>One for each <see cref="DetailChannel"/>, null where all of it is zero.</summary>
        public DetailMotion[] Detail { get; }
    }
}
