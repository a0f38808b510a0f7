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
            // Spelled out: Mono makes each operator of matrices a call that copies.
            double m00 = 0, m01 = 0, m02 = 0, m10 = 0, m11 = 0, m12 = 0, m20 = 0, m21 = 0, m22 = 0, x = 0, y = 0, z = 0;
            for (var slot = 4 * row; slot < 4 * row + 4; slot++)
            {
                double w = weights[slot];
                if (w == 0)
                {
                    continue;
                }
                var joint = joints[indices[slot]];
                Mat3 r = joint.Rotation;
                Vec3 t = joint.Offset;
                m00 += w * r.M00;
                m01 += w * r.M01;
                m02 += w * r.M02;
                m10 += w * r.M10;
                m11 += w * r.M11;
                m12 += w * r.M12;
                m20 += w * r.M20;
                m21 += w * r.M21;
                m22 += w * r.M22;
                x += w * t.X;
                y += w * t.Y;
                z += w * t.Z;
            }
            return new RigidTransform(new Mat3(m00, m01, m02, m10, m11, m12, m20, m21, m22), new Vec3(x, y, z));
        }

        /// <summary>R x + t.</summary>
        public Vec3 Apply(Vec3 x)
        {
            return Rotation * x + Offset;
        }
    }
}
