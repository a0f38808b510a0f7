using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Ani3d.Messages;

namespace Ani3d
{
    /// <summary>
    /// A file that arrives in pieces: in .NAME.DIGEST.part beside the target, which gets its name once it is whole and
    /// right. Pieces stay where a download breaks off, and the next one takes them up.
    /// </summary>
    internal sealed class PartialDownload : IDisposable
    {
        private const int DigestDigits = 64;
        private const string Suffix = ".part";
        private readonly string _target;
        private readonly string _folder;
        private readonly string _prefix;
        private readonly long _maxBytes;
        private readonly IProgress<double> _progress;
        private FileStream _file;
        private string _part;
        private long _totalBytes;
        private long _heldBytes;
        private long _resumedFromBytes;

        /// <summary>Finds what an earlier attempt has left.</summary>
        public PartialDownload(string target, long maxBytes, IProgress<double> progress)
        {
            _target = Path.GetFullPath(target);
            _folder = Path.GetDirectoryName(_target);
            _prefix = "." + Path.GetFileName(_target) + ".";
            _maxBytes = maxBytes;
            _progress = progress;
            FindLeftOver();
        }

        /// <summary>Of the package whose pieces are here; empty where there are none.</summary>
        public string Digest { get; private set; } = string.Empty;

        /// <summary>Bytes that came over the wire.</summary>
        public long ReceivedBytes { get; private set; }

        /// <summary>Whether every byte is there.</summary>
        public bool IsWhole => _file != null && _heldBytes == _totalBytes;

        /// <summary>Whether a text is a digest: it becomes part of a file's name.</summary>
        public static bool IsDigest(string text)
        {
            return text.Length == DigestDigits && text.All(digit => (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f'));
        }

        /// <summary>The request for the next piece.</summary>
        public DownloadRequest Request(string avatarId)
        {
            return new DownloadRequest { AvatarId = avatarId, Offset = (ulong)_heldBytes, IfDigest = Digest };
        }

        /// <summary>Appends a piece.</summary>
        /// <exception cref="RefusalException">
        /// download-out-of-order, download-bad-digest, download-too-large, download-not-written.
        /// </exception>
        public async Task AddAsync(DownloadResponse response, CancellationToken cancel)
        {
            if (response.Digest.Length > 0)
            {
                Begin(response);
            }
            var count = response.Data.Count;
            if (_file == null || response.Offset != (ulong)_heldBytes || _heldBytes + count > _totalBytes)
            {
                throw Broken(
                    RefusalCodes.DownloadOutOfOrder, $"{count} bytes at offset {response.Offset}",
                    $"the first response of a call, then bytes at offset {_heldBytes} of {_totalBytes}");
            }
            try
            {
                await _file.WriteAsync(response.Data.Array, response.Data.Offset, count, cancel).ConfigureAwait(false);
            }
            catch (Exception error) when (error is IOException || error is UnauthorizedAccessException)
            {
                throw NotWritten(error);
            }
            _heldBytes += count;
            ReceivedBytes += count;
            _progress?.Report(_totalBytes > 0 ? (double)_heldBytes / _totalBytes : 1);
        }

        /// <summary>Drops the bytes so far: they belong to another version of the package.</summary>
        public void StartOver()
        {
            CloseAndRemove();
            _heldBytes = _resumedFromBytes = _totalBytes = 0;
            Digest = string.Empty;
        }

        /// <summary>Checks the digest and gives the file its name.</summary>
        /// <exception cref="RefusalException">
        /// download-digest-mismatch, package-future: the pieces are removed. download-not-written: they stay.
        /// </exception>
        public DownloadReport Finish()
        {
            _file.Dispose();
            _file = null;
            Check();
            try
            {
                if (File.Exists(_target))
                {
                    File.Replace(_part, _target, null);
                }
                else
                {
                    File.Move(_part, _target);
                }
            }
            catch (Exception error) when (error is IOException || error is UnauthorizedAccessException)
            {
                throw NotWritten(error);
            }
            return new DownloadReport(_target, Digest, _heldBytes, _resumedFromBytes, ReceivedBytes);
        }

        /// <summary>Closes the file; its pieces stay.</summary>
        public void Dispose()
        {
            _file?.Dispose();
        }

        private void FindLeftOver()
        {
            if (!Directory.Exists(_folder))
            {
                return;
            }
            var left = Directory.GetFiles(_folder, _prefix + "*" + Suffix).Where(path => IsDigest(DigestIn(path)))
                .OrderByDescending(File.GetLastWriteTimeUtc).FirstOrDefault();
            if (left != null)
            {
                _part = left;
                Digest = DigestIn(left);
                _heldBytes = _resumedFromBytes = new FileInfo(left).Length;
            }
        }

        private string DigestIn(string path)
        {
            var name = Path.GetFileName(path);
            var length = name.Length - _prefix.Length - Suffix.Length;
            return length > 0 ? name.Substring(_prefix.Length, length) : string.Empty;
        }

        private void Begin(DownloadResponse response)
        {
            if (!IsDigest(response.Digest) || (Digest.Length > 0 && response.Digest != Digest))
            {
                var stated = response.Digest.Substring(0, Math.Min(80, response.Digest.Length));
                throw Broken(
                    RefusalCodes.DownloadBadDigest, $"digest '{stated}'", Digest.Length > 0 ? Digest : "64 hexadecimal digits");
            }
            if (response.TotalSizeBytes > (ulong)_maxBytes)
            {
                throw new RefusalException(
                    RefusalCodes.DownloadTooLarge, Path.GetFileName(_target), $"{response.TotalSizeBytes} bytes",
                    $"at most {_maxBytes}", "Raise MaxPackageBytes of the client's options if the package may be so large.");
            }
            Digest = response.Digest;
            _totalBytes = (long)response.TotalSizeBytes;
            if (_file != null)
            {
                return;
            }
            _part = Path.Combine(_folder, _prefix + Digest + Suffix);
            try
            {
                Directory.CreateDirectory(_folder);
                // Unbuffered: what was received survives when this process is killed.
                _file = new FileStream(_part, FileMode.Append, FileAccess.Write, FileShare.Read, 1, true);
            }
            catch (Exception error) when (error is IOException || error is UnauthorizedAccessException)
            {
                throw NotWritten(error);
            }
        }

        private void Check()
        {
            string found;
            try
            {
                using (var package = Package.OpenFile(_part))
                {
                    package.CheckBytes();
                    if (package.Digest == Digest)
                    {
                        return;
                    }
                    found = $"a package with digest {package.Digest}";
                }
            }
            catch (RefusalException refusal)
            {
                if (refusal.Family == "future")
                {
                    CloseAndRemove();
                    throw;
                }
                found = $"[{refusal.Code}] {refusal.Found}";
            }
            CloseAndRemove();
            throw new RefusalException(
                RefusalCodes.DownloadDigestMismatch, Path.GetFileName(_target), found, $"a package with digest {Digest}",
                "What had arrived was removed. Download again; if it repeats, check the server's disk.");
        }

        private void CloseAndRemove()
        {
            _file?.Dispose();
            _file = null;
            try
            {
                if (_part != null)
                {
                    File.Delete(_part);
                }
            }
            catch (Exception error) when (error is IOException || error is UnauthorizedAccessException)
            {
                // It is in the way of nothing: its name holds its digest.
            }
            _part = null;
        }

        private RefusalException Broken(string code, string found, string expected)
        {
            return new RefusalException(
                code, Path.GetFileName(_target), found, expected, "Install the same ani3d version on client and server.");
        }

        private RefusalException NotWritten(Exception error)
        {
            return new RefusalException(
                RefusalCodes.DownloadNotWritten, _target, error.Message, "room for the package in that folder",
                "Free some space or choose another folder; what has arrived is kept and resumed.", error);
        }
    }
}
