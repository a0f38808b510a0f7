using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Ani3d
{
    /// <summary>
    /// A folder of packages that were fetched before, by digest: in Unity below Application.persistentDataPath or
    /// temporaryCachePath. It may be deleted at any time. The packages that were used least recently are removed where it
    /// grows too large.
    /// </summary>
    public sealed class PackageCache
    {
        private const long DefaultMaxBytes = 4L << 30;
        private readonly Dictionary<string, SemaphoreSlim> _fetching = new Dictionary<string, SemaphoreSlim>();
        private readonly string _folder;
        private readonly long _maxBytes;

        /// <summary>Names the folder, which need not exist.</summary>
        /// <param name="folder">of this cache alone.</param>
        /// <param name="maxBytes">of all its files; the package that was asked for last stays in any case.</param>
        public PackageCache(string folder, long maxBytes = DefaultMaxBytes)
        {
            _folder = folder ?? throw new ArgumentNullException(nameof(folder));
            _maxBytes = maxBytes;
        }

        /// <summary>The package of an avatar: from the folder where it is whole there, else from the server.</summary>
        /// <param name="client">connected to the server that offers it.</param>
        /// <param name="avatar">as listed.</param>
        /// <param name="progress">takes the share that has arrived, 0 to 1, on any thread; null for none.</param>
        /// <param name="cancel">ends the download; what has arrived is kept.</param>
        /// <exception cref="RefusalException">as <see cref="Client.DownloadAsync"/>.</exception>
        public async Task<CachedPackage> FetchAsync(
            Client client, AvatarListing avatar, IProgress<double> progress = null, CancellationToken cancel = default)
        {
            if (!PartialDownload.IsDigest(avatar.Digest))
            {
                throw new RefusalException(
                    RefusalCodes.DownloadBadDigest, avatar.AvatarId, "a digest that is none", "64 hexadecimal digits",
                    "Install the same ani3d version on client and server.");
            }
            var path = Path.Combine(_folder, avatar.Digest + ".a3d");
            var turn = TurnOf(avatar.Digest);
            await turn.WaitAsync(cancel).ConfigureAwait(false);
            try
            {
                long received = 0;
                if (!await Task.Run(() => IsWhole(path, avatar.Digest), cancel).ConfigureAwait(false))
                {
                    var report = await client.DownloadAsync(avatar.AvatarId, path, progress, cancel).ConfigureAwait(false);
                    received = report.ReceivedBytes;
                    if (report.Digest != avatar.Digest)
                    {
                        // It was baked again since it was listed; under its own name the new one is found next time.
                        path = Renamed(path, report.Digest);
                    }
                }
                await Task.Run(() => Trim(path), CancellationToken.None).ConfigureAwait(false);
                return new CachedPackage(path, received);
            }
            finally
            {
                turn.Release();
            }
        }

        private static bool IsWhole(string path, string digest)
        {
            if (!File.Exists(path))
            {
                return false;
            }
            try
            {
                using (var package = Package.OpenFile(path))
                {
                    package.CheckBytes();
                    File.SetLastAccessTimeUtc(path, DateTime.UtcNow);
                    return package.Digest == digest;
                }
            }
            catch (Exception error)
                when (error is RefusalException || error is IOException || error is UnauthorizedAccessException)
            {
                return false;
            }
        }

        private static void TryDelete(string path)
        {
            try
            {
                File.Delete(path);
            }
            catch (Exception error) when (error is IOException || error is UnauthorizedAccessException)
            {
                // Somebody has it open; it goes another time.
            }
        }

        private string Renamed(string path, string digest)
        {
            var own = Path.Combine(_folder, digest + ".a3d");
            TryDelete(own);
            File.Move(path, own);
            return own;
        }

        private SemaphoreSlim TurnOf(string digest)
        {
            lock (_fetching)
            {
                if (!_fetching.TryGetValue(digest, out var turn))
                {
                    _fetching[digest] = turn = new SemaphoreSlim(1);
                }
                return turn;
            }
        }

        private void Trim(string wanted)
        {
            var kept = Path.GetFullPath(wanted);
            var files = new DirectoryInfo(_folder).GetFiles().Where(IsOurs)
                .OrderByDescending(file => file.FullName == kept).ThenByDescending(file => file.LastAccessTimeUtc);
            long bytes = 0;
            foreach (var file in files)
            {
                bytes += file.Length;
                if (bytes > _maxBytes && file.FullName != kept && !IsBeingFetched(file.Name))
                {
                    TryDelete(file.FullName);
                }
            }
        }

        private static bool IsOurs(FileInfo file)
        {
            return file.Name.EndsWith(".a3d", StringComparison.Ordinal) || file.Name.EndsWith(".part", StringComparison.Ordinal);
        }

        private bool IsBeingFetched(string name)
        {
            lock (_fetching)
            {
                return _fetching.Any(pair => name.Contains(pair.Key) && pair.Value.CurrentCount == 0);
            }
        }
    }
}
