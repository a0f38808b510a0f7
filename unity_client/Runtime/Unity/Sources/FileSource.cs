using System;
using System.Threading;
using System.Threading.Tasks;

namespace Ani3d
{
    /// <summary>A package in a file: sections are read when they are asked for. Not for Web builds, which have no files.</summary>
    public sealed class FileSource : PackageSource
    {
        private readonly string _path;

        /// <summary>Creates a source.</summary>
        /// <param name="path">of the file.</param>
        public FileSource(string path)
        {
            _path = path ?? throw new ArgumentNullException(nameof(path));
        }

        /// <inheritdoc/>
        public override string Key => _path;

        /// <inheritdoc/>
        /// <exception cref="System.IO.IOException">the file cannot be read; the message names it.</exception>
        public override Task<Package> OpenAsync(CancellationToken cancellation)
        {
            return BackgroundWork.Run(() => Package.OpenFile(_path), cancellation);
        }
    }
}
