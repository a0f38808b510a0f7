using System;

namespace Ani3d
{
    /// <summary>A matrix of 3 rows and 3 columns.</summary>
    public readonly struct Mat3
    {
        /// <summary>All zero.</summary>
        public static readonly Mat3 Zero = default;

        /// <summary>No change.</summary>
        public static readonly Mat3 Identity = new Mat3(1, 0, 0, 0, 1, 0, 0, 0, 1);

        private const int PolarSteps = 50;

        /// <summary>Creates a matrix, row after row.</summary>
        public Mat3(
            double m00, double m01, double m02, double m10, double m11, double m12, double m20, double m21, double m22)
        {
            M00 = m00;
            M01 = m01;
            M02 = m02;
            M10 = m10;
            M11 = m11;
            M12 = m12;
            M20 = m20;
            M21 = m21;
            M22 = m22;
        }

        /// <summary>Row 0, column 0.</summary>
        public double M00 { get; }

        /// <summary>Row 0, column 1.</summary>
        public double M01 { get; }

        /// <summary>Row 0, column 2.</summary>
        public double M02 { get; }

        /// <summary>Row 1, column 0.</summary>
        public double M10 { get; }

        /// <summary>Row 1, column 1.</summary>
        public double M11 { get; }

        /// <summary>Row 1, column 2.</summary>
        public double M12 { get; }

        /// <summary>Row 2, column 0.</summary>
        public double M20 { get; }

        /// <summary>Row 2, column 1.</summary>
        public double M21 { get; }

        /// <summary>Row 2, column 2.</summary>
        public double M22 { get; }

        /// <summary>The sum of the diagonal.</summary>
        public double Trace => M00 + M11 + M22;

        /// <summary>The determinant.</summary>
        public double Determinant => M00 * (M11 * M22 - M12 * M21) + M01 * (M12 * M20 - M10 * M22) + M02 * (
            M10 * M21 - M11 * M20);

        /// <summary>The sum of the squares of all entries.</summary>
        public double SquaredSize =>
            M00 * M00 + M01 * M01 + M02 * M02 + M10 * M10 + M11 * M11 + M12 * M12 + M20 * M20 + M21 * M21 + M22 * M22;

        /// <summary>The product.</summary>
        public static Mat3 operator *(Mat3 a, Mat3 b)
        {
            return new Mat3(
                a.M00 * b.M00 + a.M01 * b.M10 + a.M02 * b.M20,
                a.M00 * b.M01 + a.M01 * b.M11 + a.M02 * b.M21,
                a.M00 * b.M02 + a.M01 * b.M12 + a.M02 * b.M22,
                a.M10 * b.M00 + a.M11 * b.M10 + a.M12 * b.M20,
                a.M10 * b.M01 + a.M11 * b.M11 + a.M12 * b.M21,
                a.M10 * b.M02 + a.M11 * b.M12 + a.M12 * b.M22,
                a.M20 * b.M00 + a.M21 * b.M10 + a.M22 * b.M20,
                a.M20 * b.M01 + a.M21 * b.M11 + a.M22 * b.M21,
                a.M20 * b.M02 + a.M21 * b.M12 + a.M22 * b.M22);
        }

        /// <summary>The product with a vector.</summary>
        public static Vec3 operator *(Mat3 a, Vec3 v)
        {
            return new Vec3(
                a.M00 * v.X + a.M01 * v.Y + a.M02 * v.Z,
                a.M10 * v.X + a.M11 * v.Y + a.M12 * v.Z,
                a.M20 * v.X + a.M21 * v.Y + a.M22 * v.Z);
        }

        /// <summary>All entries times a number.</summary>
        public static Mat3 operator *(double s, Mat3 a)
        {
            return new Mat3(
                s * a.M00, s * a.M01, s * a.M02, s * a.M10, s * a.M11, s * a.M12, s * a.M20, s * a.M21, s * a.M22);
        }

        /// <summary>The sum.</summary>
        public static Mat3 operator +(Mat3 a, Mat3 b)
        {
            return new Mat3(
                a.M00 + b.M00, a.M01 + b.M01, a.M02 + b.M02, a.M10 + b.M10, a.M11 + b.M11, a.M12 + b.M12,
                a.M20 + b.M20, a.M21 + b.M21, a.M22 + b.M22);
        }

        /// <summary>The rotation of a quaternion divided by its length.</summary>
        public static Mat3 FromQuaternion(Quat quaternion)
        {
            var q = quaternion.Normalised();
            return new Mat3(
                1 - 2 * (q.Y * q.Y + q.Z * q.Z), 2 * (q.X * q.Y - q.W * q.Z), 2 * (q.X * q.Z + q.W * q.Y),
                2 * (q.X * q.Y + q.W * q.Z), 1 - 2 * (q.X * q.X + q.Z * q.Z), 2 * (q.Y * q.Z - q.W * q.X),
                2 * (q.X * q.Z - q.W * q.Y), 2 * (q.Y * q.Z + q.W * q.X), 1 - 2 * (q.X * q.X + q.Y * q.Y));
        }

        /// <summary>a bᵀ.</summary>
        public static Mat3 Outer(Vec3 a, Vec3 b)
        {
            return new Mat3(
                a.X * b.X, a.X * b.Y, a.X * b.Z, a.Y * b.X, a.Y * b.Y, a.Y * b.Z, a.Z * b.X, a.Z * b.Y, a.Z * b.Z);
        }

        /// <summary>Rows as columns.</summary>
        public Mat3 Transposed()
        {
            return new Mat3(M00, M10, M20, M01, M11, M21, M02, M12, M22);
        }

        /// <summary>The matrix of cofactors: the determinant times the transpose of the inverse.</summary>
        public Mat3 Cofactors()
        {
            return new Mat3(
                M11 * M22 - M12 * M21, M12 * M20 - M10 * M22, M10 * M21 - M11 * M20,
                M02 * M21 - M01 * M22, M00 * M22 - M02 * M20, M01 * M20 - M00 * M21,
                M01 * M12 - M02 * M11, M02 * M10 - M00 * M12, M00 * M11 - M01 * M10);
        }

        /// <summary>Each column times a number.</summary>
        public Mat3 ScaledColumns(Vec3 s)
        {
            return new Mat3(
                s.X * M00, s.Y * M01, s.Z * M02, s.X * M10, s.Y * M11, s.Z * M12, s.X * M20, s.Y * M21, s.Z * M22);
        }

        /// <summary>
        /// The rotation nearest to a matrix that turns nothing inside out, by Newton's iteration on it and its inverse
        /// transposed.
        /// </summary>
        public Mat3 PolarRotation()
        {
            var rotation = this;
            for (var step = 0; step < PolarSteps; step++)
            {
                rotation = 0.5 * (rotation + (1 / rotation.Determinant) * rotation.Cofactors());
            }
            return rotation;
        }

        /// <summary>The quaternion of a rotation.</summary>
        public Quat ToQuaternion()
        {
            // The largest of the four components is found first, so nothing small is divided by.
            Quat quat;
            if (Trace > 0)
            {
                quat = new Quat(1 + Trace, M21 - M12, M02 - M20, M10 - M01);
            }
            else if (M00 >= M11 && M00 >= M22)
            {
                quat = new Quat(M21 - M12, 1 + M00 - M11 - M22, M01 + M10, M02 + M20);
            }
            else if (M11 >= M22)
            {
                quat = new Quat(M02 - M20, M01 + M10, 1 - M00 + M11 - M22, M12 + M21);
            }
            else
            {
                quat = new Quat(M10 - M01, M02 + M20, M12 + M21, 1 - M00 - M11 + M22);
            }
            return quat.Normalised();
        }

        /// <summary>The nine entries, row after row.</summary>
        public double[] ToArray()
        {
            return new[] { M00, M01, M02, M10, M11, M12, M20, M21, M22 };
        }
    }
}
