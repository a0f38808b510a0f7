using System;
using System.Threading;
using System.Threading.Tasks;

namespace Ani3d
{
    /// <summary>A package that was imported into the project. Its bytes are those of the asset; nothing is copied.</summary>
    public sealed class AssetSource : PackageSource
    {
        private readonly AvatarAsset _asset;

        /// <summary>Creates a source.</summary>
        /// <param name="asset">an imported .a3d.</param>
        public AssetSource(AvatarAsset asset)
        {
            _asset = asset ? asset : throw new ArgumentNullException(nameof(asset));
        }

        /// <inheritdoc/>
        public override string Key => _asset.HasFailed ? $"{_asset.name}: {_asset.FailureCode}" : _asset.Digest;

        /// <inheritdoc/>
        public override Task<Package> OpenAsync(CancellationToken cancellation)
        {
            if (_asset.HasFailed)
            {
                return Task.FromException<Package>(_asset.Failure());
            }
            var bytes = _asset.Bytes;
            return BackgroundWork.Run(() => Package.Open(bytes), cancellation);
        }

        /// <inheritdoc/>
        public override string ToString()
        {
            return _asset.name;
        }
    }
}
