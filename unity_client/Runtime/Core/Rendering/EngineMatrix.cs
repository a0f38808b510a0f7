namespace Ani3d
{
    /// <summary>A matrix of 4 rows and 4 columns as an engine gives it; it multiplies columns.</summary>
    public readonly struct EngineMatrix
    {
        /// <summary>Creates a matrix, row after row.</summary>
        public EngineMatrix(
            double m00, double m01, double m02, double m03, double m10, double m11, double m12, double m13,
            double m20, double m21, double m22, double m23, double m30, double m31, double m32, double m33)
        {
            Linear = new Mat3(m00, m01, m02, m10, m11, m12, m20, m21, m22);
            Offset = new Vec3(m03, m13, m23);
            Last = new Vec3(m30, m31, m32);
            Corner = m33;
        }

        /// <summary>Rows 0 to 2, columns 0 to 2.</summary>
        public Mat3 Linear { get; }

        /// <summary>Rows 0 to 2 of column 3.</summary>
        public Vec3 Offset { get; }

        /// <summary>Columns 0 to 2 of row 3.</summary>
        public Vec3 Last { get; }

        /// <summary>Row 3, column 3.</summary>
        public double Corner { get; }

        /// <summary>The product of two matrices whose last row is 0 0 0 1: b comes first.</summary>
        public static RigidTransform AffineProduct(EngineMatrix a, EngineMatrix b)
        {
            return new RigidTransform(a.Linear * b.Linear, a.Linear * b.Offset + a.Offset);
        }
    }
}
