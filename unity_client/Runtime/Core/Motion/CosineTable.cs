using System;

namespace Ani3d
{
    /// <summary>The orthonormal cosine transform over the F frames of a group.</summary>
    internal sealed class CosineTable
    {
        private static volatile CosineTable _last = new CosineTable(1);
        private readonly double[] _values;

        private CosineTable(int frames)
        {
            Frames = frames;
            _values = new double[frames * frames];
            for (var f = 0; f < frames; f++)
            {
                var gain = Math.Sqrt((f == 0 ? 1.0 : 2.0) / frames);
                for (var t = 0; t < frames; t++)
                {
                    _values[t * frames + f] = gain * Math.Cos(Math.PI * f * (t + 0.5) / frames);
                }
            }
        }

        /// <summary>F.</summary>
        public int Frames { get; }

        /// <summary>C_f(t).</summary>
        public double this[int f, int t] => _values[t * Frames + f];

        /// <summary>The table of so many frames; the last one is kept, for groups are alike.</summary>
        public static CosineTable Of(int frames)
        {
            var table = _last;
            if (table.Frames != frames)
            {
                table = new CosineTable(frames);
                _last = table;
            }
            return table;
        }
    }
}
