namespace Ani3d
{
    /// <summary>Two nodes that keep their distance.</summary>
    public readonly struct DriverLink
    {
        internal DriverLink(int first, int second, double compliance)
        {
            First = first;
            Second = second;
            Compliance = compliance;
        }

        /// <summary>The node of the lower number.</summary>
        public int First { get; }

        /// <summary>The other node.</summary>
        public int Second { get; }

        /// <summary>Compliance, s².</summary>
        public double Compliance { get; }
    }
}
