namespace Ani3d
{
    /// <summary>What level of detail one avatar wants, and may have.</summary>
    public struct LevelWish
    {
        /// <summary>[L] Gaussians of the levels 0 to k.</summary>
        public int[] LevelEnds;

        /// <summary>Height in the picture, pixels, the largest of all cameras; 0 where no camera sees it.</summary>
        public double HeightPx;

        /// <summary>Gaussians wanted per Gaussian of the rule; 1 leaves the rule as it is.</summary>
        public double Quality;

        /// <summary>Level that is shown now; -1 for none.</summary>
        public int Current;

        /// <summary>Whose it is: kept as it is given.</summary>
        public int Index;

        /// <summary>The level that is to be shown: written by the choice.</summary>
        public int Level;
    }
}
