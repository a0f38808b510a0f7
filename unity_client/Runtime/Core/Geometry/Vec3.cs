using System;

namespace Ani3d
{
    /// <summary>Three numbers: a place or a direction, right-handed, Y up.</summary>
    public readonly struct Vec3
    {
        /// <summary>Creates a vector.</summary>
        public Vec3(double x, double y, double z)
        {
            X = x;
            Y = y;
            Z = z;
        }

        /// <summary>To the left of an avatar that faces +Z.</summary>
        public double X { get; }

        /// <summary>Up.</summary>
        public double Y { get; }

        /// <summary>To the front.</summary>
        public double Z { get; }

        /// <summary>Its length.</summary>
        public double Length => Math.Sqrt(Dot(this, this));

        /// <summary>Whether no number is NaN or infinite.</summary>
        public bool IsFinite => !(double.IsNaN(X + Y + Z) || double.IsInfinity(X + Y + Z));

        /// <summary>The sum.</summary>
        public static Vec3 operator +(Vec3 a, Vec3 b)
        {
            return new Vec3(a.X + b.X, a.Y + b.Y, a.Z + b.Z);
        }

        /// <summary>The difference.</summary>
        public static Vec3 operator -(Vec3 a, Vec3 b)
        {
            return new Vec3(a.X - b.X, a.Y - b.Y, a.Z - b.Z);
        }

        /// <summary>A vector times a number.</summary>
        public static Vec3 operator *(double s, Vec3 v)
        {
            return new Vec3(s * v.X, s * v.Y, s * v.Z);
        }

        /// <summary>The scalar product.</summary>
        public static double Dot(Vec3 a, Vec3 b)
        {
            return a.X * b.X + a.Y * b.Y + a.Z * b.Z;
        }

        /// <summary>(1 - share) a + share b.</summary>
        public static Vec3 Mix(Vec3 a, Vec3 b, double share)
        {
            return new Vec3(
                a.X * (1 - share) + b.X * share, a.Y * (1 - share) + b.Y * share, a.Z * (1 - share) + b.Z * share);
        }

        /// <summary>The vector at row i of [n, 3].</summary>
        public static Vec3 Row(float[] values, int i)
        {
            return new Vec3(values[3 * i], values[3 * i + 1], values[3 * i + 2]);
        }

        /// <summary>[n, 3] as n vectors.</summary>
        public static Vec3[] Rows(float[] values)
        {
            var rows = new Vec3[values.Length / 3];
            for (var i = 0; i < rows.Length; i++)
            {
                rows[i] = Row(values, i);
            }
            return rows;
        }

        /// <summary>The vector as float32 holds it.</summary>
        public Vec3 ToFloat32()
        {
            return new Vec3((float)X, (float)Y, (float)Z);
        }
    }
}
