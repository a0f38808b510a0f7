namespace Ani3d
{
    /// <summary>Weights of the four frames around a place between frames: Catmull and Rom's cubic.</summary>
    internal readonly struct CurveTaps
    {
        private CurveTaps(int first, double w0, double w1, double w2, double w3)
        {
            First = first;
            W0 = w0;
            W1 = w1;
            W2 = w2;
            W3 = w3;
        }

        /// <summary>Number of the first frame, i - 1.</summary>
        public int First { get; }

        /// <summary>Weight of frame i - 1.</summary>
        public double W0 { get; }

        /// <summary>Weight of frame i.</summary>
        public double W1 { get; }

        /// <summary>Weight of frame i + 1.</summary>
        public double W2 { get; }

        /// <summary>Weight of frame i + 2.</summary>
        public double W3 { get; }

        /// <summary>The weight of frame i - 1 + k.</summary>
        public double this[int k] => k == 0 ? W0 : k == 1 ? W1 : k == 2 ? W2 : W3;

        /// <summary>Taps at a share f of the way from frame i to the next.</summary>
        /// <param name="i">the frame before.</param>
        /// <param name="f">0 to 1.</param>
        /// <param name="lastFrame">of a clip that ends; a negative number of one that loops.</param>
        public static CurveTaps At(int i, double f, int lastFrame)
        {
            double f2 = f * f, f3 = f * f * f;
            double w0 = (-f + 2 * f2 - f3) / 2, w1 = (2 - 5 * f2 + 3 * f3) / 2;
            double w2 = (f + 4 * f2 - 3 * f3) / 2, w3 = (-f2 + f3) / 2;
            if (lastFrame >= 0 && i == 0)
            {
                (w0, w1, w2) = (0, w1 + 2 * w0, w2 - w0);
            }
            if (lastFrame >= 0 && i + 2 > lastFrame)
            {
                (w1, w2, w3) = (w1 - w3, w2 + 2 * w3, 0);
            }
            return new CurveTaps(i - 1, w0, w1, w2, w3);
        }
    }
}
