namespace Ani3d
{
    /// <summary>
    /// From the frame of packages, right-handed with Y up, to that of Unity, left-handed with Y up: x is negated. All that
    /// crosses from one to the other passes here.
    /// </summary>
    public static class EngineFrame
    {
        /// <summary>What takes a place of one frame to the other, either way.</summary>
        public static readonly Mat3 Mirror = new Mat3(-1, 0, 0, 0, 1, 0, 0, 0, 1);

        /// <summary>A place or a direction.</summary>
        public static Vec3 Place(Vec3 v)
        {
            return new Vec3(-v.X, v.Y, v.Z);
        }

        /// <summary>A rotation.</summary>
        public static Quat Rotation(Quat q)
        {
            return new Quat(q.W, q.X, -q.Y, -q.Z);
        }

        /// <summary>A turn about the up axis, radians.</summary>
        public static double Heading(double angle)
        {
            return -angle;
        }
    }
}
