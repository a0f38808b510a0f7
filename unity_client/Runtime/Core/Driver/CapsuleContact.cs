using System;

namespace Ani3d
{
    /// <summary>Where a place is seen from a capsule: the nearest point of its axis, and the way from there.</summary>
    internal readonly struct CapsuleContact
    {
        private const double Tiny = 1e-9;

        private CapsuleContact(double u, double radius, Vec3 away)
        {
            U = u;
            Radius = radius;
            var length = away.Length;
            Distance = length;
            Normal = (1 / (length + Tiny)) * away;
        }

        /// <summary>Share of the way from end a to end b.</summary>
        public double U { get; }

        /// <summary>The capsule's radius there, metres.</summary>
        public double Radius { get; }

        /// <summary>From the axis to the place, metres.</summary>
        public double Distance { get; }

        /// <summary>Direction from the axis to the place.</summary>
        public Vec3 Normal { get; }

        /// <summary>The contact of a place with a capsule that has its ends somewhere.</summary>
        public static CapsuleContact At(Vec3 place, DriverCapsule capsule, Vec3 a, Vec3 b)
        {
            var axis = b - a;
            var u = Math.Min(Math.Max(Vec3.Dot(place - a, axis) / (Vec3.Dot(axis, axis) + 1e-12), 0), 1);
            return new CapsuleContact(u, (1 - u) * capsule.RadiusA + u * capsule.RadiusB, place - (a + u * axis));
        }

        /// <summary>A place that is nearer than so much, moved out to it.</summary>
        public Vec3 Pushed(Vec3 place, double reach)
        {
            return place + (reach - (Distance + Tiny)) * Normal;
        }
    }
}
