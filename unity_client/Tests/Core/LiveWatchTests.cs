using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>A live session is watched over losses, as far as the server's refusals allow.</summary>
    public sealed class LiveWatchTests
    {
        private readonly List<string> _told = new List<string>();
        private Queue<Func<ILiveFeed>> _answers;
        private int _waits;

        [SetUp]
        public void Begin()
        {
            _told.Clear();
            _waits = 0;
        }

        [Test]
        public void AServerThatIsNotThereYetIsWaitedFor()
        {
            var feed = new Feed();
            using (var watch = Watch(
                () => throw Refusal(RefusalCodes.ServiceUnreachable), () => throw Refusal(RefusalCodes.ServiceTimeout), () => feed))
            {
                Until(() => watch.State == ConnectionState.Open, watch);
                Assert.That(_told, Is.EqualTo(new[]
                {
                    "Reconnecting service-unreachable", "Reconnecting service-timeout", "Open ",
                }));
                Assert.That(_waits, Is.EqualTo(2));
                feed.End();
                Until(() => watch.Completion.IsCompleted, watch);
                Assert.That(watch.State, Is.EqualTo(ConnectionState.Ended));
            }
        }

        [Test]
        public void AStreamThatLosesPatienceIsBegunAnew()
        {
            Feed first = new Feed(), second = new Feed();
            using (var watch = Watch(() => first, () => second))
            {
                Until(() => watch.State == ConnectionState.Open, watch);
                first.Fail(Refusal(RefusalCodes.ServiceUnreachable));
                Until(() => watch.ReconnectCount == 1, watch);
                Assert.That(first.IsDisposed, Is.True);
                StreamedFrame frame = null;
                second.Frame = new StreamedFrame();
                Assert.That(watch.TryTake(ref frame), Is.True);
                Assert.That(frame, Is.SameAs(second.Frame));
                second.End();
            }
        }

        [TestCase(RefusalCodes.TokenMissing)]
        [TestCase(RefusalCodes.ServiceDigestChanged)]
        [TestCase(RefusalCodes.ServiceTlsFailed)]
        public void WhatTheServerRefusesForGoodIsNotAskedForAgain(string code)
        {
            using (var watch = Watch(() => throw Refusal(code)))
            {
                Until(() => watch.Completion.IsCompleted, watch);
                Assert.That(watch.State, Is.EqualTo(ConnectionState.Closed));
                Assert.That(watch.Refusal.Code, Is.EqualTo(code));
                Assert.That(_waits, Is.Zero);
            }
        }

        [TestCase(true)]
        [TestCase(false)]
        public void ASessionThatIsNotThereYetIsWaitedForWhereThatIsWanted(bool waits)
        {
            var feed = new Feed();
            _answers = new Queue<Func<ILiveFeed>>(
                new Func<ILiveFeed>[] { () => throw Refusal(RefusalCodes.LiveSessionNotFound), () => feed });
            using (var watch = new LiveWatch(Subscribe, waits, Wait))
            {
                watch.StateChanged += Tell;
                var wanted = waits ? ConnectionState.Open : ConnectionState.Closed;
                Until(() => watch.State == wanted, watch);
                feed.End();
            }
        }

        [Test]
        public void NothingIsToldOnceItIsDisposedOf()
        {
            var feed = new Feed();
            var watch = Watch(() => feed);
            Until(() => watch.State == ConnectionState.Open, watch);
            watch.Dispose();
            feed.Tell(ConnectionState.Reconnecting);
            var before = _told.Count;
            watch.Poll();
            Assert.That(_told, Has.Count.EqualTo(before));
            Assert.That(feed.IsDisposed, Is.True);
            feed.Fail(Refusal(RefusalCodes.ServiceCancelled));
            Assert.That(watch.Completion.Wait(5000), Is.True);
        }

        [Test]
        public void EventsComeWithPollingAlone()
        {
            var feed = new Feed();
            using (var watch = Watch(() => feed))
            {
                SpinWait.SpinUntil(() => feed.IsWatched, 5000);
                Assert.That(watch.State, Is.EqualTo(ConnectionState.Connecting));
                var sources = new List<SourceState>();
                watch.SourceChanged += sources.Add;
                feed.TellSource(SourceState.Live);
                Assert.That(sources, Is.Empty);
                Until(() => sources.Contains(SourceState.Live), watch);
                feed.End();
            }
        }

        private static RefusalException Refusal(string code)
        {
            return new RefusalException(code, "server", "nothing");
        }

        private static void Until(Func<bool> holds, LiveWatch watch)
        {
            var isSo = SpinWait.SpinUntil(
                () =>
                {
                    watch.Poll();
                    return holds();
                }, 5000);
            Assert.That(isSo, Is.True, $"{watch.State} {watch.Refusal?.Code}");
            watch.Poll();
        }

        private LiveWatch Watch(params Func<ILiveFeed>[] answers)
        {
            _answers = new Queue<Func<ILiveFeed>>(answers);
            var watch = new LiveWatch(Subscribe, true, Wait);
            watch.StateChanged += Tell;
            return watch;
        }

        private void Tell(ConnectionState state, RefusalException why)
        {
            _told.Add($"{state} {why?.Code}");
        }

        private Task<ILiveFeed> Subscribe(CancellationToken cancel)
        {
            cancel.ThrowIfCancellationRequested();
            return Task.FromResult(_answers.Dequeue()());
        }

        private Task Wait(CancellationToken cancel)
        {
            _waits++;
            return Task.CompletedTask;
        }

        private sealed class Feed : ILiveFeed
        {
            private readonly TaskCompletionSource<bool> _done = new TaskCompletionSource<bool>();
            private Action<ConnectionState, RefusalException> _connectionChanged;

            public event Action<ConnectionState, RefusalException> ConnectionChanged
            {
                add
                {
                    _connectionChanged += value;
                    IsWatched = true;
                }

                remove
                {
                    _connectionChanged -= value;
                }
            }

            public event Action<SourceState> SourceChanged;

            public SourceState Source => SourceState.Waiting;

            public Task Completion => _done.Task;

            public StreamedFrame Frame { get; set; }

            public bool IsDisposed { get; private set; }

            public bool IsWatched { get; private set; }

            public bool TryTake(ref StreamedFrame frame)
            {
                frame = Frame;
                return Frame != null;
            }

            public void Tell(ConnectionState state)
            {
                _connectionChanged?.Invoke(state, null);
            }

            public void TellSource(SourceState state)
            {
                SourceChanged?.Invoke(state);
            }

            public void End()
            {
                _done.TrySetResult(true);
            }

            public void Fail(RefusalException why)
            {
                _done.TrySetException(why);
            }

            public void Dispose()
            {
                IsDisposed = true;
            }
        }
    }
}
