using UnityEngine;

namespace Ani3d
{
    /// <summary>
    /// The only place that knows both hands: ani3d is right-handed (Y up, an avatar faces +Z), Unity is left-handed (Y up,
    /// +Z forward). One is the mirror image of the other in x, so an avatar faces +Z in both.
    /// </summary>
    /// <remarks>
    /// Places and directions: x is negated. Rotations: y and z of the quaternion are negated. Matrices: S M S with
    /// S = diag(−1, 1, 1, 1). Each is its own inverse.
    /// </remarks>
    public static class UnitySpace
    {
        /// <summary>A place or direction of ani3d, metres, as Unity has it.</summary>
        public static Vector3 ToUnity(Vec3 v)
        {
            return new Vector3((float)-v.X, (float)v.Y, (float)v.Z);
        }

        /// <summary>A rotation of ani3d as Unity has it.</summary>
        public static Quaternion ToUnity(Quat q)
        {
            return new Quaternion((float)q.X, (float)-q.Y, (float)-q.Z, (float)q.W);
        }

        /// <summary>A place or direction of Unity, metres, as ani3d has it.</summary>
        public static Vec3 FromUnity(Vector3 v)
        {
            return new Vec3(-v.x, v.y, v.z);
        }

        /// <summary>A rotation of Unity as ani3d has it.</summary>
        public static Quat FromUnity(Quaternion q)
        {
            return new Quat(q.w, q.x, -q.y, -q.z);
        }

        /// <summary>
        /// A matrix that takes places of ani3d's space to another ani3d space, as one between spaces of Unity, or the other
        /// way about: row and column of x change their sign, but for their common element.
        /// </summary>
        public static Matrix4x4 Mirrored(Matrix4x4 m)
        {
            m.m01 = -m.m01;
            m.m02 = -m.m02;
            m.m03 = -m.m03;
            m.m10 = -m.m10;
            m.m20 = -m.m20;
            m.m30 = -m.m30;
            return m;
        }

        /// <summary>
        /// A matrix that takes places of Unity's space somewhere, as one that takes places of ani3d's there: M S, the column
        /// of x changes its sign. With it shaders read an avatar's places without turning each over.
        /// </summary>
        public static Matrix4x4 FromPackage(Matrix4x4 m)
        {
            m.m00 = -m.m00;
            m.m10 = -m.m10;
            m.m20 = -m.m20;
            m.m30 = -m.m30;
            return m;
        }
    }
}
