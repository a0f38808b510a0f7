using System.Collections.Generic;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;
using UnityEngine;

namespace Ani3d.Tests
{
    /// <summary>A live avatar whose server does not answer, or cannot be spoken with.</summary>
    public sealed class LiveAvatarTests
    {
        private readonly List<string> _told = new List<string>();
        private Stage _stage;
        private GaussianAvatar _avatar;
        private LiveAvatar _live;

        [SetUp]
        public void Begin()
        {
            _told.Clear();
            _stage = new Stage();
            _avatar = _stage.Avatar();
            _live = _avatar.gameObject.AddComponent<LiveAvatar>();
            _live.StateChanged += (state, why) => _told.Add($"{state} {why?.Code}");
            _live.Session = "stage";
        }

        [TearDown]
        public void End()
        {
            ServerHandlers.Create = null;
            _stage.Dispose();
        }

        [Test]
        public void ItDoesNotConnectBeforeItIsToldToWhat()
        {
            Assert.That(_live.State, Is.EqualTo(ConnectionState.Closed));
            Assert.That(_told, Is.Empty);
            Assert.That(_avatar.PoseSource, Is.SameAs(_live));
        }

        [Test]
        public void WithoutHttp2ItSaysWhatToInstall()
        {
            _live.Connect();
            Assert.That(_told, Is.EqualTo(new[] { "Connecting ", "Closed service-unreachable" }));
            Assert.That(_live.Refusal.Fix, Does.Contain("YetAnotherHttpHandler"));
            Assert.That(Debug.Logged, Has.Count.EqualTo(1));
        }

        [Test]
        public void AServerThatDoesNotAnswerIsAskedAgain()
        {
            var handler = new Silent();
            ServerHandlers.Create = endpoint => handler;
            _live.Connect();
            Wait(() => handler.Calls > 2);
            Wait(() => _live.State == ConnectionState.Reconnecting);
            Assert.That(_live.Refusal.Code, Is.EqualTo(RefusalCodes.ServiceUnreachable));
            Assert.That(_avatar.State, Is.EqualTo(AvatarState.Ready), "what is shown stays");
            _live.enabled = false;
            Assert.That(_live.State, Is.EqualTo(ConnectionState.Closed));
            Assert.That(_avatar.PoseSource, Is.Null);
            Assert.That(handler.IsDisposed, Is.True);
        }

        [TestCase("token-missing", "Server.Token")]
        [TestCase("service-digest-changed", "Unload()")]
        public void WhatIsRefusedForGoodSaysWhatToDoHere(string code, string fix)
        {
            ServerHandlers.Create = endpoint => new Refusing(code);
            var before = _avatar.Package;
            _live.Connect();
            Wait(() => _live.State == ConnectionState.Closed);
            Assert.That(_told[_told.Count - 1], Is.EqualTo($"Closed {code}"));
            Assert.That((_live.Refusal.Found, _live.Refusal.Fix), Is.EqualTo(("found", _live.Refusal.Fix)));
            Assert.That(_live.Refusal.Fix, Does.Contain(fix));
            Assert.That(Debug.Logged, Has.Count.EqualTo(1));
            Assert.That((_avatar.State, _avatar.Package), Is.EqualTo((AvatarState.Ready, before)), "what is shown stays");
        }

        [Test]
        public void AnotherPackageIsWatchedAnew()
        {
            var handler = new Silent();
            ServerHandlers.Create = endpoint => handler;
            _live.Connect();
            Wait(() => _live.State == ConnectionState.Reconnecting);
            var before = Watch();
            _avatar.Load(Vectors.Package("valid", "looping-clips"));
            Wait(() => _avatar.State == AvatarState.Ready);
            // A watch decodes for the package that it began with.
            Assert.That(Watch(), Is.Not.Null.And.Not.SameAs(before));
            Assert.That(handler.IsDisposed, Is.False, "by the same connection");
        }

        [Test]
        public void AHandlerIsGivenBackWhereNothingConnects()
        {
            var handler = new Silent();
            ServerHandlers.Create = endpoint => handler;
            _live.Server.Address = "nowhere";
            _live.Connect();
            Assert.That(_live.Refusal.Code, Is.EqualTo(RefusalCodes.ServiceBadAddress));
            Assert.That(handler.IsDisposed, Is.True);
        }

        private object Watch()
        {
            return typeof(LiveAvatar).GetField(
                "_watch", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic).GetValue(_live);
        }

        private void Wait(System.Func<bool> holds)
        {
            for (var tries = 0; tries < 500 && !holds(); tries++)
            {
                Program.Frame(1f / 60, _stage.Camera);
                Thread.Sleep(10);
            }
            Assert.That(holds(), Is.True, string.Join(", ", _told));
        }

        private sealed class Refusing : HttpMessageHandler
        {
            private readonly string _error;

            public Refusing(string code)
            {
                var json = $"{{\"code\":\"{code}\",\"subject\":\"ada\",\"found\":\"found\",\"expected\":\"e\",\"fix\":\"x\"}}";
                _error = System.Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(json));
            }

            protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
            {
                var response = new HttpResponseMessage(System.Net.HttpStatusCode.OK)
                {
                    Content = new ByteArrayContent(new byte[0]), Version = new System.Version(2, 0), RequestMessage = request,
                };
                response.Content.Headers.TryAddWithoutValidation("Content-Type", "application/grpc");
                response.Headers.TryAddWithoutValidation("grpc-status", "9");
                response.Headers.TryAddWithoutValidation("ani3d-error-bin", _error);
                return Task.FromResult(response);
            }
        }

        private sealed class Silent : HttpMessageHandler
        {
            private int _calls;

            public int Calls => Volatile.Read(ref _calls);

            public bool IsDisposed { get; private set; }

            protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
            {
                Interlocked.Increment(ref _calls);
                throw new HttpRequestException("nobody is there");
            }

            protected override void Dispose(bool disposing)
            {
                IsDisposed = true;
            }
        }
    }
}
