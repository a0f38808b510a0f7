using System;
using System.Threading;
using System.Threading.Tasks;

namespace Ani3d
{
    /// <summary>A package that was imported into the project. Its bytes are those of the asset; nothing is copied.</summary>
    public sealed class AssetSource : PackageSource
    {
        private readonly AvatarAsset _asset;
        private readonly string _digest;
        private readonly string _failure;

        /// <summary>Creates a source.</summary>
        /// <param name="asset">an imported .a3d.</param>
        public AssetSource(AvatarAsset asset)
        {
            _asset = asset ? asset : throw new ArgumentNullException(nameof(asset));
            (_digest, _failure) = (asset.Digest, asset.FailureText);
        }

        /// <inheritdoc/>
        public override string Key => _asset.HasFailed ? $"{_asset.name}: {_asset.FailureCode} {_asset.FailureText}" : _asset.Digest;

        /// <summary>
        /// Whether the asset holds something else than it did when this source was made: it was imported again. It allocates
        /// nothing.
        /// </summary>
        internal bool IsOutdated => _asset && (_asset.Digest != _digest || _asset.FailureText != _failure);

        /// <summary>The source of what the asset holds now.</summary>
        internal AssetSource Renewed()
        {
            return new AssetSource(_asset);
        }

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
