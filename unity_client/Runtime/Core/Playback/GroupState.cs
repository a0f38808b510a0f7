namespace Ani3d
{
    /// <summary>How far a group of a cache is.</summary>
    internal enum GroupState
    {
        /// <summary>It holds nothing, and nobody looks for it.</summary>
        Empty,

        /// <summary>It is to be decoded.</summary>
        Waiting,

        /// <summary>It is being decoded.</summary>
        Decoding,

        /// <summary>It is there.</summary>
        Ready,

        /// <summary>It cannot be had.</summary>
        Refused,
    }
}
