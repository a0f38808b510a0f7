namespace Ani3d
{
    /// <summary>The rigid motion over the ground that the root of a looping clip goes on by in a period.</summary>
    public sealed class Travel
    {
        internal Travel(Vec3 translationM, double headingRad)
        {
            TranslationM = translationM;
            HeadingRad = headingRad;
        }

        /// <summary>d, metres.</summary>
        public Vec3 TranslationM { get; }

        /// <summary>Turn about +Y, radians.</summary>
        public double HeadingRad { get; }
    }
}
