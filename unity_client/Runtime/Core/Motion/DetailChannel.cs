namespace Ani3d
{
    /// <summary>What detail changes of a Gaussian.</summary>
    public enum DetailChannel
    {
        /// <summary>Its position, metres.</summary>
        Position,

        /// <summary>Its rotation: a rotation vector on the left, radians.</summary>
        Rotation,

        /// <summary>The logarithms of its scales.</summary>
        Scale,

        /// <summary>Its degree-0 harmonics.</summary>
        Colour,
    }
}
