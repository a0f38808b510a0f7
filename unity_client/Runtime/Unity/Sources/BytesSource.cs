using System;
using System.Threading;
using System.Threading.Tasks;

namespace Ani3d
{
    /// <summary>A package whose bytes are at hand: from an Addressable, an asset bundle, a download of your own.</summary>
    public sealed class BytesSource : PackageSource
    {
        private readonly byte[] _bytes;

        /// <summary>Creates a source.</summary>
        /// <param name="bytes">of the whole package; they must not be changed while it is in use.</param>
        /// <param name="key">what the package is found by; sources of one key must have the same bytes.</param>
        public BytesSource(byte[] bytes, string key)
        {
            _bytes = bytes ?? throw new ArgumentNullException(nameof(bytes));
            Key = key ?? throw new ArgumentNullException(nameof(key));
        }

        /// <inheritdoc/>
        public override string Key { get; }

        /// <inheritdoc/>
        public override Task<Package> OpenAsync(CancellationToken cancellation)
        {
            return BackgroundWork.Run(() => Package.Open(_bytes), cancellation);
        }
    }
}
