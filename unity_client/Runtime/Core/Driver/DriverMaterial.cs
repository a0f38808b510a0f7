namespace Ani3d
{
    /// <summary>How nodes of a kind behave.</summary>
    public sealed class DriverMaterial
    {
        internal DriverMaterial(double dampingHz, double drag, double thicknessM, double friction, double share)
        {
            DampingHz = dampingHz;
            Drag = drag;
            ThicknessM = thicknessM;
            Friction = friction;
            Share = share;
        }

        /// <summary>Damping relative to what carries the nodes, 1/s.</summary>
        public double DampingHz { get; }

        /// <summary>Drag of the air.</summary>
        public double Drag { get; }

        /// <summary>Distance that is kept from capsules, metres.</summary>
        public double ThicknessM { get; }

        /// <summary>Friction on capsules, 0 to 1.</summary>
        public double Friction { get; }

        /// <summary>Share of what was simulated in what is shown, 0 to 1.</summary>
        public double Share { get; }
    }
}
