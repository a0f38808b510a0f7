using System;
using System.Threading;
using System.Threading.Tasks;

namespace Ani3d
{
    /// <summary>
    /// Reads a stream in the background and keeps its latest frame: for programs that draw when they please. Three frames
    /// take turns, so nothing is allocated and nobody waits.
    /// </summary>
    public sealed class FrameInbox : IDisposable
    {
        private readonly FrameStream _stream;
        private readonly object _lock = new object();
        private StreamedFrame _written = new StreamedFrame();
        private StreamedFrame _latest = new StreamedFrame();
        private bool _isFresh;

        /// <summary>Begins to read a stream, which it owns from then on.</summary>
        public FrameInbox(FrameStream stream)
        {
            _stream = stream ?? throw new ArgumentNullException(nameof(stream));
            Completion = Task.Run(ReadAsync);
        }

        /// <summary>
        /// Ends with the clip or session, or when it is disposed of; fails with the <see cref="RefusalException"/> that ended
        /// the stream.
        /// </summary>
        public Task Completion { get; }

        /// <summary>Takes the latest frame where there is one that was not taken before. Never waits.</summary>
        /// <param name="frame">exchanged for the latest; null the first time.</param>
        public bool TryTake(ref StreamedFrame frame)
        {
            lock (_lock)
            {
                if (!_isFresh)
                {
                    return false;
                }
                _isFresh = false;
                var taken = _latest;
                _latest = frame ?? new StreamedFrame();
                frame = taken;
                return true;
            }
        }

        /// <summary>Closes the stream.</summary>
        public void Dispose()
        {
            _stream.Dispose();
        }

        private async Task ReadAsync()
        {
            try
            {
                while (await _stream.ReadAsync(_written).ConfigureAwait(false))
                {
                    lock (_lock)
                    {
                        (_written, _latest) = (_latest, _written);
                        _isFresh = true;
                    }
                }
            }
            catch (RefusalException refusal) when (refusal.Code == RefusalCodes.ServiceCancelled)
            {
                // Somebody closed it, as it was meant.
            }
        }
    }
}
