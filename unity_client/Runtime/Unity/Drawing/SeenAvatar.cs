using UnityEngine;

namespace Ani3d
{
    /// <summary>One avatar as one camera sees it.</summary>
    internal struct SeenAvatar
    {
        /// <summary>The avatar.</summary>
        public DrawnAvatar Avatar;

        /// <summary>Its version then.</summary>
        public int Version;

        /// <summary>Its Gaussians then.</summary>
        public int Count;

        /// <summary>Where they begin among those of all avatars.</summary>
        public int First;

        /// <summary>Where it stood then.</summary>
        public Matrix4x4 ToWorld;

        /// <summary>From the first eye.</summary>
        public EyeView Left;

        /// <summary>From the second eye; that of the first where there is one.</summary>
        public EyeView Right;

        /// <summary>Whether the camera would see the same of it.</summary>
        public bool LooksAs(in SeenAvatar other)
        {
            return ReferenceEquals(Avatar, other.Avatar) && Version == other.Version && Count == other.Count
                && ToWorld.Equals(other.ToWorld);
        }
    }
}
