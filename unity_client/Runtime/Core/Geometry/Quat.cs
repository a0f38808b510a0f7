using System;

namespace Ani3d
{
    /// <summary>A quaternion w x y z, Hamilton; unit where it is a rotation.</summary>
    public readonly struct Quat
    {
        /// <summary>No rotation.</summary>
        public static readonly Quat Identity = new Quat(1, 0, 0, 0);

        private const double SmallAngle = 1e-12;

        /// <summary>Creates a quaternion.</summary>
        public Quat(double w, double x, double y, double z)
        {
            W = w;
            X = x;
            Y = y;
            Z = z;
        }

        /// <summary>The scalar part.</summary>
        public double W { get; }

        /// <summary>Of i.</summary>
        public double X { get; }

        /// <summary>Of j.</summary>
        public double Y { get; }

        /// <summary>Of k.</summary>
        public double Z { get; }

        /// <summary>Its length.</summary>
        public double Length => Math.Sqrt(Dot(this, this));

        /// <summary>The sum.</summary>
        public static Quat operator +(Quat a, Quat b)
        {
            return new Quat(a.W + b.W, a.X + b.X, a.Y + b.Y, a.Z + b.Z);
        }

        /// <summary>The rotation by b, then by a.</summary>
        public static Quat operator *(Quat a, Quat b)
        {
            return new Quat(
                a.W * b.W - a.X * b.X - a.Y * b.Y - a.Z * b.Z,
                a.W * b.X + a.X * b.W + a.Y * b.Z - a.Z * b.Y,
                a.W * b.Y - a.X * b.Z + a.Y * b.W + a.Z * b.X,
                a.W * b.Z + a.X * b.Y - a.Y * b.X + a.Z * b.W);
        }

        /// <summary>The scalar product.</summary>
        public static double Dot(Quat a, Quat b)
        {
            return a.W * b.W + a.X * b.X + a.Y * b.Y + a.Z * b.Z;
        }

        /// <summary>The rotation about a vector, by its length in radians.</summary>
        public static Quat FromRotationVector(Vec3 v)
        {
            var angle = v.Length;
            var factor = angle < SmallAngle ? 0.5 : Math.Sin(angle / 2) / angle;
            return new Quat(Math.Cos(angle / 2), factor * v.X, factor * v.Y, factor * v.Z);
        }

        /// <summary>The quaternion at row i of [n, 4].</summary>
        public static Quat Row(float[] values, int i)
        {
            return new Quat(values[4 * i], values[4 * i + 1], values[4 * i + 2], values[4 * i + 3]);
        }

        /// <summary>[n, 4] as n quaternions.</summary>
        public static Quat[] Rows(float[] values)
        {
            var rows = new Quat[values.Length / 4];
            for (var i = 0; i < rows.Length; i++)
            {
                rows[i] = Row(values, i);
            }
            return rows;
        }

        /// <summary>All four numbers times one.</summary>
        public Quat Times(double s)
        {
            return new Quat(s * W, s * X, s * Y, s * Z);
        }

        /// <summary>Divided by its length.</summary>
        public Quat Normalised()
        {
            var length = Length;
            return new Quat(W / length, X / length, Y / length, Z / length);
        }

        /// <summary>A vector turned by this rotation, which is unit.</summary>
        public Vec3 Rotate(Vec3 v)
        {
            // v + 2 w (a x v) + 2 a x (a x v), with a the vector part.
            double x = 2 * (Y * v.Z - Z * v.Y), y = 2 * (Z * v.X - X * v.Z), z = 2 * (X * v.Y - Y * v.X);
            return new Vec3(
                v.X + W * x + Y * z - Z * y, v.Y + W * y + Z * x - X * z, v.Z + W * z + X * y - Y * x);
        }

        /// <summary>The quaternion of the same rotation that lies on the side of another.</summary>
        public Quat OnTheSideOf(Quat other)
        {
            return Dot(this, other) < 0 ? Times(-1) : this;
        }

        /// <summary>The quaternion as float32 holds it.</summary>
        public Quat ToFloat32()
        {
            return new Quat((float)W, (float)X, (float)Y, (float)Z);
        }

        /// <summary>The opposite rotation, of a unit quaternion.</summary>
        public Quat Conjugated()
        {
            return new Quat(W, -X, -Y, -Z);
        }

        /// <summary>Writes row i of [n, 4].</summary>
        internal void WriteRow(float[] values, int i)
        {
            values[4 * i] = (float)W;
            values[4 * i + 1] = (float)X;
            values[4 * i + 2] = (float)Y;
            values[4 * i + 3] = (float)Z;
        }
    }
}
