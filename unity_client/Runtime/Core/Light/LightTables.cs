namespace Ani3d
{
    /// <summary>The symbol tables of light frames, which follow from the numbers of SPEC.md, "Light frames".</summary>
    internal static class LightTables
    {
        private const int Total = 1 << FormatConstants.Rans.ProbabilityBits;
        private const int Symbols = FormatConstants.Light.Escape + 1;
        private const int FirstShare = 65536;

        /// <summary>
        /// For each slot of each table: symbol in the low 8 bits, slot - start above, frequency in the highest 16.
        /// </summary>
        public static readonly ulong[][] Coded = MakeCoded();

        /// <summary>The table of digits.</summary>
        public static readonly ulong[] Uniform = MakeUniform();

        private static ulong[][] MakeCoded()
        {
            var tables = new ulong[FormatConstants.Light.ZeroShares.Count][];
            for (var table = 0; table < tables.Length; table++)
            {
                tables[table] = SlotsOf(
                    Frequencies(FormatConstants.Light.ZeroShares[table], FormatConstants.Light.Ratios[table]));
            }
            return tables;
        }

        private static int[] Frequencies(int zero, int ratio)
        {
            var shares = new long[Symbols + 1];
            shares[1] = shares[2] = FirstShare;
            for (var m = 1; 2 * m + 1 < Symbols; m++)
            {
                shares[2 * m + 1] = shares[2 * m + 2] = shares[2 * m] * ratio / 256;
            }
            long sum = 0;
            for (var symbol = 1; symbol < Symbols; symbol++)
            {
                sum += shares[symbol];
            }
            var frequencies = new int[Symbols];
            var left = Total;
            for (var symbol = 1; symbol < Symbols; symbol++)
            {
                frequencies[symbol] = 1 + (int)((Total - FormatConstants.Light.Escape - zero) * shares[symbol] / sum);
                left -= frequencies[symbol];
            }
            frequencies[0] = left;
            return frequencies;
        }

        private static ulong[] MakeUniform()
        {
            var frequencies = new int[256];
            for (var symbol = 0; symbol < frequencies.Length; symbol++)
            {
                frequencies[symbol] = FormatConstants.Light.UniformFrequency;
            }
            return SlotsOf(frequencies);
        }

        private static ulong[] SlotsOf(int[] frequencies)
        {
            var slots = new ulong[Total];
            for (int symbol = 0, start = 0; symbol < frequencies.Length; start += frequencies[symbol], symbol++)
            {
                for (var k = 0; k < frequencies[symbol]; k++)
                {
                    slots[start + k] = (uint)symbol | (ulong)(uint)k << 8 | (ulong)(uint)frequencies[symbol] << 32;
                }
            }
            return slots;
        }
    }
}
