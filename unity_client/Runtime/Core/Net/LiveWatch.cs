using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Ani3d
{
    /// <summary>
    /// Watches a live session for as long as it is wanted: from the first attempt to connect on, over losses that outlast the
    /// patience of one stream, until the session ends or the server refuses for good. Whoever draws calls <see cref="Poll"/>
    /// once a frame; events come on that thread alone.
    /// </summary>
    public sealed class LiveWatch : IDisposable
    {
        private readonly Func<CancellationToken, Task<ILiveFeed>> _subscribe;
        private readonly Func<CancellationToken, Task> _wait;
        private readonly CancellationTokenSource _closed = new CancellationTokenSource();
        private readonly object _lock = new object();
        private readonly Queue<Action> _news = new Queue<Action>();
        private readonly bool _waitsForSession;
        private ILiveFeed _feed;

        /// <summary>Begins to watch.</summary>
        /// <param name="subscribe">makes a connection; it is called again where one is lost for good.</param>
        /// <param name="waitsForSession">whether a session that is not there yet is waited for.</param>
        public LiveWatch(Func<CancellationToken, Task<ILiveFeed>> subscribe, bool waitsForSession = true)
            : this(subscribe, waitsForSession, null)
        {
        }

        /// <summary>Begins to watch; tests wait between attempts as they like.</summary>
        internal LiveWatch(
            Func<CancellationToken, Task<ILiveFeed>> subscribe, bool waitsForSession, Func<CancellationToken, Task> wait)
        {
            _subscribe = subscribe ?? throw new ArgumentNullException(nameof(subscribe));
            _waitsForSession = waitsForSession;
            _wait = wait;
            Completion = Task.Run(WatchAsync);
        }

        /// <summary>The state has changed, with the refusal that led to it or null. Raised by <see cref="Poll"/>.</summary>
        public event Action<ConnectionState, RefusalException> StateChanged;

        /// <summary>The publisher's state has changed. Raised by <see cref="Poll"/>.</summary>
        public event Action<SourceState> SourceChanged;

        /// <summary>How the connection is doing, as of the last <see cref="Poll"/>.</summary>
        public ConnectionState State { get; private set; } = ConnectionState.Connecting;

        /// <summary>Why the last connection was lost or refused; null where none was.</summary>
        public RefusalException Refusal { get; private set; }

        /// <summary>How often a lost connection is back, as of the last <see cref="Poll"/>.</summary>
        public int ReconnectCount { get; private set; }

        /// <summary>Ends when nothing more comes. It never fails.</summary>
        public Task Completion { get; }

        /// <summary>Raises events for what happened since the last time.</summary>
        public void Poll()
        {
            while (true)
            {
                Action next;
                lock (_lock)
                {
                    if (_news.Count == 0)
                    {
                        return;
                    }
                    next = _news.Dequeue();
                }
                next();
            }
        }

        /// <summary>Takes the latest frame where there is one that was not taken before. Never waits.</summary>
        /// <param name="frame">exchanged for the latest; null the first time.</param>
        public bool TryTake(ref StreamedFrame frame)
        {
            var feed = Volatile.Read(ref _feed);
            return feed != null && feed.TryTake(ref frame);
        }

        /// <summary>Hangs up. Nothing is raised from then on.</summary>
        public void Dispose()
        {
            _closed.Cancel();
            lock (_lock)
            {
                _news.Clear();
            }
            Volatile.Read(ref _feed)?.Dispose();
        }

        private async Task WatchAsync()
        {
            Reconnecting delays = null;
            while (!_closed.IsCancellationRequested)
            {
                try
                {
                    await WatchOnceAsync(() => delays = null).ConfigureAwait(false);
                    Tell(ConnectionState.Ended, null);
                    return;
                }
                catch (OperationCanceledException)
                {
                    return;
                }
                catch (RefusalException refusal)
                {
                    if (!IsWorthRetrying(refusal))
                    {
                        Tell(ConnectionState.Closed, refusal);
                        return;
                    }
                    Tell(ConnectionState.Reconnecting, refusal);
                }
                catch (Exception error)
                {
                    // Nobody awaits the watch: what is a fault of this program is told all the same.
                    var found = $"{error.GetType().Name}: {error.Message}";
                    Tell(ConnectionState.Closed, new RefusalException(
                        RefusalCodes.ServiceFailed, "live session", found, "frames", "Report this.", error));
                    return;
                }
                delays ??= new Reconnecting(double.PositiveInfinity);
                if (!await WaitAsync(delays).ConfigureAwait(false))
                {
                    return;
                }
            }
        }

        private async Task WatchOnceAsync(Action opened)
        {
            using (var feed = await _subscribe(_closed.Token).ConfigureAwait(false))
            {
                feed.ConnectionChanged += (state, why) =>
                {
                    // The end is told once it is known whether there will be another connection.
                    if (state == ConnectionState.Open || state == ConnectionState.Reconnecting)
                    {
                        Tell(state, why);
                    }
                };
                feed.SourceChanged += TellSource;
                Volatile.Write(ref _feed, feed);
                opened();
                Tell(ConnectionState.Open, null);
                TellSource(feed.Source);
                if (_closed.IsCancellationRequested)
                {
                    return;
                }
                await feed.Completion.ConfigureAwait(false);
            }
        }

        private bool IsWorthRetrying(RefusalException refusal)
        {
            return Reconnecting.IsPassing(refusal)
                || (_waitsForSession && refusal.Code == RefusalCodes.LiveSessionNotFound);
        }

        private async Task<bool> WaitAsync(Reconnecting delays)
        {
            try
            {
                if (_wait != null)
                {
                    await _wait(_closed.Token).ConfigureAwait(false);
                    return true;
                }
                return await delays.WaitAsync(_closed.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }

        private void TellSource(SourceState source)
        {
            Enqueue(() => SourceChanged?.Invoke(source));
        }

        private void Tell(ConnectionState state, RefusalException why)
        {
            Enqueue(() =>
            {
                if (state == State && why == Refusal)
                {
                    return;
                }
                ReconnectCount += state == ConnectionState.Open && State == ConnectionState.Reconnecting ? 1 : 0;
                State = state;
                Refusal = why;
                StateChanged?.Invoke(state, why);
            });
        }

        private void Enqueue(Action news)
        {
            lock (_lock)
            {
                if (!_closed.IsCancellationRequested)
                {
                    _news.Enqueue(news);
                }
            }
        }
    }
}
