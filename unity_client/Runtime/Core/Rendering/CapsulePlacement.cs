using System;

namespace Ani3d
{
    /// <summary>Where a capsule of the driver is in a pose, in the engine's frame: its axis is local Y.</summary>
    public readonly struct CapsulePlacement
    {
        private CapsulePlacement(Vec3 centre, Quat rotation, double height, double radius)
        {
            Centre = centre;
            Rotation = rotation;
            HeightM = height;
            RadiusM = radius;
        }

        /// <summary>Its middle in the frame of the avatar's object, metres.</summary>
        public Vec3 Centre { get; }

        /// <summary>Takes Y to its axis.</summary>
        public Quat Rotation { get; }

        /// <summary>From tip to tip, metres.</summary>
        public double HeightM { get; }

        /// <summary>The larger of its two radii, metres.</summary>
        public double RadiusM { get; }

        /// <summary>The placement of a capsule.</summary>
        /// <param name="capsule">in the rest pose.</param>
        /// <param name="joint">A_j of its joint.</param>
        public static CapsulePlacement Of(DriverCapsule capsule, RigidTransform joint)
        {
            Vec3 a = EngineFrame.Place(joint.Apply(capsule.A)), b = EngineFrame.Place(joint.Apply(capsule.B));
            var axis = b - a;
            var radius = Math.Max(capsule.RadiusA, capsule.RadiusB);
            return new CapsulePlacement(0.5 * (a + b), FromUp(axis), axis.Length + 2 * radius, radius);
        }

        // The shortest turn from Y to a direction.
        private static Quat FromUp(Vec3 axis)
        {
            var length = axis.Length;
            if (length < 1e-9)
            {
                return Quat.Identity;
            }
            var unit = (1 / length) * axis;
            // Y x unit, and 1 + Y · unit; straight down any axis across will do.
            var half = new Quat(1 + unit.Y, unit.Z, 0, -unit.X);
            return half.Length < 1e-6 ? new Quat(0, 1, 0, 0) : half.Normalised();
        }
    }
}
