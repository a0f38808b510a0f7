namespace Ani3d
{
    /// <summary>Where poses come from that were never baked: a capture, a game's animation, a network.</summary>
    public interface IPoseSource
    {
        /// <summary>Writes the newest pose, where there is one that was not given yet.</summary>
        /// <param name="pose">root translation and joint rotations are to be written; nothing else.</param>
        /// <param name="timeS">when it was, seconds on the source's own clock.</param>
        /// <param name="isDiscontinuous">whether the motion does not go on from the pose before.</param>
        /// <returns>Whether there is one.</returns>
        bool TryRead(AvatarFrame pose, out double timeS, out bool isDiscontinuous);
    }
}
