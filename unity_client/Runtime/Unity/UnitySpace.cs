using UnityEngine;

namespace Ani3d
{
    /// <summary>
    /// Places and rotations of packages as types of Unity, and the other way about. Which hand is which, <see cref="EngineFrame"/>
    /// knows alone.
    /// </summary>
    public static class UnitySpace
    {
        /// <summary>A place or direction of a package, metres, as Unity has it.</summary>
        public static Vector3 ToUnity(Vec3 v)
        {
            var place = EngineFrame.Place(v);
            return new Vector3((float)place.X, (float)place.Y, (float)place.Z);
        }

        /// <summary>A rotation of a package as Unity has it.</summary>
        public static Quaternion ToUnity(Quat q)
        {
            var rotation = EngineFrame.Rotation(q);
            return new Quaternion((float)rotation.X, (float)rotation.Y, (float)rotation.Z, (float)rotation.W);
        }

        /// <summary>A place or direction of Unity, metres, as packages have it.</summary>
        public static Vec3 FromUnity(Vector3 v)
        {
            return EngineFrame.Place(new Vec3(v.x, v.y, v.z));
        }

        /// <summary>A rotation of Unity as packages have it.</summary>
        public static Quat FromUnity(Quaternion q)
        {
            return EngineFrame.Rotation(new Quat(q.w, q.x, q.y, q.z));
        }
    }
}
