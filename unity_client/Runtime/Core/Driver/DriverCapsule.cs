namespace Ani3d
{
    /// <summary>A capsule that hangs on a joint: two balls and what lies between them, in the rest pose.</summary>
    public readonly struct DriverCapsule
    {
        internal DriverCapsule(int joint, Vec3 a, Vec3 b, double radiusA, double radiusB)
        {
            Joint = joint;
            A = a;
            B = b;
            RadiusA = radiusA;
            RadiusB = radiusB;
        }

        /// <summary>Joint that carries it.</summary>
        public int Joint { get; }

        /// <summary>One end, metres.</summary>
        public Vec3 A { get; }

        /// <summary>The other end, metres.</summary>
        public Vec3 B { get; }

        /// <summary>Radius at a, metres.</summary>
        public double RadiusA { get; }

        /// <summary>Radius at b, metres.</summary>
        public double RadiusB { get; }
    }
}
