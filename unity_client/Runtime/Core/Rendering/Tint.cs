using System;

namespace Ani3d
{
    /// <summary>What light an avatar is shown in: factors of linear light, as kernel View takes them.</summary>
    public static class Tint
    {
        private const double Most = 64;

        /// <summary>The factors of a tint, an exposure and light from all sides.</summary>
        /// <param name="tint">a colour as displayed, 1 1 1 for none.</param>
        /// <param name="exposure">in stops; 1 doubles the light.</param>
        /// <param name="light">linear; 1 1 1 is the light that the avatar was captured in.</param>
        /// <returns>Each 0 to 64. NaN becomes 1.</returns>
        public static Vec3 Factors(Vec3 tint, double exposure, Vec3 light)
        {
            var stops = Math.Pow(2, exposure);
            return new Vec3(
                Factor(LinearOf(tint.X) * stops * light.X), Factor(LinearOf(tint.Y) * stops * light.Y),
                Factor(LinearOf(tint.Z) * stops * light.Z));
        }

        private static double Factor(double light)
        {
            return double.IsNaN(light) ? 1 : Math.Min(Math.Max(light, 0), Most);
        }

        // The curve of sRGB.
        private static double LinearOf(double shown)
        {
            return shown <= 0.04045 ? shown / 12.92 : Math.Pow((shown + 0.055) / 1.055, 2.4);
        }
    }
}
