using UnityEngine;

namespace Ani3d
{
    /// <summary>Unity's matrices as the core takes them.</summary>
    internal static class EngineMatrices
    {
        /// <summary>The same numbers.</summary>
        public static EngineMatrix Of(in Matrix4x4 m)
        {
            return new EngineMatrix(
                m.m00, m.m01, m.m02, m.m03, m.m10, m.m11, m.m12, m.m13, m.m20, m.m21, m.m22, m.m23, m.m30, m.m31, m.m32, m.m33);
        }

        /// <summary>Row 0, 1 or 2 of a transform, as shaders take it.</summary>
        public static Vector4 Row(RigidTransform t, int row)
        {
            switch (row)
            {
                case 0:
                    return new Vector4((float)t.Rotation.M00, (float)t.Rotation.M01, (float)t.Rotation.M02, (float)t.Offset.X);
                case 1:
                    return new Vector4((float)t.Rotation.M10, (float)t.Rotation.M11, (float)t.Rotation.M12, (float)t.Offset.Y);
                default:
                    return new Vector4((float)t.Rotation.M20, (float)t.Rotation.M21, (float)t.Rotation.M22, (float)t.Offset.Z);
            }
        }
    }
}
