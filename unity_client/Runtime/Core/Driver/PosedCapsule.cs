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

        /// <summary>How a place is seen from the capsule.</summary>
        public CapsuleContact ContactOf(Vec3 place)
        {
            var u = Math.Min(Math.Max(Vec3.Dot(place - _a, _axis) * _inverse, 0), 1);
            return new CapsuleContact(u, (1 - u) * _radiusA + u * _radiusB, place - (_a + u * _axis));
        }
    }
}
