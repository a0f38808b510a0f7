using System.Threading;
using System.Threading.Tasks;

namespace Ani3d
{
    /// <summary>
    /// Where a package comes from: an asset, bytes, a file, an address, a server. Avatars whose sources have the same
    /// <see cref="Key"/> share one open package and its buffers.
    /// </summary>
    public abstract class PackageSource
    {
        /// <summary>What the package is found by; two sources with one key have the same bytes.</summary>
        public abstract string Key { get; }

        /// <summary>Opens the package. It is called on the main thread, and may complete on another one.</summary>
        /// <param name="cancellation">ends it; nothing is left open then.</param>
        /// <returns>An open package, which the caller disposes.</returns>
        /// <exception cref="RefusalException">it cannot be had, or is refused.</exception>
        public abstract Task<Package> OpenAsync(CancellationToken cancellation);

        /// <summary>What people read where an error names the source.</summary>
        public override string ToString()
        {
            return Key;
        }
    }
}
