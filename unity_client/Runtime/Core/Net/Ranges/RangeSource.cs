using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Ani3d
{
    /// <summary>
    /// A package that is read by byte ranges from somewhere else. <see cref="FetchAsync"/> reads ranges ahead;
    /// <see cref="Read"/> gives them without waiting then, and otherwise waits for the network: never on a main thread.
    /// </summary>
    public abstract class RangeSource : IByteSource, IDisposable
    {
        // Others that read may drop a block before it is taken.
        private const int Attempts = 8;
        private readonly object _lock = new object();
        private readonly SemaphoreSlim _fetching = new SemaphoreSlim(1);
        private readonly CancellationTokenSource _closed = new CancellationTokenSource();
        private readonly List<Block> _blocks = new List<Block>();
        private readonly RangeOptions _options;

        private protected RangeSource(RangeOptions options)
        {
            _options = options;
        }

        /// <inheritdoc/>
        public long Length { get; private protected set; }

        /// <summary>Requests that were made so far.</summary>
        public int RequestCount { get; private protected set; }

        /// <summary>Bytes that came so far.</summary>
        public long ReceivedBytes { get; private protected set; }

        /// <inheritdoc/>
        /// <exception cref="RefusalException">of the server, where the bytes were not read ahead.</exception>
        public ArraySegment<byte> Read(long offset, int count)
        {
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                if (TryRead(offset, count, out var bytes))
                {
                    return bytes;
                }
                // Continuations never come back to the thread that waits, so it cannot wait for itself.
                var range = new[] { new ByteRange(offset, count) };
                Task.Run(() => FetchAsync(range, CancellationToken.None)).GetAwaiter().GetResult();
            }
            return TryRead(offset, count, out var last) ? last : throw new InvalidOperationException(
                "a range was dropped while it was read: MaxHeldBytes is too small for all who read");
        }

        /// <summary>Reads ranges ahead: those that are close together in one request, those that are here in none.</summary>
        /// <param name="ranges">within the file, in any order.</param>
        /// <param name="cancel">ends reading; what has come is kept.</param>
        /// <exception cref="RefusalException">of the server.</exception>
        public async Task FetchAsync(IEnumerable<ByteRange> ranges, CancellationToken cancel = default)
        {
            using (var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, _closed.Token))
            {
                await _fetching.WaitAsync(both.Token).ConfigureAwait(false);
                try
                {
                    var wanted = ranges.Where(range => range.Count > 0).ToList();
                    foreach (var range in Joined(wanted.Where(IsMissing)))
                    {
                        var bytes = new byte[range.Count];
                        await FillAsync(range.Offset, bytes, both.Token).ConfigureAwait(false);
                        Keep(range.Offset, bytes);
                    }
                    Drop(wanted);
                }
                finally
                {
                    _fetching.Release();
                }
            }
        }

        /// <summary>Ends requests in progress.</summary>
        public virtual void Dispose()
        {
            _closed.Cancel();
        }

        /// <summary>Whether bytes are here.</summary>
        internal bool Holds(long offset, int count)
        {
            return TryRead(offset, count, out _);
        }

        /// <summary>Reads bytes from where they are.</summary>
        private protected abstract Task FillAsync(long offset, byte[] bytes, CancellationToken cancel);

        /// <summary>Keeps bytes that have come.</summary>
        private protected void Keep(long offset, byte[] bytes)
        {
            lock (_lock)
            {
                _blocks.RemoveAll(block => block.Offset >= offset && block.End <= offset + bytes.Length);
                _blocks.Add(new Block(offset, bytes));
            }
        }

        private bool TryRead(long offset, int count, out ArraySegment<byte> bytes)
        {
            lock (_lock)
            {
                foreach (var block in _blocks)
                {
                    if (offset >= block.Offset && offset + count <= block.End)
                    {
                        bytes = new ArraySegment<byte>(block.Bytes, (int)(offset - block.Offset), count);
                        return true;
                    }
                }
            }
            bytes = count == 0 ? new ArraySegment<byte>(Array.Empty<byte>()) : default;
            return count == 0;
        }

        private bool IsMissing(ByteRange range)
        {
            if (range.Offset < 0 || range.End > Length)
            {
                throw new ArgumentOutOfRangeException(nameof(range), $"{range.Count} bytes at {range.Offset} of {Length}");
            }
            return !TryRead(range.Offset, range.Count, out _);
        }

        private IEnumerable<ByteRange> Joined(IEnumerable<ByteRange> ranges)
        {
            var joined = new List<ByteRange>();
            foreach (var range in ranges.OrderBy(range => range.Offset))
            {
                var last = joined.Count > 0 ? joined[joined.Count - 1] : default;
                var end = Math.Max(last.End, range.End);
                var isClose = joined.Count > 0 && range.Offset - last.End <= _options.MaxGapBytes
                    && (end - last.Offset <= _options.MaxRequestBytes || range.Offset < last.End)
                    && end - last.Offset <= int.MaxValue;
                if (isClose)
                {
                    joined[joined.Count - 1] = new ByteRange(last.Offset, (int)(end - last.Offset));
                }
                else
                {
                    joined.Add(range);
                }
            }
            return joined;
        }

        // The blocks that came first go, but none that this fetch was for.
        private void Drop(List<ByteRange> wanted)
        {
            lock (_lock)
            {
                var held = _blocks.Sum(block => (long)block.Bytes.Length);
                for (var i = 0; i < _blocks.Count && held > _options.MaxHeldBytes;)
                {
                    var block = _blocks[i];
                    if (wanted.Any(range => range.Offset < block.End && range.End > block.Offset))
                    {
                        i++;
                        continue;
                    }
                    held -= block.Bytes.Length;
                    _blocks.RemoveAt(i);
                }
            }
        }

        private sealed class Block
        {
            public Block(long offset, byte[] bytes)
            {
                Offset = offset;
                Bytes = bytes;
            }

            public long Offset { get; }

            public byte[] Bytes { get; }

            public long End => Offset + Bytes.Length;
        }
    }
}
