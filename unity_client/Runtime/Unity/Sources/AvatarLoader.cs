using System;
using UnityEngine;

namespace Ani3d
{
    /// <summary>Loads a package that is no asset into a <see cref="GaussianAvatar"/>: of StreamingAssets, a file, an address, a server.</summary>
    [AddComponentMenu("ani3d/Avatar Loader")]
    [DisallowMultipleComponent]
    [RequireComponent(typeof(GaussianAvatar))]
    public sealed class AvatarLoader : MonoBehaviour
    {
        /// <summary>Where a package is.</summary>
        public enum Place
        {
            /// <summary>Below the folder StreamingAssets, on every platform.</summary>
            StreamingAssets,

            /// <summary>A file of this machine.</summary>
            File,

            /// <summary>An http or https address.</summary>
            Address,

            /// <summary>An avatar of an ani3d server.</summary>
            Server,
        }

        [SerializeField]
        private Place place = Place.StreamingAssets;

        [SerializeField, Tooltip("Path, address, or the avatar's name on the server.")]
        private string path = string.Empty;

        [SerializeField, Tooltip("For avatars of a server alone.")]
        private ServerEndpoint server = new ServerEndpoint();

        private readonly Share _share = new Share();

        /// <summary>The server, for avatars of one.</summary>
        public ServerEndpoint Server => server;

        /// <summary>The share of a server's package that has arrived, 0 to 1.</summary>
        public double Progress => _share.Value;

        /// <summary>Loads the package; it is called in OnEnable.</summary>
        public void Load()
        {
            GetComponent<GaussianAvatar>().Load(Source());
        }

        private void OnEnable()
        {
            if (path.Length > 0)
            {
                Load();
            }
        }

        private PackageSource Source()
        {
            switch (place)
            {
                case Place.File: return new FileSource(path);
                case Place.Address: return new AddressSource(path);
                case Place.Server: return new ServerSource(server, path, _share);
                default: return AddressSource.InStreamingAssets(path);
            }
        }

        // Written by a thread, read by another.
        private sealed class Share : IProgress<double>
        {
            private long _bits;

            public double Value => BitConverter.Int64BitsToDouble(System.Threading.Interlocked.Read(ref _bits));

            public void Report(double value)
            {
                System.Threading.Interlocked.Exchange(ref _bits, BitConverter.DoubleToInt64Bits(value));
            }
        }
    }
}
