using System;
using System.Linq;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>Gaussians as the GPU reads them are those that were read.</summary>
    public sealed class PackedSplatsTests
    {
        [TestCase("by-hand-residual")]
        [TestCase("exact-sh2")]
        [TestCase("sh3-unicode-names")]
        [TestCase("nodes-sh2-two-clips")]
        [TestCase("added-clip-further")]
        [TestCase("limits-nodes")]
        [TestCase("limits-joints")]
        public void EveryFieldComesBack(string name)
        {
            using (var package = Package.Open(Vectors.Package("valid", name)))
            using (var avatar = new PlayableAvatar(package))
            {
                var cloud = package.ReadSplats();
                var packed = avatar.PackSplats();
                Assert.That(packed.Count, Is.EqualTo(cloud.Count));
                for (var i = 0; i < cloud.Count; i++)
                {
                    CheckShape(cloud, packed, i);
                    CheckBinding(cloud, avatar.Model, packed, i);
                    CheckColours(cloud, packed, i);
                }
                CheckTracks(avatar, packed);
            }
        }

        [Test]
        public void ALookIsWhatALevelAdds()
        {
            using (var package = Package.Open(Vectors.Package("valid", "appearance-of-every-level")))
            using (var avatar = new PlayableAvatar(package))
            {
                for (var level = 0; level < package.Manifest.LevelSizes.Count - 1; level++)
                {
                    var look = package.ReadAppearance(level, package.ReadSplats());
                    var packed = avatar.PackLook(level);
                    Assert.That(packed.Words.Length, Is.EqualTo(8 * look.Count));
                    for (var i = 0; i < 3 * look.Count; i++)
                    {
                        var at = 8 * (i / 3);
                        Assert.That(Bits.Float(packed.Words[at + i % 3]), Is.EqualTo(look.DisplacementsM[i]));
                        Assert.That(Bits.Float(packed.Words[at + 4 + i % 3]), Is.EqualTo(look.LogScaleChanges[i]));
                        var colour = i % 3 == 2 ? Bits.Half(packed.Words[at + 3], 1) : Bits.Half(packed.Words[at + 7], i % 3);
                        CheckHalf(colour, look.ColourChanges[i]);
                        Assert.That(Bits.Unorm(packed.Words[at + 3], 0), Is.EqualTo(look.Opacities[i / 3]).Within(1e-5));
                    }
                }
            }
        }

        [Test]
        public void EveryHalfComesBack()
        {
            for (uint bits = 0; bits < 0x10000; bits++)
            {
                if ((bits & 0x7C00) != 0x7C00)
                {
                    Assert.That(HalfFloat.BitsOf((float)Bits.Half(bits, 0)), Is.EqualTo(bits));
                }
            }
        }

        [TestCase(1.00048828125f, 0x3C00u, TestName = "A tie goes to the even half below")]
        [TestCase(1.00146484375f, 0x3C02u, TestName = "A tie goes to the even half above")]
        [TestCase(1.0006f, 0x3C01u, TestName = "More than a tie goes up")]
        [TestCase(2.9802322e-8f, 0x0000u, TestName = "Half of the smallest one is a tie")]
        [TestCase(3e-8f, 0x0001u, TestName = "More than half of the smallest one")]
        [TestCase(-65519f, 0xFBFFu, TestName = "The largest one is rounded to")]
        [TestCase(1e30f, 0x7BFFu, TestName = "What no half holds is the largest one")]
        [TestCase(float.NaN, 0x0000u, TestName = "NaN is 0")]
        public void AValueIsRounded(float value, uint bits)
        {
            Assert.That(HalfFloat.BitsOf(value), Is.EqualTo(bits));
        }

        private static void CheckShape(SplatCloud cloud, PackedSplats packed, int i)
        {
            var at = 16 * i;
            for (var axis = 0; axis < 3; axis++)
            {
                Assert.That(Bits.Float(packed.Splats[at + axis]), Is.EqualTo(cloud.MeansM[3 * i + axis]));
                Assert.That(Bits.Float(packed.Splats[at + 4 + axis]), Is.EqualTo(cloud.ScalesM[3 * i + axis]));
            }
            Assert.That(Bits.Unorm(packed.Splats[at + 7], 0), Is.EqualTo(cloud.Opacities[i]).Within(1e-5));
            var length = Math.Sqrt(Enumerable.Range(0, 4).Sum(k => Math.Pow(cloud.QuatsWxyz[4 * i + k], 2)));
            for (var k = 0; k < 4; k++)
            {
                Assert.That(
                    Bits.Snorm(packed.Splats[at + 8 + k / 2], k % 2),
                    Is.EqualTo(cloud.QuatsWxyz[4 * i + k] / length).Within(2e-5));
            }
        }

        private static void CheckBinding(SplatCloud cloud, ResidualModel model, PackedSplats packed, int i)
        {
            var at = 16 * i;
            uint[] s = packed.Splats;
            var hangs = model != null && Enumerable.Range(4 * i, 4).Any(slot => model.NodeWeights[slot] > 0);
            Assert.That(Bits.Field(s[at + 14], 30, 2), Is.EqualTo(hangs ? 1 : 0));
            for (var k = 0; k < 4; k++)
            {
                Assert.That(Bits.Field(s[at + 10], 8 * k, 8), Is.EqualTo(cloud.Joints[4 * i + k]));
                if (k > 0)
                {
                    Assert.That(
                        Bits.Unorm(s[at + 12 + (k - 1) / 2], (k - 1) % 2), Is.EqualTo(cloud.Weights[4 * i + k]).Within(1e-5));
                }
                if (hangs)
                {
                    var node = k < 3 ? Bits.Field(s[at + 14], 10 * k, 10) : Bits.Field(s[at + 15], 0, 10);
                    Assert.That(node, Is.EqualTo(model.NodeIndices[4 * i + k]));
                }
                if (hangs && k > 0)
                {
                    Assert.That(
                        Bits.Field(s[at + 15], 3 + 7 * k, 7) / 127.0, Is.EqualTo(model.NodeWeights[4 * i + k]).Within(1e-6));
                }
            }
            Assert.That(Bits.Field(s[at + 13], 16, 8), Is.EqualTo(cloud.Parts[i]));
        }

        private static void CheckColours(SplatCloud cloud, PackedSplats packed, int i)
        {
            int at = 16 * i, width = 3 * cloud.HarmonicCount, harmonics = packed.HarmonicUints * i;
            CheckHalf(Bits.Half(packed.Splats[at + 11], 0), cloud.Sh[width * i]);
            CheckHalf(Bits.Half(packed.Splats[at + 11], 1), cloud.Sh[width * i + 1]);
            CheckHalf(Bits.Half(packed.Splats[at + 7], 1), cloud.Sh[width * i + 2]);
            for (var k = 3; k < width; k++)
            {
                var word = packed.Harmonics[harmonics + (k - 3) / 2];
                CheckHalf(Bits.Half(word, (k - 3) % 2), cloud.Sh[width * i + k]);
            }
            Assert.That(packed.HarmonicUints, Is.EqualTo((width - 3 + 1) / 2));
        }

        private static void CheckHalf(double found, double expected)
        {
            Assert.That(found, Is.EqualTo(expected).Within(Math.Max(Math.Abs(expected) / 2000, 1e-7)));
        }

        private static void CheckTracks(PlayableAvatar avatar, PackedSplats packed)
        {
            var tracks = Enumerable.Repeat(0xFFFFFFFFu, packed.Count).ToArray();
            var clips = Enumerable.Range(0, avatar.Package.Manifest.Clips.Count);
            var moving = clips.Select(avatar.ModelOf).Where(model => model != null).SelectMany(model => model.Moving);
            // The model's come first, then each that a clip adds, once.
            var all = (avatar.Model?.Moving ?? new int[0]).Concat(moving).Distinct().ToArray();
            for (var track = 0; track < all.Length; track++)
            {
                tracks[all[track]] = (uint)track;
            }
            Assert.That(avatar.Tracks.Gaussians, Is.EqualTo(all));
            Assert.That(Enumerable.Range(0, packed.Count).Select(i => packed.Splats[16 * i + 3]), Is.EqualTo(tracks));
        }
    }
}
