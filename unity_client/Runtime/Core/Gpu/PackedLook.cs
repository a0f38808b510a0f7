using System;

namespace Ani3d
{
    /// <summary>
    /// How the n Gaussians of the levels 0 to k look, as the GPU reads it: the buffer <i>looks</i> of shaders/README.md.
    /// </summary>
    public sealed class PackedLook
    {
        /// <summary>Uints of a Gaussian.</summary>
        public const int UintsEach = 8;

        private const double Unorm16 = 65535;

        private PackedLook(int level, int count)
        {
            Level = level;
            Count = count;
            Words = new uint[UintsEach * count];
        }

        /// <summary>k.</summary>
        public int Level { get; }

        /// <summary>n.</summary>
        public int Count { get; }

        /// <summary>[n, 8], 32 bytes a Gaussian.</summary>
        public uint[] Words { get; }

        /// <summary>Packs a look.</summary>
        /// <param name="level">k.</param>
        /// <param name="look">of this level.</param>
        public static PackedLook Of(int level, LevelAppearance look)
        {
            var packed = new PackedLook(level, look.Count);
            for (int i = 0, at = 0; i < look.Count; i++, at += UintsEach)
            {
                for (var axis = 0; axis < 3; axis++)
                {
                    packed.Words[at + axis] = Bits(look.DisplacementsM[3 * i + axis]);
                    packed.Words[at + 4 + axis] = Bits(look.LogScaleChanges[3 * i + axis]);
                }
                var opacity = (uint)Math.Round(Math.Min(Math.Max(look.Opacities[i], 0), 1) * Unorm16);
                packed.Words[at + 3] = opacity | HalfFloat.BitsOf(look.ColourChanges[3 * i + 2]) << 16;
                packed.Words[at + 7] = HalfFloat.Pair(look.ColourChanges[3 * i], look.ColourChanges[3 * i + 1]);
            }
            return packed;
        }

        private static uint Bits(float value)
        {
            return unchecked((uint)Floats.ToBits(value));
        }
    }
}
