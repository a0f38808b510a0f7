namespace Ani3d
{
    /// <summary>Between which two frames of a clip detail is mixed, and how.</summary>
    internal readonly struct DetailPlace
    {
        /// <summary>Creates a place.</summary>
        public DetailPlace(int first, int second, double share)
        {
            First = first;
            Second = second;
            Share = share;
        }

        /// <summary>Number of the one frame.</summary>
        public int First { get; }

        /// <summary>Number of the other one.</summary>
        public int Second { get; }

        /// <summary>Share of the second, 0 to 1.</summary>
        public double Share { get; }
    }
}
