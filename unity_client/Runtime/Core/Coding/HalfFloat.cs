namespace Ani3d
{
    /// <summary>IEEE halves, rounded to the nearest, ties to even. Unity's profile has no such type.</summary>
    internal static class HalfFloat
    {
        private const uint Largest = 0x7BFF;
        private const uint Infinity = 0x7F800000;
        private const int MantissaShift = 13;

        // From here on a float32 rounds to more than the largest half, 65504.
        private const uint TooLarge = 0x477FF000;
        private const uint SmallestNormal = 0x38800000;

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

        /// <summary>
        /// The 16 bits of a value. What no half holds becomes the largest one of its sign, so that nothing turns into
        /// infinity; NaN becomes 0.
        /// </summary>
        public static uint BitsOf(float value)
        {
            var bits = unchecked((uint)Floats.ToBits(value));
            uint sign = (bits >> 16) & 0x8000, size = bits & 0x7FFFFFFF;
            if (size > Infinity)
            {
                return 0;
            }
            if (size >= TooLarge)
            {
                return sign | Largest;
            }
            if (size < SmallestNormal)
            {
                return sign | Subnormal(size);
            }
            // 2^-14 has exponent 1 in a half and 113 in a float32.
            var rebased = size - (112u << 23);
            return sign | (rebased + 0xFFF + ((rebased >> MantissaShift) & 1)) >> MantissaShift;
        }

        /// <summary>Two halves, the first one in the low bits.</summary>
        public static uint Pair(float low, float high)
        {
            return BitsOf(low) | BitsOf(high) << 16;
        }

        // Whole steps of 2^-24.
        private static uint Subnormal(uint size)
        {
            var exponent = (int)(size >> 23);
            if (exponent < 102)
            {
                return 0;
            }
            var mantissa = (size & 0x7FFFFF) | 0x800000;
            var shift = 126 - exponent;
            var kept = mantissa >> shift;
            uint rest = mantissa & ((1u << shift) - 1), half = 1u << (shift - 1);
            return rest > half || (rest == half && (kept & 1) == 1) ? kept + 1 : kept;
        }
    }
}
