// UnityEngine: vectors, matrices, colours. ALL. Fields and their constructors are real, so that tests can run with them.
using System;

namespace UnityEngine
{
    public struct Vector2
    {
        public float x;
        public float y;

        public Vector2(float x, float y)
        {
            this.x = x;
            this.y = y;
        }

        public static extern Vector2 one { get; }
        public static extern Vector2 zero { get; }
        public extern float magnitude { get; }
        public static extern Vector2 operator *(Vector2 a, float d);
        public static extern Vector2 operator +(Vector2 a, Vector2 b);
        public static extern Vector2 operator -(Vector2 a, Vector2 b);
        public static extern implicit operator Vector2(Vector3 v);
        public static extern implicit operator Vector3(Vector2 v);
    }

    public struct Vector2Int
    {
        public extern Vector2Int(int x, int y);
        public extern int x { get; set; }
        public extern int y { get; set; }
    }

    public struct Vector3
    {
        public float x;
        public float y;
        public float z;

        public Vector3(float x, float y, float z)
        {
            this.x = x;
            this.y = y;
            this.z = z;
        }

        public static extern Vector3 zero { get; }
        public static extern Vector3 one { get; }
        public static extern Vector3 up { get; }
        public static extern Vector3 forward { get; }
        public static extern Vector3 right { get; }
        public extern float magnitude { get; }
        public extern float sqrMagnitude { get; }
        public extern Vector3 normalized { get; }
        public extern float this[int index] { get; set; }
        public static extern float Dot(Vector3 lhs, Vector3 rhs);
        public static extern Vector3 Cross(Vector3 lhs, Vector3 rhs);
        public static extern float Distance(Vector3 a, Vector3 b);
        public static extern Vector3 Lerp(Vector3 a, Vector3 b, float t);
        public static extern Vector3 Scale(Vector3 a, Vector3 b);
        public static extern Vector3 operator +(Vector3 a, Vector3 b);
        public static extern Vector3 operator -(Vector3 a, Vector3 b);
        public static extern Vector3 operator -(Vector3 a);
        public static extern Vector3 operator *(Vector3 a, float d);
        public static extern Vector3 operator *(float d, Vector3 a);
        public static extern Vector3 operator /(Vector3 a, float d);
        public static extern bool operator ==(Vector3 lhs, Vector3 rhs);
        public static extern bool operator !=(Vector3 lhs, Vector3 rhs);
    }

    public struct Vector4
    {
        public float x;
        public float y;
        public float z;
        public float w;

        public Vector4(float x, float y, float z, float w)
        {
            this.x = x;
            this.y = y;
            this.z = z;
            this.w = w;
        }

        public static extern Vector4 zero { get; }
        public static extern Vector4 one { get; }
        public extern float this[int index] { get; set; }
        public static extern implicit operator Vector4(Vector3 v);
        public static extern implicit operator Vector3(Vector4 v);
        public static extern Vector4 operator *(Vector4 a, float d);
        public static extern Vector4 operator +(Vector4 a, Vector4 b);
    }

    public struct Quaternion
    {
        public float x;
        public float y;
        public float z;
        public float w;

        public Quaternion(float x, float y, float z, float w)
        {
            this.x = x;
            this.y = y;
            this.z = z;
            this.w = w;
        }

        public static extern Quaternion identity { get; }
        public extern Vector3 eulerAngles { get; set; }
        public static extern Quaternion Euler(float x, float y, float z);
        public static extern Quaternion Euler(Vector3 euler);
        public static extern Quaternion AngleAxis(float angle, Vector3 axis);
        public static extern Quaternion Inverse(Quaternion rotation);
        public static extern Quaternion Slerp(Quaternion a, Quaternion b, float t);
        public static extern Quaternion FromToRotation(Vector3 fromDirection, Vector3 toDirection);
        public static extern Quaternion LookRotation(Vector3 forward);
        public static extern Quaternion LookRotation(Vector3 forward, Vector3 upwards);
        public static extern Quaternion operator *(Quaternion lhs, Quaternion rhs);
        public static extern Vector3 operator *(Quaternion rotation, Vector3 point);
        public static extern bool operator ==(Quaternion lhs, Quaternion rhs);
        public static extern bool operator !=(Quaternion lhs, Quaternion rhs);
    }

    public struct Matrix4x4
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

        public extern Matrix4x4(Vector4 column0, Vector4 column1, Vector4 column2, Vector4 column3);
        public static extern Matrix4x4 identity { get; }
        public static extern Matrix4x4 zero { get; }
        public extern bool Equals(Matrix4x4 other);
        public extern Matrix4x4 inverse { get; }
        public extern Matrix4x4 transpose { get; }
        public extern float determinant { get; }
        public extern Quaternion rotation { get; }
        public extern Vector3 lossyScale { get; }
        public extern float this[int row, int column] { get; set; }
        public extern float this[int index] { get; set; }
        public extern Vector4 GetColumn(int index);
        public extern Vector4 GetRow(int index);
        public extern Vector3 GetPosition();
        public extern void SetColumn(int index, Vector4 column);
        public extern void SetRow(int index, Vector4 row);
        public extern Vector3 MultiplyPoint(Vector3 point);
        public extern Vector3 MultiplyPoint3x4(Vector3 point);
        public extern Vector3 MultiplyVector(Vector3 vector);
        public static extern Matrix4x4 TRS(Vector3 pos, Quaternion q, Vector3 s);
        public static extern Matrix4x4 Translate(Vector3 vector);
        public static extern Matrix4x4 Rotate(Quaternion q);
        public static extern Matrix4x4 Scale(Vector3 vector);
        public static extern Matrix4x4 operator *(Matrix4x4 lhs, Matrix4x4 rhs);
        public static extern Vector4 operator *(Matrix4x4 lhs, Vector4 vector);
    }

    public struct Color
    {
        public float r;
        public float g;
        public float b;
        public float a;

        public Color(float r, float g, float b, float a)
        {
            this.r = r;
            this.g = g;
            this.b = b;
            this.a = a;
        }

        public Color(float r, float g, float b)
            : this(r, g, b, 1)
        {
        }

        public static extern Color white { get; }
        public static extern Color black { get; }
        public static extern Color clear { get; }
        public static extern Color gray { get; }
        public static extern Color red { get; }
        public static extern Color green { get; }
        public static extern Color yellow { get; }
        public extern Color linear { get; }
        public extern Color gamma { get; }
        public static extern Color operator *(Color a, Color b);
        public static extern Color operator *(Color a, float b);
        public static extern implicit operator Vector4(Color c);
        public static extern implicit operator Color(Vector4 v);
    }

    public struct Color32
    {
        public byte r;
        public byte g;
        public byte b;
        public byte a;

        public extern Color32(byte r, byte g, byte b, byte a);
    }

    public struct Bounds
    {
        public extern Bounds(Vector3 center, Vector3 size);
        public extern Vector3 center { get; set; }
        public extern Vector3 size { get; set; }
        public extern Vector3 extents { get; set; }
        public extern Vector3 min { get; set; }
        public extern Vector3 max { get; set; }
        public extern void Encapsulate(Vector3 point);
        public extern void Encapsulate(Bounds bounds);
        public extern void Expand(float amount);
    }

    public struct Rect
    {
        public extern Rect(float x, float y, float width, float height);
        public extern float x { get; set; }
        public extern float y { get; set; }
        public extern float width { get; set; }
        public extern float height { get; set; }
    }

    public struct Plane
    {
        public extern Vector3 normal { get; set; }
        public extern float distance { get; set; }
    }

    public struct Ray
    {
        public extern Ray(Vector3 origin, Vector3 direction);
        public extern Vector3 origin { get; set; }
        public extern Vector3 direction { get; set; }
    }

    public static class GeometryUtility
    {
        public static extern void CalculateFrustumPlanes(Matrix4x4 worldToProjectionMatrix, Plane[] planes);
        public static extern void CalculateFrustumPlanes(Camera camera, Plane[] planes);
        public static extern bool TestPlanesAABB(Plane[] planes, Bounds bounds);
    }

    public struct Mathf
    {
        public const float PI = 3.14159274F;
        public const float Deg2Rad = PI / 180;
        public const float Rad2Deg = 180 / PI;
        public static extern float Abs(float f);
        public static extern float Sqrt(float f);
        public static extern float Sin(float f);
        public static extern float Cos(float f);
        public static extern float Tan(float f);
        public static extern float Atan2(float y, float x);
        public static extern float Pow(float f, float p);
        public static extern float Exp(float power);
        public static extern float Log(float f);
        public static extern float Floor(float f);
        public static extern int CeilToInt(float f);
        public static extern int FloorToInt(float f);
        public static extern int RoundToInt(float f);
        public static extern float Min(float a, float b);
        public static extern int Min(int a, int b);
        public static extern float Max(float a, float b);
        public static extern int Max(int a, int b);
        public static extern float Clamp(float value, float min, float max);
        public static extern int Clamp(int value, int min, int max);
        public static extern float Clamp01(float value);
        public static extern float Lerp(float a, float b, float t);
        public static extern float GammaToLinearSpace(float value);
        public static extern float LinearToGammaSpace(float value);
        public static extern bool Approximately(float a, float b);
    }

    public sealed class GL
    {
        public static extern Matrix4x4 GetGPUProjectionMatrix(Matrix4x4 proj, bool renderIntoTexture);
    }
}
