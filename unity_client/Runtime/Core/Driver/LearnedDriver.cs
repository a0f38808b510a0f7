using System;

namespace Ani3d
{
    /// <summary>
    /// Displacements that follow from how joints move: R rows of weights over D features, and a basis.
    /// </summary>
    public sealed class LearnedDriver
    {
        internal LearnedDriver()
        {
        }

        /// <summary>[T] joints whose places are features.</summary>
        public byte[] Tracked { get; internal set; }

        /// <summary>[P, 2] frequency in Hz and damping ratio of each filter.</summary>
        public float[] Poles { get; internal set; }

        /// <summary>R; 0 where nothing was learned.</summary>
        public int RowCount { get; internal set; }

        /// <summary>[D] means of features.</summary>
        public float[] Means { get; internal set; } = Array.Empty<float>();

        /// <summary>[D] scales of features.</summary>
        public float[] Scales { get; internal set; } = Array.Empty<float>();

        /// <summary>[R, D] weights.</summary>
        public double[] Weights { get; internal set; } = Array.Empty<double>();

        /// <summary>[R, 3 M] basis of displacements, metres.</summary>
        public double[] BasisM { get; internal set; } = Array.Empty<double>();
    }
}
