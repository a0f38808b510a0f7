using System;
using System.Runtime.CompilerServices;
using UnityEngine;

namespace Ani3d
{
    /// <summary>A camera, and which of its passes where eyes are rendered one after the other.</summary>
    internal readonly struct CameraKey : IEquatable<CameraKey>
    {
        /// <summary>Creates a key.</summary>
        public CameraKey(Camera camera, int multipassId)
        {
            Camera = camera;
            MultipassId = multipassId;
        }

        /// <summary>The camera; Unity's null once it is destroyed.</summary>
        public Camera Camera { get; }

        /// <summary>0, or the number of the eye.</summary>
        public int MultipassId { get; }

        /// <inheritdoc/>
        public bool Equals(CameraKey other)
        {
            return ReferenceEquals(Camera, other.Camera) && MultipassId == other.MultipassId;
        }

        /// <inheritdoc/>
        public override bool Equals(object other)
        {
            return other is CameraKey key && Equals(key);
        }

        /// <inheritdoc/>
        public override int GetHashCode()
        {
            return RuntimeHelpers.GetHashCode(Camera) * 31 + MultipassId;
        }
    }
}
