namespace Ani3d
{
    /// <summary>The stored frames of a clip.</summary>
    public interface IFrameSource
    {
        /// <summary>T.</summary>
        int FrameCount { get; }

        /// <summary>J.</summary>
        int JointCount { get; }

        /// <summary>M.</summary>
        int NodeCount { get; }

        /// <summary>
        /// Frame i, 0 ≤ i &lt; T. It must not be changed, and holds until six other frames have been asked for.
        /// </summary>
        AvatarFrame Frame(int i);
    }
}
