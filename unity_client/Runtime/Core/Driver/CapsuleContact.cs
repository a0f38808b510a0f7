namespace Ani3d
{
    /// <summary>Where a place is seen from a capsule: the nearest point of its axis, and the way from there.</summary>
    internal readonly struct CapsuleContact
    {
        private const double Tiny = 1e-9;
        private readonly Vec3 _away;

        /// <summary>Creates a contact.</summary>
        /// <param name="u">share of the way from end a to end b.</param>
        /// <param name="radius">of the capsule there, metres.</param>
        /// <param name="away">from the axis to the place, metres.</param>
        public CapsuleContact(double u, double radius, Vec3 away)
        {
            U = u;
            Radius = radius;
            _away = away;
        }

        /// <summary>Share of the way from end a to end b.</summary>
        public double U { get; }

        /// <summary>The capsule's radius there, metres.</summary>
        public double Radius { get; }

        /// <summary>From the axis to the place, metres.</summary>
        public double Distance => _away.Length;

        /// <summary>Direction from the axis to the place.</summary>
        public Vec3 Normal => (1 / (_away.Length + Tiny)) * _away;

        /// <summary>The place, which is nearer than so much, moved out to it.</summary>
        public Vec3 Pushed(Vec3 place, double reach)
        {
            return place + (reach - (Distance + Tiny)) * Normal;
        }
    }
}
