using System;
using System.Runtime.InteropServices;

namespace Ani3d
{
    /// <summary>Bits of floats, without unsafe code and without allocation.</summary>
    internal static class Floats
    {
        /// <summary>The float32 of 32 bits.</summary>
        public static float FromBits(int bits)
        {
            return new Union { Bits = bits }.Value;
        }

        /// <summary>The bits of a float32.</summary>
        public static int ToBits(float value)
        {
            return new Union { Value = value }.Bits;
        }

        /// <summary>Whether a value is neither NaN nor infinite.</summary>
        public static bool IsFinite(float value)
        {
            return (ToBits(value) & 0x7F800000) != 0x7F800000;
        }

        /// <summary>The place of a float in the order of floats.</summary>
        public static int PlaceOf(float value)
        {
            var bits = ToBits(value);
            return bits < 0 ? bits ^ int.MaxValue : bits;
        }

        /// <summary>The float at a place in the order of floats.</summary>
        public static float AtPlace(int place)
        {
            return FromBits(place < 0 ? place ^ int.MaxValue : place);
        }

        /// <summary>Float32 from little-endian bytes.</summary>
        public static float[] FromLittleEndian(ArraySegment<byte> bytes)
        {
            var values = new float[bytes.Count / 4];
            for (int i = 0, at = bytes.Offset; i < values.Length; i++, at += 4)
            {
                var array = bytes.Array;
                values[i] = FromBits(array[at] | array[at + 1] << 8 | array[at + 2] << 16 | array[at + 3] << 24);
            }
            return values;
        }

        [StructLayout(LayoutKind.Explicit)]
        private struct Union
        {
            [FieldOffset(0)]
            public int Bits;

            [FieldOffset(0)]
            public float Value;
        }
    }
}
