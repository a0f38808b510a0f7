using UnityEngine;

namespace Ani3d
{
    /// <summary>What drawing knows about one avatar. The component fills it; cameras read it.</summary>
    internal sealed class DrawnAvatar
    {
        /// <summary>[N, 3] uint4: the buffer that kernel Deform wrote; null while there is nothing to show.</summary>
        public GraphicsBuffer Posed;

        /// <summary>Harmonics of the package.</summary>
        public GraphicsBuffer Harmonics;

        /// <summary>Degree of the harmonics.</summary>
        public int Degree;

        /// <summary>Gaussians that are drawn: those of the level that is shown.</summary>
        public int Count;

        /// <summary>Changes with whatever is in <see cref="Posed"/>, or how it is coloured.</summary>
        public int Version;

        /// <summary>From the object's space to the world.</summary>
        public Matrix4x4 ToWorld;

        /// <summary>What it may fill, in its own space.</summary>
        public Box Bounds = Box.Empty;

        /// <summary>Layer of its object: cameras leave out what their mask does.</summary>
        public int Layer;

        /// <summary>Factors of linear light.</summary>
        public Vector4 Tint = new Vector4(1, 1, 1, 1);

        /// <summary>Largest height in the picture of any camera since it was last looked at, pixels.</summary>
        public double HeightPx;

        /// <summary>Whether there is anything to draw.</summary>
        public bool IsShown => Count > 0 && Posed != null && Posed.IsValid() && !Bounds.IsEmpty;
    }
}
