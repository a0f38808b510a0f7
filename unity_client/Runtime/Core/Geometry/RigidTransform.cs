namespace Ani3d
{
    /// <summary>A rotation, or a sum of weighted ones, and an offset: x to R x + t.</summary>
    public readonly struct RigidTransform
    {
        /// <summary>Creates a transform.</summary>
        public RigidTransform(Mat3 rotation, Vec3 offset)
        {
            Rotation = rotation;
            Offset = offset;
        }

        /// <summary>R.</summary>
        public Mat3 Rotation { get; }

        /// <summary>t, metres.</summary>
        public Vec3 Offset { get; }

        /// <summary>Σ w_j A_j over four joints of [n, 4] rows.</summary>
        public static RigidTransform Blended(RigidTransform[] joints, byte[] indices, float[] weights, int row)
        {
            var rotation = Mat3.Zero;
            var offset = default(Vec3);
            for (var slot = 4 * row; slot < 4 * row + 4; slot++)
            {
                double weight = weights[slot];
                if (weight != 0)
                {
                    rotation += weight * joints[indices[slot]].Rotation;
                    offset += weight * joints[indices[slot]].Offset;
                }
            }
            return new RigidTransform(rotation, offset);
        }

        /// <summary>R x + t.</summary>
        public Vec3 Apply(Vec3 x)
        {
            return Rotation * x + Offset;
        }
    }
}
