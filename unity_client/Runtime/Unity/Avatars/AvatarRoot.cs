namespace Ani3d
{
    /// <summary>What becomes of the root's way over the ground.</summary>
    public enum AvatarRoot
    {
        /// <summary>As each clip is meant.</summary>
        AsClip,

        /// <summary>The avatar goes away from its object.</summary>
        World,

        /// <summary>It stays above its object; it turns and bobs.</summary>
        InPlace,

        /// <summary>The object goes along: each step is added to its Transform while playing.</summary>
        MovesObject,

        /// <summary>The avatar stays above its object; a controller reads <c>RootStep</c> and moves the object.</summary>
        StepsOnly,
    }
}
