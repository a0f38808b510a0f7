using System;

namespace Ani3d
{
    /// <summary>A capsule with its ends somewhere.</summary>
    internal readonly struct PosedCapsule
    {
        private const double Tiny = 1e-12;
        private readonly Vec3 _a;
        private readonly Vec3 _axis;
        private readonly double _inverse;
        private readonly double _radiusA;
        private readonly double _radiusB;

        /// <summary>Creates a capsule at two ends.</summary>
        public PosedCapsule(DriverCapsule capsule, Vec3 a, Vec3 b)
        {
            _a = a;
            _axis = b - a;
            _inverse = 1 / (Vec3.Dot(_axis, _axis) + Tiny);
            _radiusA = capsule.RadiusA;
            _radiusB = capsule.RadiusB;
        }

        /// <summary>
        /// Whether a place is nearer to the axis than the radius there and a gap. Most are not, and no root is drawn for them;
        /// sums are spelled out, because Mono makes each operator of vectors a call.
        /// </summary>
        public bool IsNear(Vec3 place, double gap)
        {
            double x = place.X - _a.X, y = place.Y - _a.Y, z = place.Z - _a.Z;
            var u = (x * _axis.X + y * _axis.Y + z * _axis.Z) * _inverse;
            u = u < 0 ? 0 : u > 1 ? 1 : u;
            var reach = (1 - u) * _radiusA + u * _radiusB + gap;
            x = place.X - (_a.X + u * _axis.X);
            y = place.Y - (_a.Y + u * _axis.Y);
            z = place.Z - (_a.Z + u * _axis.Z);
            return reach > 0 && x * x + y * y + z * z < reach * reach;
        }

        /// <summary>How a place is seen from the capsule.</summary>
        public CapsuleContact ContactOf(Vec3 place)
        {
            var u = Math.Min(Math.Max(Vec3.Dot(place - _a, _axis) * _inverse, 0), 1);
            return new CapsuleContact(u, (1 - u) * _radiusA + u * _radiusB, place - (_a + u * _axis));
        }
    }
}
