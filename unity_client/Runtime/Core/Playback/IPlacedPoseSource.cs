namespace Ani3d
{
    /// <summary>
    /// A source of poses of an avatar that is moved about by something else, such as a character controller: poses are given in
    /// a space that stands still, so that cloth and hair swing with all of the movement, and are shown in the space that moves.
    /// </summary>
    public interface IPlacedPoseSource : IPoseSource
    {
        /// <summary>From the space of the pose that was read last to the avatar's own, in which it is shown; metres.</summary>
        RigidTransform ToShown { get; }
    }
}
