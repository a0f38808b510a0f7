// Working stand-ins for the few types of UnityEngine that the avatars' layer uses: maths. Nothing here is Unity's.
using System;

namespace UnityEngine
{
    public struct Vector3
    {
        public float x;
        public float y;
        public float z;

        public Vector3(float x, float y, float z)
        {
            (this.x, this.y, this.z) = (x, y, z);
        }

        public static Vector3 up => new Vector3(0, 1, 0);

        public static Vector3 one => new Vector3(1, 1, 1);

        public static Vector3 operator +(Vector3 a, Vector3 b)
        {
            return new Vector3(a.x + b.x, a.y + b.y, a.z + b.z);
        }
    }

    public struct Vector4
    {
        public float x;
        public float y;
        public float z;
        public float w;

        public Vector4(float x, float y, float z, float w)
        {
            (this.x, this.y, this.z, this.w) = (x, y, z, w);
        }

        public float this[int index]
        {
            get => index == 0 ? x : index == 1 ? y : index == 2 ? z : w;
            set
            {
                switch (index)
                {
                    case 0: x = value; break;
                    case 1: y = value; break;
                    case 2: z = value; break;
                    default: w = value; break;
                }
            }
        }
    }

    public struct Quaternion
    {
        public float x;
        public float y;
        public float z;
        public float w;

        public Quaternion(float x, float y, float z, float w)
        {
            (this.x, this.y, this.z, this.w) = (x, y, z, w);
        }

        public static Quaternion identity => new Quaternion(0, 0, 0, 1);

        public static Quaternion AngleAxis(float angle, Vector3 axis)
        {
            var half = angle * Math.PI / 360;
            var sine = (float)Math.Sin(half);
            return new Quaternion(sine * axis.x, sine * axis.y, sine * axis.z, (float)Math.Cos(half));
        }

        public static Quaternion operator *(Quaternion a, Quaternion b)
        {
            return new Quaternion(
                a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y, a.w * b.y - a.x * b.z + a.y * b.w + a.z * b.x,
                a.w * b.z + a.x * b.y - a.y * b.x + a.z * b.w, a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z);
        }

        public static Vector3 operator *(Quaternion q, Vector3 v)
        {
            var m = Matrix4x4.TRS(default, q, Vector3.one);
            return m.MultiplyVector(v);
        }
    }

    public struct Matrix4x4 : IEquatable<Matrix4x4>
    {
        public float m00;
        public float m10;
        public float m20;
        public float m30;
        public float m01;
        public float m11;
        public float m21;
        public float m31;
        public float m02;
        public float m12;
        public float m22;
        public float m32;
        public float m03;
        public float m13;
        public float m23;
        public float m33;

        public static Matrix4x4 identity => new Matrix4x4 { m00 = 1, m11 = 1, m22 = 1, m33 = 1 };

        public static Matrix4x4 TRS(Vector3 place, Quaternion q, Vector3 s)
        {
            return new Matrix4x4
            {
                m00 = (1 - 2 * (q.y * q.y + q.z * q.z)) * s.x,
                m01 = 2 * (q.x * q.y - q.w * q.z) * s.y,
                m02 = 2 * (q.x * q.z + q.w * q.y) * s.z,
                m03 = place.x,
                m10 = 2 * (q.x * q.y + q.w * q.z) * s.x,
                m11 = (1 - 2 * (q.x * q.x + q.z * q.z)) * s.y,
                m12 = 2 * (q.y * q.z - q.w * q.x) * s.z,
                m13 = place.y,
                m20 = 2 * (q.x * q.z - q.w * q.y) * s.x,
                m21 = 2 * (q.y * q.z + q.w * q.x) * s.y,
                m22 = (1 - 2 * (q.x * q.x + q.y * q.y)) * s.z,
                m23 = place.z,
                m33 = 1,
            };
        }

        public Vector3 MultiplyVector(Vector3 v)
        {
            return new Vector3(
                m00 * v.x + m01 * v.y + m02 * v.z, m10 * v.x + m11 * v.y + m12 * v.z, m20 * v.x + m21 * v.y + m22 * v.z);
        }

        public static Matrix4x4 operator *(Matrix4x4 a, Matrix4x4 b)
        {
            var result = default(Matrix4x4);
            for (var row = 0; row < 4; row++)
            {
                for (var column = 0; column < 4; column++)
                {
                    var sum = 0f;
                    for (var k = 0; k < 4; k++)
                    {
                        sum += a[row, k] * b[k, column];
                    }
                    result[row, column] = sum;
                }
            }
            return result;
        }

        public float this[int row, int column]
        {
            get
            {
                switch (row + 4 * column)
                {
                    case 0: return m00;
                    case 1: return m10;
                    case 2: return m20;
                    case 3: return m30;
                    case 4: return m01;
                    case 5: return m11;
                    case 6: return m21;
                    case 7: return m31;
                    case 8: return m02;
                    case 9: return m12;
                    case 10: return m22;
                    case 11: return m32;
                    case 12: return m03;
                    case 13: return m13;
                    case 14: return m23;
                    default: return m33;
                }
            }

            set
            {
                switch (row + 4 * column)
                {
                    case 0: m00 = value; break;
                    case 1: m10 = value; break;
                    case 2: m20 = value; break;
                    case 3: m30 = value; break;
                    case 4: m01 = value; break;
                    case 5: m11 = value; break;
                    case 6: m21 = value; break;
                    case 7: m31 = value; break;
                    case 8: m02 = value; break;
                    case 9: m12 = value; break;
                    case 10: m22 = value; break;
                    case 11: m32 = value; break;
                    case 12: m03 = value; break;
                    case 13: m13 = value; break;
                    case 14: m23 = value; break;
                    default: m33 = value; break;
                }
            }
        }

        public bool Equals(Matrix4x4 o)
        {
            return m00 == o.m00 && m01 == o.m01 && m02 == o.m02 && m03 == o.m03 && m10 == o.m10 && m11 == o.m11 && m12 == o.m12
                && m13 == o.m13 && m20 == o.m20 && m21 == o.m21 && m22 == o.m22 && m23 == o.m23 && m30 == o.m30 && m31 == o.m31
                && m32 == o.m32 && m33 == o.m33;
        }
    }

    public struct Color
    {
        public float r;
        public float g;
        public float b;
        public float a;

        public Color(float r, float g, float b, float a)
        {
            (this.r, this.g, this.b, this.a) = (r, g, b, a);
        }
    }

    public struct Rect
    {
        public Rect(float x, float y, float width, float height)
        {
            (this.width, this.height) = (width, height);
        }

        public float width { get; }

        public float height { get; }
    }

    public struct Bounds
    {
        public Bounds(Vector3 center, Vector3 size)
        {
            (this.center, this.size) = (center, size);
        }

        public Vector3 center { get; }

        public Vector3 size { get; }
    }

    public static class GL
    {
        // As an API whose depth goes from 1 to 0 and whose textures begin at the top.
        public static Matrix4x4 GetGPUProjectionMatrix(Matrix4x4 proj, bool renderIntoTexture)
        {
            var result = proj;
            if (renderIntoTexture && SystemInfo.graphicsUVStartsAtTop)
            {
                (result.m10, result.m11, result.m12, result.m13) = (-proj.m10, -proj.m11, -proj.m12, -proj.m13);
            }
            if (SystemInfo.usesReversedZBuffer)
            {
                result.m20 = (proj.m30 - proj.m20) / 2;
                result.m21 = (proj.m31 - proj.m21) / 2;
                result.m22 = (proj.m32 - proj.m22) / 2;
                result.m23 = (proj.m33 - proj.m23) / 2;
            }
            return result;
        }
    }
}
