using System;

namespace Ani3d
{
    /// <summary>A package in memory; nothing is copied.</summary>
    public sealed class MemorySource : IByteSource
    {
        private readonly byte[] _bytes;

        /// <summary>Creates a source of all bytes of an array.</summary>
        public MemorySource(byte[] bytes)
        {
            _bytes = bytes ?? throw new ArgumentNullException(nameof(bytes));
        }

        /// <inheritdoc/>
        public long Length => _bytes.Length;

        /// <inheritdoc/>
        public ArraySegment<byte> Read(long offset, int count)
        {
            return new ArraySegment<byte>(_bytes, checked((int)offset), count);
        }
    }
}
