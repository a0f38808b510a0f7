namespace Ani3d
{
    /// <summary>What frames of a stream hold.</summary>
    public enum FrameForm
    {
        /// <summary>Pose and node motion, evaluated with the avatar's package.</summary>
        Light = 1,

        /// <summary>Posed Gaussians.</summary>
        Full = 2,
    }
}
