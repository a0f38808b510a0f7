using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Text;
using System.Threading.Tasks;
using Ani3d.Messages;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>Live sessions: publishing, watching, and what becomes of them when the server goes and comes back.</summary>
    public sealed class LiveTests
    {
        private static readonly Quat[] Rotations = { new Quat(1, 0, 0, 0), new Quat(0.5, -0.5, 0.5, -0.5) };
        private FakeServer _server;

        [Test]
        public void ASessionIsCreatedListedAndEnded()
        {
            _server = new FakeServer(call =>
            {
                var sessions = new ListSessionsResponse();
                var session = sessions.Sessions.Add();
                session.SessionId = "stage";
                session.Source = Messages.SourceState.Idle;
                session.Epoch = 3;
                return call.Method.EndsWith("CreateSession", StringComparison.Ordinal) ? Created(call, "key")
                    : call.Method.EndsWith("ListSessions", StringComparison.Ordinal)
                    ? _server.Messages(call, new IMessage[] { sessions })
                    : _server.Messages(call, new IMessage[] { new EndSessionResponse() });
            });
            var live = _server.Client().Live;
            var ticket = Failing.Done(live.CreateAsync("ada", "stage", rigid: true));
            Assert.That((ticket.SessionId, ticket.PublishKey, ticket.AbandonedAfterS), Is.EqualTo(("stage", "key", 60)));
            Assert.That(
                _server.Calls[0].RequestsUntil<CreateSessionRequest>(all => all.Count == 1)[0].Rigid, Is.True);
            var listed = Failing.Done(live.ListAsync()).Single();
            Assert.That((listed.SessionId, listed.Source, listed.Epoch), Is.EqualTo(("stage", SourceState.Idle, 3)));
            Failing.Done(live.EndAsync(ticket));
            Assert.That(
                _server.Calls[2].RequestsUntil<EndSessionRequest>(all => all.Count == 1)[0].PublishKey, Is.EqualTo("key"));
        }

        [Test]
        public void PosesGoOutAsFloatsWithTheirTime()
        {
            _server = new FakeServer(call => Publishing(call, 1));
            var publisher = Publish(new PublishOptions { LockFeet = true, JitterBufferS = 0.05 });
            publisher.Send(Rotations, new Vec3(1, 2, 3), 12.5, true);
            var requests = _server.Calls.Single().RequestsUntil<RetargetRequest>(all => all.Any(one => one.Pose != null));
            publisher.Dispose();
            Assert.That((requests[0].Publish.LockFeet, requests[0].Publish.JitterBufferS), Is.EqualTo((true, 0.05)));
            var pose = requests.Single(one => one.Pose != null).Pose;
            Assert.That((pose.CaptureTimeS, pose.Discontinuous), Is.EqualTo((12.5, true)));
            var floats = Enumerable.Range(0, 11).Select(i => BitConverter.ToSingle(pose.Payload.ToArray(), 4 * i));
            Assert.That(floats, Is.EqualTo(new[] { 1f, 2, 3, 1, 0, 0, 0, 0.5f, -0.5f, 0.5f, -0.5f }));
        }

        [Test]
        public void TheSkeletonOfTheSourceGoesOutFirst()
        {
            _server = new FakeServer(call => Publishing(call, 1));
            var source = new SourceSkeleton
            {
                JointNames = new[] { "Hips", "Spine" },
                Parents = new[] { -1, 0 },
                Offsets = new[] { default, new Vec3(0, 0.5, 0) },
                Axes = SourceAxes.Unity,
                Mapping = new Dictionary<string, string> { { "Hips", "pelvis" } },
            };
            var publisher = Failing.Done(_server.Client().Live.PublishAsync(new LiveTicket("ada", "stage", "key"), source));
            var sent = _server.Calls[0].RequestsUntil<RetargetRequest>(all => all.Count > 0)[0].Publish.Source;
            publisher.Dispose();
            Assert.That((sent.JointNames, sent.Parents), Is.EqualTo((source.JointNames, source.Parents)));
            Assert.That(sent.Axes, Is.EqualTo(Messages.SourceAxes.Unity));
            Assert.That(BitConverter.ToSingle(sent.Offsets.ToArray(), 16), Is.EqualTo(0.5f));
            Assert.That(sent.Mapping, Is.EqualTo(source.Mapping));
            Assert.That(publisher.Mapping.Naming, Is.EqualTo("Unity"));
        }

        [Test]
        public void WhatIsRefusedOfPosesIsTold()
        {
            var refused = new RetargetResponse { Epoch = 1, Refused = new Refused { Code = "pose-not-unit", Count = 3, Message = "m" } };
            _server = new FakeServer(call => Publishing(call, 1, refused));
            using (var publisher = Publish())
            {
                Until(() => publisher.RefusedCount == 3);
                Assert.That((publisher.RefusedCode, publisher.RefusedMessage), Is.EqualTo(("pose-not-unit", "m")));
            }
        }

        [Test]
        public void AnswersThatNobodyAskedForEndThePublisher()
        {
            var answer = new RetargetResponse { Epoch = 1 };
            answer.Frames.Add().Payload = new ArraySegment<byte>(LightPayload.Of(3, 0, 1));
            _server = new FakeServer(call => Publishing(call, 1, answer));
            using (var publisher = Publish())
            {
                Until(() => publisher.Connection == ConnectionState.Closed);
                Until(() => CodeOfSend(publisher) == RefusalCodes.ServiceBadFrame);
            }
        }

        [Test]
        public void PosesForASessionThatIsOverAreRefused()
        {
            _server = new FakeServer(call => Publishing(call, 1, new RetargetResponse { Epoch = 1, Ended = new Ended() }));
            using (var publisher = Publish())
            {
                Until(() => CodeOfSend(publisher) == RefusalCodes.LiveSessionNotFound);
            }
        }

        [Test]
        public void PosesForAPublisherThatWasClosedAreRefused()
        {
            _server = new FakeServer(call => Publishing(call, 1));
            var publisher = Publish();
            publisher.Dispose();
            Assert.That(CodeOfSend(publisher), Is.EqualTo(RefusalCodes.ServiceCancelled));
        }

        [Test]
        public void APublisherThatWasFencedSaysSo()
        {
            _server = new FakeServer(call => _server.Bytes(
                call, First(1).Select(FakeServer.Framed), "9", null, ("ani3d-error-bin", Coded("live-fenced"))));
            using (var publisher = Publish(patienceS: 10))
            {
                Until(() => CodeOfSend(publisher) == RefusalCodes.LiveFenced);
                Assert.That(_server.Calls, Has.Count.EqualTo(1));
            }
        }

        [Test]
        public void ALostPublisherNamesTheEpochThatItHad()
        {
            _server = new FakeServer(call => _server.Calls.Count == 1 ? Lost(call, 4) : Publishing(call, 5));
            using (var publisher = Publish(patienceS: 10))
            {
                Until(() => publisher.Epoch == 5 && publisher.Connection == ConnectionState.Open);
                var again = _server.Calls[1].RequestsUntil<RetargetRequest>(all => all.Count > 0)[0].Publish;
                Assert.That((again.ResumeEpoch, again.PublishKey), Is.EqualTo((4, "key")));
            }
        }

        [Test]
        public void ASessionThatTheServerHasForgottenIsCreatedAgain()
        {
            _server = new FakeServer(call =>
            {
                switch (_server.Calls.Count)
                {
                    case 1: return Lost(call, 4);
                    case 2: return _server.Refusal(call, 5, ("ani3d-error-bin", Coded("live-session-not-found")));
                    case 3: return Created(call, "new key");
                    default: return Publishing(call, 1);
                }
            });
            using (var publisher = Publish(patienceS: 10))
            {
                Until(() => publisher.Ticket.PublishKey == "new key" && publisher.Connection == ConnectionState.Open);
                var created = _server.Calls[2].RequestsUntil<CreateSessionRequest>(all => all.Count == 1)[0];
                Assert.That((created.AvatarId, created.SessionId), Is.EqualTo(("ada", "stage")));
                var again = _server.Calls[3].RequestsUntil<RetargetRequest>(all => all.Count > 0)[0].Publish;
                Assert.That((again.ResumeEpoch, again.PublishKey), Is.EqualTo((0, "new key")));
                Assert.That(publisher.Epoch, Is.EqualTo(1));
            }
        }

        [Test]
        public void PosesAreDroppedAndCountedWhileThereIsNoConnection()
        {
            _server = new FakeServer(
                call => _server.Calls.Count == 1 ? Lost(call, 1) : _server.Refusal(call, 14));
            using (var publisher = Publish(patienceS: 10))
            {
                Until(() => publisher.Connection == ConnectionState.Reconnecting);
                publisher.Send(Rotations, default);
                publisher.Send(Rotations, default);
                Assert.That(publisher.UnsentCount, Is.EqualTo(2));
            }
        }

        [Test]
        public void AWatcherIsToldHowTheSourceIs()
        {
            var states = new List<SourceState>();
            _server = new FakeServer(call => Watching(
                call, Source(Messages.SourceState.Live), Frame(1), Source(Messages.SourceState.Lost), Frame(2)));
            using (var watched = Failing.Done(_server.Client().Live.SubscribeAsync("stage")))
            {
                watched.SourceChanged += states.Add;
                var frame = new StreamedFrame();
                Failing.Done(watched.ReadAsync(frame).AsTask());
                Failing.Done(watched.ReadAsync(frame).AsTask());
                Assert.That(frame.Light.RootTranslationM.X, Is.EqualTo(2));
                Assert.That(states, Is.EqualTo(new[] { SourceState.Live, SourceState.Lost }));
                Assert.That(watched.Source, Is.EqualTo(SourceState.Lost));
            }
        }

        [Test]
        public void AWatcherWaitsForASessionThatTheServerHasForgotten()
        {
            _server = new FakeServer(call =>
            {
                switch (_server.Calls.Count)
                {
                    case 1: return _server.Bytes(call, new[] { FakeServer.Framed(Header()) }, null);
                    case 2:
                    case 3: return _server.Refusal(call, 5, ("ani3d-error-bin", Coded("live-session-not-found")));
                    default: return Watching(call, Frame(7));
                }
            });
            using (var watched = Failing.Done(_server.Client(options => options.PatienceS = 10).Live.SubscribeAsync("stage")))
            {
                var frame = new StreamedFrame();
                Failing.Done(watched.ReadAsync(frame).AsTask());
                Assert.That((frame.Light.RootTranslationM.X, watched.ReconnectCount), Is.EqualTo((7, 1)));
            }
        }

        [Test]
        public void ASessionThatIsNotThereAtFirstIsARefusal()
        {
            _server = new FakeServer(
                call => _server.Refusal(call, 5, ("ani3d-error-bin", Coded("live-session-not-found"))));
            var live = _server.Client(options => options.PatienceS = 10).Live;
            Assert.That(
                Failing.Refusal(() => live.SubscribeAsync("stage")).Code, Is.EqualTo(RefusalCodes.LiveSessionNotFound));
            Assert.That(
                Failing.Refusal(() => live.PublishAsync(new LiveTicket("ada", "stage", "key"))).Code,
                Is.EqualTo(RefusalCodes.LiveSessionNotFound));
            Assert.That(_server.Calls, Has.Count.EqualTo(2));
        }

        private static string Coded(string code)
        {
            var json = $"{{\"code\":\"{code}\",\"subject\":\"s\",\"found\":\"f\",\"expected\":\"e\",\"fix\":\"x\"}}";
            return Convert.ToBase64String(Encoding.UTF8.GetBytes(json));
        }

        private static IMessage[] First(uint epoch)
        {
            var header = new Messages.Header { AvatarId = "ada", Digest = "d", HeartbeatTimeoutS = 10, SessionId = "stage" };
            var mapping = new Messages.MappingReport { Naming = "Unity", Scale = 1 };
            return new IMessage[]
            {
                new RetargetResponse { Epoch = epoch, Header = header }, new RetargetResponse { Epoch = epoch, Mapping = mapping },
            };
        }

        private static SubscribeResponse Header()
        {
            return new SubscribeResponse { Header = PlaybackTests.Head().Header };
        }

        private static SubscribeResponse Source(Messages.SourceState state)
        {
            return new SubscribeResponse { Source = new Source { State = state } };
        }

        private static SubscribeResponse Frame(float x)
        {
            var response = new SubscribeResponse();
            response.Frames.Add().Payload = new ArraySegment<byte>(LightPayload.Of(3, 0, x));
            return response;
        }

        private static string CodeOfSend(LivePublisher publisher)
        {
            try
            {
                publisher.Send(Rotations, default);
                return null;
            }
            catch (RefusalException refusal)
            {
                return refusal.Code;
            }
        }

        private static void Until(Func<bool> holds)
        {
            Failing.Done(Task.Run(async () =>
            {
                while (!holds())
                {
                    await Task.Delay(5).ConfigureAwait(false);
                }
            }));
        }

        private LivePublisher Publish(PublishOptions options = null, double patienceS = 0)
        {
            var live = _server.Client(client => client.PatienceS = patienceS).Live;
            return Failing.Done(live.PublishAsync(new LiveTicket("ada", "stage", "key"), null, options));
        }

        private HttpResponseMessage Created(FakeCall call, string key)
        {
            return _server.Messages(call, new IMessage[]
            {
                new CreateSessionResponse { SessionId = "stage", PublishKey = key, AbandonedAfterS = 60 },
            });
        }

        private HttpResponseMessage Publishing(FakeCall call, uint epoch, params IMessage[] further)
        {
            var pieces = First(epoch).Concat(further).Select(FakeServer.Framed).ToArray();
            return _server.Bytes(call, pieces, "0", body => body.Hangs = true);
        }

        private HttpResponseMessage Lost(FakeCall call, uint epoch)
        {
            var pieces = First(epoch).Select(FakeServer.Framed).ToArray();
            return _server.Bytes(call, pieces, null, body => body.Failure = new IOException("reset"));
        }

        private HttpResponseMessage Watching(FakeCall call, params SubscribeResponse[] further)
        {
            var pieces = further.Prepend(Header()).Select(FakeServer.Framed).ToArray();
            return _server.Bytes(call, pieces, "0", body => body.Hangs = true);
        }
    }
}
