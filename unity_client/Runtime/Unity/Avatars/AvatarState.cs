namespace Ani3d
{
    /// <summary>How far an avatar is.</summary>
    public enum AvatarState
    {
        /// <summary>It has no source.</summary>
        Empty,

        /// <summary>Its package is being opened.</summary>
        Loading,

        /// <summary>It can be shown.</summary>
        Ready,

        /// <summary>It was refused; <c>Refusal</c> says why.</summary>
        Refused,
    }
}
