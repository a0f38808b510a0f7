namespace Ani3d
{
    /// <summary>Whether clips begin again at their end.</summary>
    public enum AvatarLoop
    {
        /// <summary>As each clip is meant.</summary>
        AsClip,

        /// <summary>All of them.</summary>
        Always,

        /// <summary>None of them.</summary>
        Never,
    }
}
