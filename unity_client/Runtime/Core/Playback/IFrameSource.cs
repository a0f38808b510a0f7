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
        /// Frame i, 0 ≤ i &lt; T; what is not at hand yet is waited for. It must not be changed, and holds until six other
        /// frames have been asked for.
        /// </summary>
        AvatarFrame Frame(int i);

        /// <summary>
        /// Asks for frames in advance, and gives up what was asked for before and is not shown. It does not wait.
        /// </summary>
        /// <param name="first">of four frames, which are counted on where a clip loops, and cut to its ends elsewhere.</param>
        /// <param name="ahead">the first of four frames that will be needed then.</param>
        /// <param name="aheadIsReady">whether those would not be waited for: they are at hand, or refused.</param>
        /// <returns>Whether the four frames are at hand.</returns>
        /// <exception cref="RefusalException">one of the four is refused.</exception>
        bool Prepare(long first, long ahead, out bool aheadIsReady);
    }
}
