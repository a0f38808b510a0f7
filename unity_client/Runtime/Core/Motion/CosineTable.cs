using System;
using System.Threading;

namespace Ani3d
{
    /// <summary>The orthonormal cosine transform over the F frames of a group.</summary>
    internal sealed class CosineTable
    {
        // Clips have groups of one length, and a last one of another each; tables of more frames take megabytes.
        private const int MostKept = 64;
        private static readonly CosineTable[] Kept = new CosineTable[MostKept + 1];
        private static volatile CosineTable _last = new CosineTable(1);
        private static volatile CosineTable _lastButOne = _last;
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

        /// <summary>The table of so many frames; short ones and the last two long ones are kept.</summary>
        public static CosineTable Of(int frames)
        {
            if (frames <= MostKept)
            {
                return Volatile.Read(ref Kept[frames]) ?? Keep(new CosineTable(frames));
            }
            CosineTable last = _last, lastButOne = _lastButOne;
            if (last.Frames == frames || lastButOne.Frames == frames)
            {
                return last.Frames == frames ? last : lastButOne;
            }
            var table = new CosineTable(frames);
            _lastButOne = last;
            _last = table;
            return table;
        }

        private static CosineTable Keep(CosineTable table)
        {
            Volatile.Write(ref Kept[table.Frames], table);
            return table;
        }
    }
}
