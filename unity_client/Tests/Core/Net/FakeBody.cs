using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace Ani3d.Tests
{
    /// <summary>
    /// The body of a response as a test plays it: pieces of bytes, then an end, a failure, or silence until somebody hangs
    /// up.
    /// </summary>
    internal sealed class FakeBody : Stream
    {
        private readonly IEnumerator<byte[]> _pieces;
        private readonly TaskCompletionSource<bool> _hungUp = new TaskCompletionSource<bool>();
        private byte[] _piece = Array.Empty<byte>();
        private int _at;

        public FakeBody(IEnumerable<byte[]> pieces)
        {
            _pieces = pieces.GetEnumerator();
        }

        /// <summary>What is thrown at the end.</summary>
        public Exception Failure { get; set; }

        /// <summary>Whether nothing comes at the end, not even an end.</summary>
        public bool Hangs { get; set; }

        /// <summary>Milliseconds before each piece.</summary>
        public int DelayMs { get; set; }

        /// <summary>Called at the end of the body.</summary>
        public Action AtEnd { get; set; } = () => { };

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            return ReadAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();
        }

        public override async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancel)
        {
            while (_at == _piece.Length)
            {
                if (DelayMs > 0)
                {
                    await Task.Delay(DelayMs, cancel).ConfigureAwait(false);
                }
                cancel.ThrowIfCancellationRequested();
                if (!_pieces.MoveNext())
                {
                    return await EndAsync(cancel).ConfigureAwait(false);
                }
                _piece = _pieces.Current;
                _at = 0;
            }
            var taken = Math.Min(count, _piece.Length - _at);
            Buffer.BlockCopy(_piece, _at, buffer, offset, taken);
            _at += taken;
            return taken;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancel = default)
        {
            if (DelayMs == 0 && _at == _piece.Length && _pieces.MoveNext())
            {
                _piece = _pieces.Current;
                _at = 0;
            }
            if (DelayMs == 0 && _at < _piece.Length && !cancel.IsCancellationRequested)
            {
                var taken = Math.Min(buffer.Length, _piece.Length - _at);
                _piece.AsSpan(_at, taken).CopyTo(buffer.Span);
                _at += taken;
                return new ValueTask<int>(taken);
            }
            return new ValueTask<int>(CopiedAsync(buffer, cancel));
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin)
        {
            throw new NotSupportedException();
        }

        public override void SetLength(long value)
        {
            throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            throw new NotSupportedException();
        }

        protected override void Dispose(bool disposing)
        {
            _hungUp.TrySetResult(true);
            base.Dispose(disposing);
        }

        private async Task<int> CopiedAsync(Memory<byte> buffer, CancellationToken cancel)
        {
            var bytes = new byte[buffer.Length];
            var taken = await ReadAsync(bytes, 0, bytes.Length, cancel).ConfigureAwait(false);
            bytes.AsSpan(0, taken).CopyTo(buffer.Span);
            return taken;
        }

        private async Task<int> EndAsync(CancellationToken cancel)
        {
            if (Hangs)
            {
                using (cancel.Register(() => _hungUp.TrySetResult(true)))
                {
                    await _hungUp.Task.ConfigureAwait(false);
                }
                throw new OperationCanceledException(cancel);
            }
            if (Failure != null)
            {
                throw Failure;
            }
            AtEnd();
            return 0;
        }
    }
}
