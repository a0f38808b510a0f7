namespace Ani3d
{
    /// <summary>The stored frames of a clip.</summary>
    public interface IFrameSource
    {
        /// <summary>T.</summary>
        int FrameCount { get; }

        /// <summary>Frame i, 0 ≤ i &lt; T. It must not be changed.</summary>
        AvatarFrame Frame(int i);
    }
}
