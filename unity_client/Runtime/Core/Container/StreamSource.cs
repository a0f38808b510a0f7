using System;
using System.IO;

namespace Ani3d
{
    /// <summary>
    /// A package in a stream that can be sought; sections are read when they are asked for. One thread at a time reads.
    /// </summary>
    public sealed class StreamSource : IByteSource, IDisposable
    {
        private readonly object _lock = new object();
        private readonly Stream _stream;

        /// <summary>Creates a source of a stream, which it owns from then on.</summary>
        public StreamSource(Stream stream)
        {
            _stream = stream ?? throw new ArgumentNullException(nameof(stream));
            if (!stream.CanSeek)
            {
                throw new ArgumentException("the stream cannot be sought; read it into memory", nameof(stream));
            }
        }

        /// <inheritdoc/>
        public long Length => _stream.Length;

        /// <inheritdoc/>
        public ArraySegment<byte> Read(long offset, int count)
        {
            var bytes = new byte[count];
            lock (_lock)
            {
                _stream.Seek(offset, SeekOrigin.Begin);
                for (var done = 0; done < count;)
                {
                    var read = _stream.Read(bytes, done, count - done);
                    Refuse.Unless(read > 0, RefusalCodes.PackageTruncated, "package", "the stream ends early");
                    done += read;
                }
            }
            return new ArraySegment<byte>(bytes);
        }

        /// <summary>Closes the stream.</summary>
        public void Dispose()
        {
            _stream.Dispose();
        }
    }
}
