namespace Ani3d
{
    /// <summary>Four weights of which three are stored: weight 0 is what the others leave of a whole.</summary>
    internal static class WeightTable
    {
        /// <summary>Writes [n, 4] weights from [3, n] units.</summary>
        public static void Fill(float[] weights, int[] units, int count, int whole, string section, string code)
        {
            for (var i = 0; i < count; i++)
            {
                int one = units[i], two = units[count + i], three = units[2 * count + i];
                var rest = whole - one - two - three;
                if (rest < 0)
                {
                    throw new RefusalException(code, section, $"weights that sum to more than {whole} units");
                }
                weights[4 * i] = (float)((double)rest / whole);
                weights[4 * i + 1] = (float)((double)one / whole);
                weights[4 * i + 2] = (float)((double)two / whole);
                weights[4 * i + 3] = (float)((double)three / whole);
            }
        }
    }
}
