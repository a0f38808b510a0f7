using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Security.Authentication;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Ani3d.Messages;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>gRPC over a handler: what goes out, what comes back, and what servers may do wrong.</summary>
    public sealed class GrpcTests
    {
        private FakeServer _server;

        [Test]
        public void ACallSaysWhatGrpcAsksFor()
        {
            _server = new FakeServer(call => _server.Messages(call, new[] { new ListAvatarsResponse() }));
            Failing.Done(_server.Client(options => options.Token = "secret").ListAvatarsAsync());
            var call = _server.Calls.Single();
            Assert.That(call.Method, Is.EqualTo("/ani3d_runtime.rpc.v1.AssetService/ListAvatars"));
            Assert.That(call.Request.Method, Is.EqualTo(HttpMethod.Post));
            Assert.That(call.Request.Version, Is.EqualTo(new Version(2, 0)));
            Assert.That(call.Request.Content.Headers.ContentType.MediaType, Is.EqualTo("application/grpc"));
            Assert.That(call.Request.Content.Headers.ContentLength, Is.Null);
            var headers = call.Request.Headers.ToDictionary(pair => pair.Key.ToLowerInvariant(), pair => pair.Value.Single());
            Assert.That(headers["te"], Is.EqualTo("trailers"));
            Assert.That(headers["grpc-timeout"], Is.EqualTo($"{1000 * FakeServer.TimeoutS}m"));
            Assert.That(headers["grpc-accept-encoding"], Is.EqualTo("identity"));
            Assert.That(headers["authorization"], Is.EqualTo("Bearer secret"));
            Assert.That(call.Requests<ListAvatarsRequest>(), Has.Count.EqualTo(1));
        }

        [TestCase(false)]
        [TestCase(true)]
        public void AStatusIsReadFromTrailersWhereverTheHandlerKeepsThem(bool inProperty)
        {
            _server = Refusing(
                "5", ("grpc-message", "no%20such%20avatar%3A%20gr%C3%B6%C3%9Fe"));
            _server.KeepsTrailersInProperty = inProperty;
            var refusal = Failing.Refusal(() => _server.Client().ManifestAsync("ada"));
            Assert.That(refusal.Code, Is.EqualTo(RefusalCodes.ServiceFailed));
            Assert.That(refusal.Found, Is.EqualTo("NOT_FOUND: no such avatar: größe"));
        }

        [TestCase(false)]
        [TestCase(true)]
        public void TheServersOwnErrorKeepsItsCodeAndWords(bool isPadded)
        {
            const string json = "{\"code\": \"avatar-not-found\", \"subject\": \"avatar \\\"x\\\"\", \"found\": \"n\\u00f6\", "
                + "\"expected\": \"ada\", \"fix\": \"Name one.\"}";
            var value = Convert.ToBase64String(Encoding.UTF8.GetBytes(json));
            _server = Refusing("5", ("ani3d-error-bin", isPadded ? value : value.TrimEnd('=')));
            var refusal = Failing.Refusal(() => _server.Client().ManifestAsync("x"));
            Assert.That(refusal.Code, Is.EqualTo(RefusalCodes.AvatarNotFound));
            Assert.That(refusal.Family, Is.EqualTo("missing"));
            Assert.That(
                new[] { refusal.Subject, refusal.Found, refusal.Expected, refusal.Fix },
                Is.EqualTo(new[] { "avatar \"x\"", "nö", "ada", "Name one." }));
        }

        [Test]
        public void ACodeThatOnlyANewerServerKnowsIsKept()
        {
            const string json = "{\"code\":\"from-the-future\",\"subject\":\"s\",\"found\":\"f\",\"expected\":\"e\",\"fix\":\"x\"}";
            _server = new FakeServer(call => _server.Refusal(
                call, 9, ("ani3d-error-bin", Convert.ToBase64String(Encoding.UTF8.GetBytes(json)))));
            var refusal = Failing.Refusal(() => _server.Client().ListAvatarsAsync());
            Assert.That((refusal.Code, refusal.Family), Is.EqualTo(("from-the-future", "unknown")));
        }

        [TestCase("!!!")]
        [TestCase("e30")]
        [TestCase("WzFd")]
        [TestCase("eyJjb2RlIjogMX0=")]
        public void WhatIsNoErrorOfOursIsNotTakenForOne(string value)
        {
            _server = Refusing("7", ("ani3d-error-bin", value));
            Assert.That(
                Failing.Refusal(() => _server.Client().ListAvatarsAsync()).Code, Is.EqualTo(RefusalCodes.ServiceFailed));
        }

        [TestCase(1, RefusalCodes.ServiceCancelled)]
        [TestCase(4, RefusalCodes.ServiceTimeout)]
        [TestCase(8, RefusalCodes.ServiceOverloaded)]
        [TestCase(12, RefusalCodes.ServiceNotAni3d)]
        [TestCase(14, RefusalCodes.ServiceUnreachable)]
        [TestCase(13, RefusalCodes.ServiceFailed)]
        [TestCase(99, RefusalCodes.ServiceFailed)]
        public void AStatusWithoutACodeIsNamed(int status, string code)
        {
            _server = new FakeServer(call => _server.Refusal(call, status));
            Assert.That(Failing.Refusal(() => _server.Client().ListAvatarsAsync()).Code, Is.EqualTo(code));
        }

        [Test]
        public void AStreamThatAProxyResetsIsALostConnection()
        {
            _server = new FakeServer(
                call => _server.Refusal(call, 13, ("grpc-message", "Received RST_STREAM with error code 2")));
            Assert.That(
                Failing.Refusal(() => _server.Client().ListAvatarsAsync()).Code, Is.EqualTo(RefusalCodes.ServiceUnreachable));
        }

        [TestCase(HttpStatusCode.NotFound, "application/grpc", RefusalCodes.ServiceNotAni3d)]
        [TestCase(HttpStatusCode.OK, "text/html", RefusalCodes.ServiceNotAni3d)]
        [TestCase(HttpStatusCode.ServiceUnavailable, "text/html", RefusalCodes.ServiceUnreachable)]
        [TestCase(HttpStatusCode.BadGateway, "application/grpc", RefusalCodes.ServiceUnreachable)]
        public void WhatIsNoGrpcServerIsNamed(HttpStatusCode status, string type, string code)
        {
            _server = new FakeServer(_ => new HttpResponseMessage(status)
            {
                Content = new StringContent("<html>", Encoding.UTF8, type),
            });
            Assert.That(Failing.Refusal(() => _server.Client().ListAvatarsAsync()).Code, Is.EqualTo(code));
        }

        [TestCase("01000000", "a compressed message")]
        [TestCase("00ffffffff", "a message of 4294967295 bytes")]
        [TestCase("000400000100", "a message of 67108865 bytes")]
        public void AMessageThatIsTooLongOrCompressedIsRefusedBeforeItComes(string prefix, string found)
        {
            _server = new FakeServer(call => _server.Bytes(call, new[] { MessageTests.Bytes(prefix), new byte[64] }));
            var before = GC.GetTotalMemory(true);
            var refusal = Failing.Refusal(() => _server.Client().ListAvatarsAsync());
            Assert.That((refusal.Code, refusal.Found), Is.EqualTo((RefusalCodes.ServiceBadMessage, found)));
            Assert.That(GC.GetTotalMemory(true) - before, Is.LessThan(1 << 20));
        }

        [Test]
        public void MemoryGrowsWithWhatHasComeAndNotWithWhatAPrefixSays()
        {
            var pieces = new[] { MessageTests.Bytes("0003ffffff"), new byte[100000] };
            _server = new FakeServer(call => _server.Bytes(call, pieces, "0", body => body.Failure = new IOException("reset")));
            var before = GC.GetTotalMemory(true);
            Assert.That(
                Failing.Refusal(() => _server.Client().ListAvatarsAsync()).Code, Is.EqualTo(RefusalCodes.ServiceUnreachable));
            Assert.That(GC.GetTotalMemory(false) - before, Is.LessThan(4 << 20));
        }

        [Test]
        public void AMessageMayComeInAnyPieces()
        {
            var response = new ListAvatarsResponse();
            response.Avatars.Add().AvatarId = new string('x', 40000);
            var pieces = FakeServer.Framed(response).Select(value => new[] { value });
            _server = new FakeServer(call => _server.Bytes(call, pieces));
            Assert.That(Failing.Done(_server.Client().ListAvatarsAsync()).Single().AvatarId, Has.Length.EqualTo(40000));
        }

        [Test]
        public void AnEndWithinAMessageIsRefused()
        {
            _server = new FakeServer(call => _server.Bytes(call, new[] { MessageTests.Bytes("000000000a0102") }));
            Assert.That(
                Failing.Refusal(() => _server.Client().ListAvatarsAsync()).Code, Is.EqualTo(RefusalCodes.ServiceBadMessage));
        }

        [TestCase(0)]
        [TestCase(2)]
        public void OneRequestHasOneResponse(int responses)
        {
            _server = new FakeServer(
                call => _server.Messages(call, Enumerable.Range(0, responses).Select(_ => new ListAvatarsResponse())));
            Assert.That(
                Failing.Refusal(() => _server.Client().ListAvatarsAsync()).Code, Is.EqualTo(RefusalCodes.ServiceBadMessage));
        }

        [Test]
        public void AnEndWithoutAStatusIsALostConnection()
        {
            _server = new FakeServer(call => _server.Bytes(call, new[] { FakeServer.Framed(new ListAvatarsResponse()) }, null));
            Assert.That(
                Failing.Refusal(() => _server.Client().ListAvatarsAsync()).Code, Is.EqualTo(RefusalCodes.ServiceUnreachable));
        }

        [TestCase(false)]
        [TestCase(true)]
        public void AServerThatDoesNotAnswerIsNotWaitedForForEver(bool trickles)
        {
            var endless = Enumerable.Repeat(new byte[1], int.MaxValue);
            _server = new FakeServer(call => _server.Bytes(
                call, trickles ? endless.Prepend(MessageTests.Bytes("00000fffff")) : new byte[0][], "0", body =>
                {
                    body.Hangs = true;
                    body.DelayMs = trickles ? 10 : 0;
                }));
            Assert.That(
                Failing.Refusal(() => _server.Client(options => options.TimeoutS = 0.2).ListAvatarsAsync()).Code,
                Is.EqualTo(RefusalCodes.ServiceTimeout));
        }

        [Test]
        public void CancellingEndsACall()
        {
            _server = new FakeServer(call => _server.Bytes(call, new byte[0][], "0", body => body.Hangs = true));
            using (var cancel = new CancellationTokenSource(50))
            {
                Assert.That(
                    () => Failing.Done(_server.Client().ListAvatarsAsync(cancel.Token)),
                    Throws.InstanceOf<OperationCanceledException>());
            }
        }

        [Test]
        public void ClosingTheClientEndsItsCalls()
        {
            _server = new FakeServer(call => _server.Bytes(call, new byte[0][], "0", body => body.Hangs = true));
            var client = _server.Client();
            var asked = client.ListAvatarsAsync();
            client.Dispose();
            Assert.That(Failing.Refusal(() => asked).Code, Is.EqualTo(RefusalCodes.ServiceCancelled));
        }

        [Test]
        public void AClientThatCallsForHoursKeepsNothingOfItsCalls()
        {
            _server = new FakeServer(call => _server.Messages(call, new[] { new ListAvatarsResponse() })) { KeepsCalls = false };
            var client = _server.Client();
            Failing.Done(client.ListAvatarsAsync());
            var before = GC.GetTotalMemory(true);
            for (var i = 0; i < 500; i++)
            {
                Failing.Done(client.ListAvatarsAsync());
            }
            Assert.That(GC.GetTotalMemory(true) - before, Is.LessThan(1 << 20));
        }

        [Test]
        public void AnAuthorityThatIsNotTrustedIsNamed()
        {
            var inner = new AuthenticationException("The remote certificate was rejected");
            _server = new FakeServer(_ => throw new HttpRequestException("The SSL connection could not be established", inner));
            Assert.That(
                Failing.Refusal(() => _server.Client().ListAvatarsAsync()).Code, Is.EqualTo(RefusalCodes.ServiceTlsFailed));
        }

        [Test]
        public void ATokenIsAskedForWithEveryCall()
        {
            var asked = 0;
            _server = new FakeServer(call => _server.Messages(call, new[] { new ListAvatarsResponse() }));
            var client = _server.Client(options => options.TokenSource = _ => Task.FromResult($"token{++asked}"));
            Failing.Done(client.ListAvatarsAsync());
            Failing.Done(client.ListAvatarsAsync());
            Assert.That(
                _server.Calls.Select(call => call.Request.Headers.Authorization.Parameter),
                Is.EqualTo(new[] { "token1", "token2" }));
        }

        [Test]
        public void ATokenSourceThatFailsIsNamed()
        {
            _server = new FakeServer(call => _server.Messages(call, new[] { new ListAvatarsResponse() }));
            var client = _server.Client(options => options.TokenSource = _ => throw new InvalidOperationException("expired"));
            Assert.That(
                Failing.Refusal(() => client.ListAvatarsAsync()).Code, Is.EqualTo(RefusalCodes.TokenUnavailable));
        }

        [TestCase("example.org:8470", false, RefusalCodes.TokenInClear)]
        [TestCase("example.org:8470", true, null)]
        [TestCase("127.0.0.1:8470", false, null)]
        [TestCase("[::1]:8470", false, null)]
        [TestCase("localhost:8470", false, null)]
        [TestCase("[::1]", false, RefusalCodes.ServiceBadAddress)]
        [TestCase("::1:8470", false, RefusalCodes.ServiceBadAddress)]
        [TestCase("[2001:db8::1]:8470", false, RefusalCodes.TokenInClear)]
        [TestCase("localhost", false, RefusalCodes.ServiceBadAddress)]
        [TestCase("localhost:0", false, RefusalCodes.ServiceBadAddress)]
        [TestCase("localhost:65536", false, RefusalCodes.ServiceBadAddress)]
        [TestCase("http://localhost:80", false, RefusalCodes.ServiceBadAddress)]
        [TestCase("", false, RefusalCodes.ServiceBadAddress)]
        public void AddressesAreCheckedAndTokensStaySecret(string target, bool tls, string code)
        {
            var found = default(string);
            try
            {
                new Client(target, new FakeServer(_ => null), new ClientOptions { Token = "secret", Tls = tls }).Dispose();
            }
            catch (RefusalException refusal)
            {
                found = refusal.Code;
            }
            Assert.That(found, Is.EqualTo(code));
        }

        private FakeServer Refusing(string status, params (string, string)[] trailers)
        {
            return new FakeServer(call => _server.Bytes(call, new byte[0][], status, null, trailers));
        }
    }
}
