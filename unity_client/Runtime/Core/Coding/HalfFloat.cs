namespace Ani3d
{
    /// <summary>Floats of half precision.</summary>
    internal static class HalfFloat
    {
        /// <summary>The value of 16 bits.</summary>
        public static float ToFloat32(int bits)
        {
            int sign = (bits & 0x8000) << 16, exponent = bits >> 10 & 0x1F, fraction = bits & 0x3FF;
            if (exponent == 0)
            {
                // Of a subnormal number the fraction counts steps of 2^-24.
                var small = fraction / 16777216f;
                return sign == 0 ? small : -small;
            }
            var widened = exponent == 0x1F ? 0xFF : exponent + 112;
            return Floats.FromBits(sign | widened << 23 | fraction << 13);
        }
    }
}
