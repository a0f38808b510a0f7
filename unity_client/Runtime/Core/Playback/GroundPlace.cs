using System;

namespace Ani3d
{
    /// <summary>A place on the ground and a heading, or a step from one to another.</summary>
    public readonly struct GroundPlace
    {
        /// <summary>Creates a place.</summary>
        public GroundPlace(double x, double z, double headingRad)
        {
            X = x;
            Z = z;
            HeadingRad = headingRad;
        }

        /// <summary>Metres.</summary>
        public double X { get; }

        /// <summary>Metres.</summary>
        public double Z { get; }

        /// <summary>Turn about +Y, from +Z towards +X, radians.</summary>
        public double HeadingRad { get; }

        /// <summary>R_y(angle) v.</summary>
        public static Vec3 Turned(double angle, Vec3 v)
        {
            double cosine = Math.Cos(angle), sine = Math.Sin(angle);
            return new Vec3(cosine * v.X + sine * v.Z, v.Y, cosine * v.Z - sine * v.X);
        }

        /// <summary>The step to another place, seen from this one; the turn is within ± π.</summary>
        public GroundPlace StepTo(GroundPlace other)
        {
            var way = Turned(-HeadingRad, new Vec3(other.X - X, 0, other.Z - Z));
            var turn = other.HeadingRad - HeadingRad;
            return new GroundPlace(way.X, way.Z, turn - 2 * Math.PI * Math.Round(turn / (2 * Math.PI)));
        }
    }
}
