using System;

namespace Ani3d.Tests
{
    /// <summary>Numbers in the buffers of the GPU, read by the words of shaders/README.md and by nothing of the client.</summary>
    internal static class Bits
    {
        /// <summary>A float32.</summary>
        public static double Float(uint word)
        {
            return BitConverter.ToSingle(BitConverter.GetBytes(word), 0);
        }

        /// <summary>Half number 0 or 1 of a uint.</summary>
        public static double Half(uint word, int number)
        {
            var bits = (int)(word >> (16 * number)) & 0xFFFF;
            int exponent = bits >> 10 & 31, fraction = bits & 1023;
            var size = exponent == 0 ? fraction * Math.Pow(2, -24) : (1 + fraction / 1024.0) * Math.Pow(2, exponent - 15);
            return bits < 0x8000 ? size : -size;
        }

        /// <summary>16 bits of a uint as 0 to 1.</summary>
        public static double Unorm(uint word, int number)
        {
            return (word >> (16 * number) & 0xFFFF) / 65535.0;
        }

        /// <summary>16 bits of a uint as -1 to 1.</summary>
        public static double Snorm(uint word, int number)
        {
            return unchecked((short)(word >> (16 * number))) / 32767.0;
        }

        /// <summary>Signed bytes of a uint.</summary>
        public static int Signed(uint word, int number)
        {
            return unchecked((sbyte)(word >> (8 * number)));
        }

        /// <summary>So many bits of a uint from one on.</summary>
        public static int Field(uint word, int first, int count)
        {
            return (int)(word >> first & ((1u << count) - 1));
        }
    }
}
