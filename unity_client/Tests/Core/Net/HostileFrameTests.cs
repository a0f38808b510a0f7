using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using Ani3d.Messages;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>Frames of a server that may be anybody: refused with a code, and what is shown stays as it was.</summary>
    public sealed class HostileFrameTests
    {
        private const int Joints = 3;
        private const int Mutations = 4000;

        private static int MutationCount => Mutation.Count(Mutations);

        private static IEnumerable<TestCaseData> Payloads()
        {
            TestCaseData Case(string what, byte[] payload, string code = RefusalCodes.ServiceBadFrame)
            {
                return new TestCaseData(payload, code).SetName(what);
            }
            var right = LightPayload.Of(Joints, 0, 1);
            yield return Case("no bytes", Array.Empty<byte>());
            yield return Case("a head that is cut off", right.Take(19).ToArray());
            yield return Case("a byte too few", right.Take(right.Length - 1).ToArray());
            yield return Case("a byte too many", right.Append((byte)0).ToArray());
            yield return Case("joints of another avatar", LightPayload.Of(Joints + 1, 0, 1));
            yield return Case("nodes of another avatar", LightPayload.Of(Joints, 1, 1));
            yield return Case("NaN", LightPayload.Of(Joints, 0, 1, float.NaN));
            yield return Case("an infinite number", LightPayload.Of(Joints, 0, 1, float.NegativeInfinity));
            yield return Case("another layout", LightPayload.Of(Joints, 0, 1, version: 2), RefusalCodes.ServiceFrameVersion);
            yield return Case("channels that there are not", LightPayload.Of(Joints, 0, 1, mask: 16));
            yield return Case("two billion joints", With(right, 4, 0x7FFFFFFF));
            yield return Case("four billion joints", With(right, 4, -1));
            yield return Case("a billion details", With(right, 16, 1 << 30));
            yield return Case("coefficients", With(right, 12, 1));
            yield return Case("detail of a Gaussian that there is not", LightPayload.WithDetail(Joints, new[] { 1, 100 }, 1));
            yield return Case("detail of a Gaussian below zero", LightPayload.WithDetail(Joints, new[] { -1, 3 }, 1));
            yield return Case("detail out of order", LightPayload.WithDetail(Joints, new[] { 4, 4 }, 1));
            yield return Case("detail that is NaN", LightPayload.WithDetail(Joints, new[] { 1 }, float.NaN));
            yield return Case("a full frame", LightPayload.Full(1, 0));
        }

        [TestCaseSource(nameof(Payloads))]
        public void AFrameThatIsNoneLeavesTheOneBefore(byte[] payload, string code)
        {
            var frame = Shown(PlaybackTests.Head(), LightPayload.Of(Joints, 0, 7), payload, code);
            Assert.That(frame.Light.RootTranslationM.X, Is.EqualTo(7));
            Assert.That((frame.FrameIndex, frame.TimeS), Is.EqualTo((7, 0.7)));
        }

        [TestCase(double.NaN)]
        [TestCase(double.PositiveInfinity)]
        public void ATimeThatIsNotFiniteIsRefused(double timeS)
        {
            var decoder = new FrameDecoder(null);
            decoder.Begin(PlaybackTests.Head().Header, null);
            var message = new Frame { TimeS = timeS, Payload = new ArraySegment<byte>(LightPayload.Of(Joints, 0, 1)) };
            var refusal = Assert.Throws<RefusalException>(() => decoder.Decode(message, new StreamedFrame()));
            Assert.That(refusal.Code, Is.EqualTo(RefusalCodes.ServiceBadFrame));
        }

        [TestCase(double.NaN)]
        [TestCase(double.PositiveInfinity)]
        [TestCase(-1)]
        public void AHeaderOfImpossibleTimesIsRefused(double value)
        {
            foreach (var set in new Action<Messages.Header>[]
            {
                header => header.Fps = value, header => header.PeriodS = value, header => header.HeartbeatTimeoutS = value,
                header => header.ServerStartTimeS = value,
            })
            {
                var header = PlaybackTests.Head().Header;
                set(header);
                var refusal = Assert.Throws<RefusalException>(() => new FrameDecoder(null).Begin(header, null));
                Assert.That(refusal.Code, Is.EqualTo(RefusalCodes.ServiceBadFrame));
            }
        }

        [TestCase(0, (ushort)0x3C00, "too short")]
        [TestCase(2, (ushort)0x7C00, "an infinite half")]
        [TestCase(2, (ushort)0x7E00, "a half that is NaN")]
        public void AFullFrameThatIsNoneLeavesTheOneBefore(int count, ushort half, string what)
        {
            var bad = count == 0 ? LightPayload.Full(2, 1).Take(70).ToArray() : LightPayload.Full(count, 1, half);
            var head = PlaybackTests.Head(mode: FrameMode.Full);
            var frame = Shown(head, LightPayload.Full(2, 7), bad, RefusalCodes.ServiceBadFrame);
            Assert.That(frame.Full.Count, Is.EqualTo(2), what);
            Assert.That(frame.Full.MeansM.Take(6), Is.All.EqualTo(7), what);
        }

        [Test]
        public void AFullFrameHoldsWhatWasWritten()
        {
            var frame = Shown(PlaybackTests.Head(mode: FrameMode.Full), LightPayload.Full(3, 2.5f), null, null);
            Assert.That(frame.Light, Is.Null);
            Assert.That(frame.Full.Rotations.Take(12), Is.All.EqualTo(1));
            Assert.That(frame.Full.ScalesM.Take(9), Is.All.EqualTo(0.001f));
            Assert.That(frame.Full.Opacities.Take(3), Is.All.EqualTo(1));
            Assert.That(frame.Full.Colours.Take(9), Is.All.EqualTo(1));
        }

        [TestCase(0x0000, 0f)]
        [TestCase(0x8000, -0f)]
        [TestCase(0x0001, 5.9604645e-8f)]
        [TestCase(0x03FF, 6.097555e-5f)]
        [TestCase(0x0400, 6.1035156e-5f)]
        [TestCase(0x3555, 0.33325195f)]
        [TestCase(0xC500, -5f)]
        [TestCase(0x7BFF, 65504f)]
        public void HalvesAreWhatIeee754Says(int bits, float value)
        {
            Assert.That(HalfFloat.ToFloat32(bits), Is.EqualTo(value));
        }

        [Test]
        public void DetailIsReadPerGaussian()
        {
            var frame = Shown(PlaybackTests.Head(), LightPayload.WithDetail(Joints, new[] { 3, 99 }, 0.5f), null, null);
            Assert.That(frame.Light.Detail.Gaussians, Is.EqualTo(new[] { 3, 99 }));
            Assert.That(frame.Light.Detail.PositionM[1].X, Is.EqualTo(0.5));
            Assert.That(frame.Light.Detail.Rotation[1].W, Is.EqualTo(1));
        }

        [Test]
        public void FramesOfAnotherAvatarThanTheHeldPackageAreRefused()
        {
            using (var package = Package.Open(Vectors.Package("valid", Vectors.Packages("valid").First())))
            {
                var decoder = new FrameDecoder(new HeldPackage(package, null));
                var refusal = Assert.Throws<RefusalException>(
                    () => decoder.Begin(PlaybackTests.Head(digest: new string('0', 64)).Header, null));
                Assert.That(refusal.Code, Is.EqualTo(RefusalCodes.ServiceDigestChanged));
                refusal = Assert.Throws<RefusalException>(
                    () => decoder.Begin(PlaybackTests.Head(digest: package.Digest, nodes: 1023).Header, null));
                Assert.That(refusal.Code, Is.EqualTo(RefusalCodes.ServiceBadFrame));
            }
        }

        [Test]
        public void StepsThatWereNotAskedForAreRefused()
        {
            var head = PlaybackTests.Head();
            head.Header.Codec = FrameCodec.Steps;
            var refusal = Assert.Throws<RefusalException>(() => new FrameDecoder(null).Begin(head.Header, null));
            Assert.That(refusal.Code, Is.EqualTo(RefusalCodes.ServiceBadFrame));
        }

        [Test]
        public void AFrameThatNobodyAskedForIsRefused()
        {
            var decoder = new FrameDecoder(null);
            decoder.Begin(PlaybackTests.Head(mode: FrameMode.Unspecified).Header, null);
            var message = new Frame { Payload = new ArraySegment<byte>(LightPayload.Of(Joints, 0, 1)) };
            var refusal = Assert.Throws<RefusalException>(() => decoder.Decode(message, new StreamedFrame()));
            Assert.That(refusal.Code, Is.EqualTo(RefusalCodes.ServiceBadFrame));
        }

        [TestCase(100000, 0)]
        [TestCase(3, 100000)]
        public void AHeaderOfMoreThanAnAvatarHasIsRefused(int joints, int nodes)
        {
            var header = PlaybackTests.Head(nodes: nodes).Header;
            header.JointNames.AddRange(Enumerable.Repeat("x", joints - 3));
            var refusal = Assert.Throws<RefusalException>(() => new FrameDecoder(null).Begin(header, null));
            Assert.That(refusal.Code, Is.EqualTo(RefusalCodes.ServiceBadFrame));
        }

        [Test]
        public void MutatedFramesAreDecodedOrRefused()
        {
            var count = MutationCount;
            var random = new Random(11);
            var payloads = new[]
            {
                LightPayload.Of(Joints, 2, 1), LightPayload.Full(4, 1),
            };
            var refused = 0;
            for (var k = 0; k < count; k++)
            {
                var isFull = k % 2 == 1;
                var decoder = new FrameDecoder(null);
                decoder.Begin(PlaybackTests.Head(nodes: 2, mode: isFull ? FrameMode.Full : FrameMode.Light).Header, null);
                var frame = new StreamedFrame();
                var mutated = Mutation.Of(payloads[k % 2], random);
                try
                {
                    decoder.Decode(new Frame { Payload = new ArraySegment<byte>(mutated) }, frame);
                    Assert.That(IsFinite(frame), Is.True, Convert.ToBase64String(mutated));
                }
                catch (RefusalException refusal)
                {
                    refused++;
                    Assert.That(
                        refusal.Code, Is.EqualTo(RefusalCodes.ServiceBadFrame).Or.EqualTo(RefusalCodes.ServiceFrameVersion));
                    Assert.That((frame.Light, frame.Full), Is.EqualTo(((AvatarFrame)null, (FullFrame)null)));
                }
            }
            Assert.That(refused, Is.InRange(count / 4, count - count / 20));
        }

        [TestCase("swinging")]
        [TestCase("without-nodes")]
        public void MutatedFramesInStepsAreDecodedOrRefused(string name)
        {
            var text = Vectors.Text("light", name);
            var payloads = Regex.Matches(Regex.Match(text, "\"payloads\":\\s*\\[([^]]*)\\]").Groups[1].Value, "\"([^\"]*)\"")
                .Cast<Match>().Select(match => Convert.FromBase64String(match.Groups[1].Value)).ToArray();
            var joints = int.Parse(Regex.Match(text, "\"joint_count\":\\s*(\\d+)").Groups[1].Value);
            var parents = Regex.Matches(Regex.Match(text, "\"node_parents\":\\s*\\[([^:]*)\\]").Groups[1].Value, "\\d+")
                .Cast<Match>().Select(match => int.Parse(match.Value)).ToArray();
            var nodes = parents.Length / 3;
            var random = new Random(13);
            for (var k = 0; k < MutationCount; k++)
            {
                var decoder = new LightDecoder(joints, nodes, parents);
                var frame = new AvatarFrame(joints, nodes);
                decoder.Decode(new ArraySegment<byte>(payloads[0]), frame);
                var before = frame.JointRotations[0];
                var mutated = Mutation.Of(payloads[random.Next(payloads.Length)], random);
                try
                {
                    decoder.Decode(new ArraySegment<byte>(mutated), frame);
                    Assert.That(frame.RootTranslationM.IsFinite, Is.True, Convert.ToBase64String(mutated));
                }
                catch (RefusalException refusal)
                {
                    Assert.That(refusal.Family, Is.EqualTo("light"), Convert.ToBase64String(mutated));
                    Assert.That(frame.JointRotations[0], Is.EqualTo(before));
                }
            }
        }

        private static bool IsFinite(StreamedFrame frame)
        {
            return frame.Light != null
                ? frame.Light.RootTranslationM.IsFinite && frame.Light.NodeDisplacementsM.All(value => value.IsFinite)
                : frame.Full.MeansM.Concat(frame.Full.ScalesM).Concat(frame.Full.Colours).Take(3 * frame.Full.Count)
                    .All(Floats.IsFinite);
        }

        private static byte[] With(byte[] payload, int at, int value)
        {
            var changed = (byte[])payload.Clone();
            BitConverter.GetBytes(value).CopyTo(changed, at);
            return changed;
        }

        // The frame after a right payload, and then a wrong one.
        private static StreamedFrame Shown(PlayResponse head, byte[] right, byte[] wrong, string code)
        {
            FakeServer server = null;
            var responses = new List<PlayResponse> { head, PlaybackTests.Frame(0.7, 7, 0, right) };
            if (wrong != null)
            {
                responses.Add(PlaybackTests.Frame(0.8, 8, 0, wrong));
            }
            server = new FakeServer(call => server.Messages(call, responses));
            using (var playback = Failing.Done(server.Client().PlayAsync("ada", "walk")))
            {
                var frame = new StreamedFrame();
                Failing.Done(playback.ReadAsync(frame).AsTask());
                if (wrong != null)
                {
                    var refusal = Failing.Refusal(() => playback.ReadAsync(frame).AsTask());
                    Assert.That(refusal.Code, Is.EqualTo(code));
                    Assert.That(playback.Connection, Is.EqualTo(ConnectionState.Closed));
                }
                return frame;
            }
        }
    }
}
