using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Ani3d.Messages;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>A clip from a server: frames, credits, seeks, lost connections, and servers that may be anybody.</summary>
    public sealed class PlaybackTests
    {
        private const int Joints = 3;
        private FakeServer _server;

        [Test]
        public void FramesComeInOrderWithWhatTheServerSaysOfThem()
        {
            _server = Answering(Head(), Frame(0, 0), Frame(1 / 30.0, 1), End());
            var frames = ReadAll(Play(), out var playback);
            Assert.That(frames.Select(frame => frame.FrameIndex), Is.EqualTo(new[] { 0, 1 }));
            Assert.That(frames[1].TimeS, Is.EqualTo(1 / 30.0));
            Assert.That(frames[1].Light.RootTranslationM.X, Is.EqualTo(1));
            Assert.That(frames[1].Light.JointRotations[2].W, Is.EqualTo(1));
            Assert.That(playback.Header.JointNames, Has.Count.EqualTo(Joints));
            Assert.That(playback.Connection, Is.EqualTo(ConnectionState.Ended));
        }

        [Test]
        public void TheFirstRequestSaysHowToPlay()
        {
            _server = Answering(Head(), End());
            var options = new PlayOptions { Rate = -2, Loop = true, StartTimeS = 1.5, Credits = 7, Lod = 2, EndTimeS = 3 };
            var playback = Failing.Done(_server.Client().PlayAsync("ada", "walk", options));
            var start = _server.Calls[0].RequestsUntil<PlayRequest>(requests => requests.Count > 0)[0].Start;
            playback.Dispose();
            Assert.That((start.AvatarId, start.Clip, start.Rate, start.Loop), Is.EqualTo(("ada", "walk", -2, true)));
            Assert.That((start.StartTimeS, start.Credits, start.Lod), Is.EqualTo((1.5, 7, 2)));
            Assert.That((start.Range.BeginTimeS, start.Range.EndTimeS), Is.EqualTo(((double?)null, 3)));
        }

        [Test]
        public void CreditsAreGrantedForFramesThatWereShown()
        {
            var frames = Enumerable.Range(0, 12).Select(i => Frame(i, i));
            _server = Answering(frames.Prepend(Head()).Append(End()).ToArray());
            ReadAll(Play(new PlayOptions { Credits = 8 }), out _);
            var requests = _server.Calls[0].RequestsUntil<PlayRequest>(all => Granted(all) >= 10);
            Assert.That(Granted(requests), Is.InRange(10, 12));
            Assert.That(requests.Where(one => one.Credit?.Frames > 0).Select(one => one.Credit.Frames), Is.All.EqualTo(2));
        }

        [Test]
        public void SilenceIsFilledWithHeartbeats()
        {
            _server = new FakeServer(call => _server.Bytes(
                call, new[] { FakeServer.Framed(Head(heartbeat: 0.05)) }, "0", body => body.Hangs = true));
            using (Play())
            {
                var beats = _server.Calls[0].RequestsUntil<PlayRequest>(all => all.Count > 4).Skip(1);
                Assert.That(beats.Select(one => one.Credit?.Frames), Is.All.EqualTo(0));
            }
        }

        [Test]
        public void FramesOfBeforeASeekAreLeftOut()
        {
            _server = Answering(
                Head(), Frame(0, 0), Frame(1, 1), Frame(2, 2), Frame(0.5, 15, epoch: 1), End(epoch: 1));
            using (var playback = Play())
            {
                var frame = new StreamedFrame();
                Failing.Done(playback.ReadAsync(frame).AsTask());
                playback.Seek(0.5);
                Failing.Done(playback.ReadAsync(frame).AsTask());
                Assert.That((frame.FrameIndex, frame.Epoch), Is.EqualTo((15, 1)));
                var requests = _server.Calls[0].RequestsUntil<PlayRequest>(all => all.Any(one => one.Seek != null));
                Assert.That(requests.Single(one => one.Seek != null).Seek.TimeS, Is.EqualTo(0.5));
            }
        }

        [Test]
        public void AClipThatIsOverGoesOnAfterASeek()
        {
            _server = Answering(Head(), Frame(0, 0), End(), Frame(0, 0, epoch: 1), End(epoch: 1));
            using (var playback = Play())
            {
                var frame = new StreamedFrame();
                Assert.That(Read(playback, frame) && !Read(playback, frame), Is.True);
                playback.Seek(0);
                Assert.That(Read(playback, frame), Is.True);
                Assert.That(frame.Epoch, Is.EqualTo(1));
            }
        }

        [Test]
        public void ALostConnectionGoesOnAfterTheLastFrameAndRepeatsNone()
        {
            var states = new List<ConnectionState>();
            var connections = 0;
            _server = new FakeServer(call => connections++ == 0
                ? Broken(call, Head(), Frame(0, 0), Frame(0.1, 1))
                : connections == 2 ? _server.Refusal(call, 14)
                : _server.Messages(call, new[] { Head(), Frame(0.1, 1), Frame(0.2, 2), End() }));
            using (var playback = Failing.Done(_server.Client(options => options.PatienceS = 10).PlayAsync("ada", "walk")))
            {
                playback.ConnectionChanged += (state, _) => states.Add(state);
                playback.SetRate(2);
                playback.SetLoop(true);
                var frames = new List<long>();
                var frame = new StreamedFrame();
                while (Read(playback, frame))
                {
                    frames.Add(frame.FrameIndex);
                }
                Assert.That(frames, Is.EqualTo(new[] { 0, 1, 2 }));
                Assert.That(playback.ReconnectCount, Is.EqualTo(1));
                var again = _server.Calls[2].RequestsUntil<PlayRequest>(all => all.Count > 0)[0].Start;
                Assert.That((again.StartTimeS, again.Rate, again.Loop), Is.EqualTo((0.1, 2, true)));
            }
            Assert.That(
                states, Is.EqualTo(new[]
                {
                    ConnectionState.Reconnecting, ConnectionState.Open, ConnectionState.Ended, ConnectionState.Closed,
                }));
        }

        [Test]
        public void ASeekThatWasUnderWayIsWhereTheNextConnectionBegins()
        {
            var connections = 0;
            _server = new FakeServer(call => connections++ == 0
                ? Broken(call, Head(), Frame(0, 0))
                : _server.Messages(call, new[] { Head(), Frame(2, 60), End() }));
            using (var playback = Failing.Done(_server.Client(options => options.PatienceS = 10).PlayAsync("ada", "walk")))
            {
                var frame = new StreamedFrame();
                Read(playback, frame);
                playback.Seek(2);
                playback.Pause();
                Read(playback, frame);
                Assert.That((frame.FrameIndex, frame.Epoch), Is.EqualTo((60, 1)), "epochs go on");
                var requests = _server.Calls[1].RequestsUntil<PlayRequest>(all => all.Count > 1);
                Assert.That(requests[0].Start.StartTimeS, Is.EqualTo(2));
                Assert.That(requests[1].Pause, Is.Not.Null);
            }
        }

        [Test]
        public void PatienceEnds()
        {
            var connections = 0;
            _server = new FakeServer(
                call => connections++ == 0 ? Broken(call, Head()) : _server.Refusal(call, 14));
            using (var playback = Failing.Done(_server.Client(options => options.PatienceS = 0.4).PlayAsync("ada", "walk")))
            {
                var refusal = Failing.Refusal(() => playback.ReadAsync(new StreamedFrame()).AsTask());
                Assert.That(refusal.Code, Is.EqualTo(RefusalCodes.ServiceUnreachable));
                Assert.That(playback.Connection, Is.EqualTo(ConnectionState.Closed));
            }
            Assert.That(connections, Is.InRange(2, 5), "delays double");
        }

        [Test]
        public void ARefusalIsARefusalAndIsNotTriedAgain()
        {
            _server = new FakeServer(call => _server.Refusal(call, 16));
            Assert.That(
                Failing.Refusal(() => _server.Client(options => options.PatienceS = 10).PlayAsync("ada", "walk")).Code,
                Is.EqualTo(RefusalCodes.ServiceFailed));
            Assert.That(_server.Calls, Has.Count.EqualTo(1));
        }

        [Test]
        public void AnotherPackageAfterAReconnectionEndsTheStream()
        {
            var connections = 0;
            _server = new FakeServer(call => connections++ == 0
                ? Broken(call, Head(), Frame(0, 0)) : _server.Messages(call, new[] { Head(digest: "other"), Frame(0, 0) }));
            using (var playback = Failing.Done(_server.Client(options => options.PatienceS = 10).PlayAsync("ada", "walk")))
            {
                Read(playback, new StreamedFrame());
                Assert.That(
                    Failing.Refusal(() => playback.ReadAsync(new StreamedFrame()).AsTask()).Code,
                    Is.EqualTo(RefusalCodes.ServiceDigestChanged));
            }
        }

        [Test]
        public void AnEndlessStreamTakesNoMoreMemoryThanAFrame()
        {
            const int count = 5000;
            var endless = Enumerable.Repeat(FakeServer.Framed(Frame(0, 0, 0, LightPayload.Full(200, 1))), count);
            _server = new FakeServer(call => _server.Bytes(
                call, endless.Prepend(FakeServer.Framed(Head(mode: FrameMode.Full))), "0", body => body.Hangs = true));
            using (var playback = Play())
            {
                var frame = new StreamedFrame();
                Read(playback, frame);
                var before = GC.GetTotalMemory(true);
                for (var i = 1; i < count; i++)
                {
                    Read(playback, frame);
                }
                Assert.That(playback.ReceivedBytes, Is.GreaterThan(32 << 20));
                Assert.That(GC.GetTotalMemory(true) - before, Is.LessThan(4 << 20));
            }
        }

        [Test]
        public void ReadingAFrameAllocatesNothing()
        {
            // The smallest object takes 24 bytes. One frame in sixteen sends credits, and to wake who writes them out takes the
            // runtime some tens of bytes.
            const int count = 1000, least = 24, credits = 64;
            var endless = Enumerable.Repeat(FakeServer.Framed(Frame(0, 0)), int.MaxValue);
            _server = new FakeServer(call => _server.Bytes(call, endless.Prepend(FakeServer.Framed(Head()))));
            using (var playback = Play(new PlayOptions { Credits = credits }))
            {
                var frame = new StreamedFrame();
                var growth = Allocation.Growth(
                    times =>
                    {
                        for (var i = 0; i < times; i++)
                        {
                            if (!playback.ReadAsync(frame).Result)
                            {
                                throw new InvalidOperationException("the stream has ended");
                            }
                            // What sends credits may be held up by other programs; a queue would grow meanwhile.
                            WaitUntilSent(playback);
                        }
                    },
                    count);
                Assert.That(growth, Is.LessThan(count * least / 4));
            }
        }

        [Test]
        public void AServerThatNeverComesToFramesIsNotWaitedForForEver()
        {
            var endless = Enumerable.Repeat(FakeServer.Framed(new PlayResponse { Sequence = 1 }), int.MaxValue);
            _server = new FakeServer(call => _server.Bytes(call, endless, "0", body => body.DelayMs = 5));
            Assert.That(
                Failing.Refusal(() => _server.Client(options => options.TimeoutS = 0.3).PlayAsync("ada", "walk")).Code,
                Is.EqualTo(RefusalCodes.ServiceTimeout));
        }

        [TestCase(0)]
        [TestCase(20)]
        public void AFrameThatBeganToComeIsNotWaitedForForEver(int delayMs)
        {
            var frame = FakeServer.Framed(Frame(0, 0));
            // Silence between frames may last as long as it likes; within one it may not.
            var trickle = frame.Take(30).Select(value => new[] { value });
            _server = new FakeServer(call => _server.Bytes(
                call, trickle.Prepend(FakeServer.Framed(Head())), "0", body =>
                {
                    body.Hangs = true;
                    body.DelayMs = delayMs;
                }));
            using (var playback = Failing.Done(_server.Client(options => options.TimeoutS = 0.3).PlayAsync("ada", "walk")))
            {
                Assert.That(
                    Failing.Refusal(() => playback.ReadAsync(new StreamedFrame()).AsTask()).Code,
                    Is.EqualTo(RefusalCodes.ServiceTimeout));
            }
        }

        [Test]
        public void AFrameBeforeTheHeaderIsRefused()
        {
            _server = Answering(Frame(0, 0));
            Assert.That(
                Failing.Refusal(() => _server.Client().PlayAsync("ada", "walk")).Code, Is.EqualTo(RefusalCodes.ServiceBadFrame));
        }

        [Test]
        public void ClosingEndsAReadThatWaits()
        {
            _server = new FakeServer(call => _server.Bytes(
                call, new[] { FakeServer.Framed(Head()) }, "0", body => body.Hangs = true));
            var playback = Play();
            var reading = playback.ReadAsync(new StreamedFrame()).AsTask();
            playback.Dispose();
            Assert.That(Failing.Refusal(() => reading).Code, Is.EqualTo(RefusalCodes.ServiceCancelled));
        }

        [Test]
        public void CancellingAReadEndsTheStream()
        {
            _server = new FakeServer(call => _server.Bytes(
                call, new[] { FakeServer.Framed(Head()) }, "0", body => body.Hangs = true));
            using (var playback = Play())
            using (var cancel = new CancellationTokenSource(50))
            {
                Assert.That(
                    () => Failing.Done(playback.ReadAsync(new StreamedFrame(), cancel.Token).AsTask()),
                    Throws.InstanceOf<OperationCanceledException>());
                Assert.That(playback.Connection, Is.EqualTo(ConnectionState.Closed));
            }
        }

        [Test]
        public void AnInboxKeepsTheLatestFrame()
        {
            _server = Answering(Enumerable.Range(0, 40).Select(i => Frame(i, i)).Prepend(Head()).Append(End()).ToArray());
            using (var inbox = new FrameInbox(Play()))
            {
                Failing.Done(inbox.Completion);
                StreamedFrame frame = null;
                Assert.That(inbox.TryTake(ref frame), Is.True);
                Assert.That(frame.FrameIndex, Is.EqualTo(39));
                Assert.That(inbox.TryTake(ref frame), Is.False);
                Assert.That(frame.FrameIndex, Is.EqualTo(39));
            }
        }

        [Test]
        public void OptionsThatCannotBePlayedAreRefusedBeforeAnythingIsSent()
        {
            _server = Answering(Head());
            foreach (var rate in new[] { 0, 16.5, -17, double.NaN, double.PositiveInfinity })
            {
                var options = new PlayOptions { Rate = rate };
                Assert.That(
                    Failing.Refusal(() => _server.Client().PlayAsync("ada", "walk", options)).Code,
                    Is.EqualTo(RefusalCodes.PlayBadRate));
            }
            Assert.That(
                Failing.Refusal(() => _server.Client().PlayAsync("ada", "walk", new PlayOptions { Credits = 0 })).Code,
                Is.EqualTo(RefusalCodes.PlayBadOption));
            Assert.That(_server.Calls, Is.Empty);
        }

        internal static PlayResponse Head(
            double heartbeat = 10, string digest = "d", int nodes = 0, FrameMode mode = FrameMode.Light, int gaussians = 100)
        {
            var header = new Messages.Header
            {
                AvatarId = "ada",
                Digest = digest,
                Mode = mode,
                Codec = FrameCodec.Floats,
                HeartbeatTimeoutS = heartbeat,
                NodeCount = (uint)nodes,
                GaussianCount = (uint)gaussians,
            };
            header.JointNames.AddRange(Enumerable.Range(0, Joints).Select(i => $"joint{i}"));
            return new PlayResponse { Header = header };
        }

        internal static PlayResponse Frame(double timeS, int index, uint epoch = 0, byte[] payload = null)
        {
            var response = new PlayResponse { Epoch = epoch };
            var frame = response.Frames.Add();
            frame.TimeS = timeS;
            frame.FrameIndex = (uint)index;
            frame.Payload = new ArraySegment<byte>(payload ?? LightPayload.Of(Joints, 0, index));
            return response;
        }

        private static PlayResponse End(uint epoch = 0)
        {
            return new PlayResponse { Epoch = epoch, Ended = new Ended() };
        }

        private static long Granted(List<PlayRequest> requests)
        {
            return requests.Sum(request => request.Credit?.Frames ?? 0);
        }

        private static void WaitUntilSent(Playback playback)
        {
            for (var begun = Environment.TickCount; playback.WaitingCount > 0;)
            {
                if (unchecked(Environment.TickCount - begun) > 60000)
                {
                    throw new TimeoutException("nothing takes the requests");
                }
                Thread.Sleep(0);
            }
        }

        private static bool Read(Playback playback, StreamedFrame frame)
        {
            return Failing.Done(playback.ReadAsync(frame).AsTask());
        }

        private static List<StreamedFrame> ReadAll(Playback opened, out Playback playback)
        {
            playback = opened;
            var frames = new List<StreamedFrame>();
            for (var frame = new StreamedFrame(); Read(opened, frame); frame = new StreamedFrame())
            {
                frames.Add(frame);
            }
            return frames;
        }

        private Playback Play(PlayOptions options = null)
        {
            return Failing.Done(_server.Client().PlayAsync("ada", "walk", options));
        }

        private FakeServer Answering(params PlayResponse[] responses)
        {
            return new FakeServer(call => _server.Bytes(
                call, responses.Select(FakeServer.Framed).ToArray(), "0", body => body.Hangs = true));
        }

        private HttpResponseMessage Broken(FakeCall call, params PlayResponse[] responses)
        {
            return _server.Bytes(
                call, responses.Select(FakeServer.Framed).ToArray(), null, body => body.Failure = new IOException("reset"));
        }
    }
}
