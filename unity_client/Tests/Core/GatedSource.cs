using System;
using System.Threading;

namespace Ani3d.Tests
{
    /// <summary>A package whose bytes come only while a gate is open, as from a slow medium.</summary>
    internal sealed class GatedSource : IByteSource
    {
        private readonly byte[] _bytes;
        private readonly ManualResetEventSlim _gate = new ManualResetEventSlim(true);

        /// <summary>Creates a source whose gate is open.</summary>
        public GatedSource(byte[] bytes)
        {
            _bytes = bytes;
        }

        /// <inheritdoc/>
        public long Length => _bytes.Length;

        /// <summary>Lets readers wait.</summary>
        public void Close()
        {
            _gate.Reset();
        }

        /// <summary>Lets readers go on.</summary>
        public void Open()
        {
            _gate.Set();
        }

        /// <inheritdoc/>
        public ArraySegment<byte> Read(long offset, int count)
        {
            if (!_gate.Wait(TimeSpan.FromSeconds(30)))
            {
                throw new TimeoutException("a gate that nobody opens");
            }
            return new ArraySegment<byte>(_bytes, (int)offset, count);
        }
    }
}
