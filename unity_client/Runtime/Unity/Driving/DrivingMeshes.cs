namespace Ani3d
{
    /// <summary>What becomes of the meshes of a character that leads an avatar.</summary>
    public enum DrivingMeshes
    {
        /// <summary>They stay as they are.</summary>
        Shown,

        /// <summary>They are not seen, and cast the avatar's shadow.</summary>
        ShadowsOnly,

        /// <summary>They are not drawn at all.</summary>
        Hidden,
    }
}
