using System;
using System.Linq;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>Light frames from a server that may be anybody.</summary>
    public sealed class LightDecoderTests
    {
        private byte[][] _payloads;
        private LightDecoder _decoder;
        private AvatarFrame _frame;

        [SetUp]
        public void ReadAStream()
        {
            var text = Vectors.Text("light", "without-nodes");
            var listed = Regex.Match(text, "\"payloads\":\\s*\\[([^]]*)\\]").Groups[1].Value;
            _payloads = Regex.Matches(listed, "\"([^\"]*)\"").Cast<Match>()
                .Select(match => Convert.FromBase64String(match.Groups[1].Value)).ToArray();
            var joints = int.Parse(Regex.Match(text, "\"joint_count\":\\s*(\\d+)").Groups[1].Value);
            _decoder = new LightDecoder(joints, null);
            _frame = new AvatarFrame(joints, 0);
        }

        [Test]
        public void ARefusedFrameLeavesTheStreamAsItWas()
        {
            Decode(_payloads[0]);
            var damaged = (byte[])_payloads[1].Clone();
            damaged[damaged.Length - 1] ^= 0x55;
            Assert.That(CodeOf(damaged), Is.EqualTo(RefusalCodes.LightFrameCorrupt));
            Assert.That(CodeOf(_payloads[1]), Is.Null);
        }

        [Test]
        public void AChangeWithoutAKeyIsMissed()
        {
            Assert.That(CodeOf(_payloads[1]), Is.EqualTo(RefusalCodes.LightFrameMissed));
        }

        [Test]
        public void AKeyOfAnotherAvatarIsRefused()
        {
            var other = (byte[])_payloads[0].Clone();
            other[4]++;
            Assert.That(CodeOf(other), Is.EqualTo(RefusalCodes.LightFrameCorrupt));
        }

        [Test]
        public void EveryBeginningOfAFrameIsRefused()
        {
            for (var length = 0; length < _payloads[0].Length; length++)
            {
                Assert.That(CodeOf(_payloads[0].Take(length).ToArray()), Is.EqualTo(RefusalCodes.LightFrameCorrupt));
            }
        }

        private void Decode(byte[] payload)
        {
            _decoder.Decode(new ArraySegment<byte>(payload), _frame);
        }

        private string CodeOf(byte[] payload)
        {
            try
            {
                Decode(payload);
                return null;
            }
            catch (RefusalException refusal)
            {
                return refusal.Code;
            }
        }
    }
}
