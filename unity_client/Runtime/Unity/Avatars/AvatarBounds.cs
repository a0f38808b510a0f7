using System;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading;
using UnityEngine;

namespace Ani3d
{
    /// <summary>What a component says of what it shows, in Unity's terms.</summary>
    internal static class AvatarBounds
    {
        /// <summary>Stands for an avatar that is not loaded.</summary>
        public static readonly DrawnAvatar NothingDrawn = new DrawnAvatar();

        // A key an array for as long as it lives: hash codes of two arrays may be the same.
        private static readonly ConditionalWeakTable<byte[], string> s_keysOfBytes = new ConditionalWeakTable<byte[], string>();
        private static int s_keyCount;

        /// <summary>A box of the avatar's space in the world.</summary>
        public static Bounds InWorld(Box box, Matrix4x4 toWorld)
        {
            if (box.IsEmpty)
            {
                return default;
            }
            Vec3 centre = EngineFrame.Place(box.Centre), half = box.HalfSize;
            var m = EngineMatrices.Of(toWorld);
            var place = m.Linear * centre + m.Offset;
            // The box along the world's axes around a turned box.
            var r = m.Linear;
            var size = new Vec3(
                Math.Abs(r.M00) * half.X + Math.Abs(r.M01) * half.Y + Math.Abs(r.M02) * half.Z,
                Math.Abs(r.M10) * half.X + Math.Abs(r.M11) * half.Y + Math.Abs(r.M12) * half.Z,
                Math.Abs(r.M20) * half.X + Math.Abs(r.M21) * half.Y + Math.Abs(r.M22) * half.Z);
            return new Bounds(
                new Vector3((float)place.X, (float)place.Y, (float)place.Z),
                new Vector3((float)(2 * size.X), (float)(2 * size.Y), (float)(2 * size.Z)));
        }

        /// <summary>What bytes without a key are found by: the array itself.</summary>
        public static string KeyOf(byte[] bytes)
        {
            return s_keysOfBytes.GetValue(
                bytes, _ => "bytes " + Interlocked.Increment(ref s_keyCount).ToString(CultureInfo.InvariantCulture));
        }

        /// <summary>An error of loading as a refusal: those of files and networks have no code of their own.</summary>
        public static RefusalException RefusalOf(Exception error, string source)
        {
            return error as RefusalException
                ?? new RefusalException(
                    RefusalCodes.FileUnreadable, source, error.Message, "an .a3d package", "Look at the source, and load it again.",
                    error);
        }
    }
}
