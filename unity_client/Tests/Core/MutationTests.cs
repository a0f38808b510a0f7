using System;
using System.Linq;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>Whatever bytes come, nothing but a refusal leaves the reader.</summary>
    public sealed class MutationTests
    {
        private const int Mutations = 400;
        private const int PlayedMutations = 150;

        [TestCase("by-hand-residual")]
        [TestCase("by-hand-driver")]
        [TestCase("by-hand-exact")]
        [TestCase("by-hand-further")]
        [TestCase("all-detail-channels")]
        [TestCase("appearance-of-every-level")]
        [TestCase("looping-clips")]
        public void ASectionOfOtherBytesIsReadOrRefused(string name)
        {
            var package = new PackageBytes(Vectors.Package("valid", name));
            Assert.That(
                Reading.CodeOf(package.With(0, package.Section(0))), Is.EqualTo(RefusalCodes.PackageDigestWrong));
            var random = new Mutator(20);
            var refused = 0;
            for (var k = 0; k < Mutations; k++)
            {
                var number = random.Next(package.Count);
                var bytes = package.With(number, random.Mutated(package.Section(number)));
                // The digest is not renewed, so a change that stays unnoticed otherwise is found by it.
                var code = Reading.CodeOf(bytes);
                Assert.That(code, Is.Not.Null);
                refused += code == RefusalCodes.PackageDigestWrong ? 0 : 1;
            }
            Assert.That(refused, Is.GreaterThan(Mutations / 4), "mutations that reach nothing");
        }

        [TestCase("by-hand-residual")]
        [TestCase("by-hand-driver")]
        [TestCase("all-detail-channels")]
        [TestCase("nodes-sh2-two-clips")]
        [TestCase("looping-clips")]
        public void AMutatedPackageIsPlayedOrRefused(string name)
        {
            var package = new PackageBytes(Vectors.Package("valid", name));
            Assert.That(Reading.PlayedCodeOf(package.With(0, package.Section(0)), true), Is.Null);
            var random = new Mutator(22);
            int refused = 0, played = 0;
            for (var k = 0; k < PlayedMutations; k++)
            {
                var number = random.Next(package.Count);
                var bytes = package.With(number, random.Mutated(package.Section(number)));
                var code = Reading.PlayedCodeOf(bytes, k % 10 == 0);
                refused += code == null ? 0 : 1;
                played += code == null ? 1 : 0;
            }
            Assert.That(refused, Is.GreaterThan(PlayedMutations / 4), "mutations that reach nothing");
            Assert.That(played, Is.GreaterThan(0), "mutations that are all refused");
        }

        [Test]
        public void AHeaderOrTableOfOtherBytesIsRefused()
        {
            var bytes = Vectors.Package("valid", "by-hand-residual");
            var random = new Mutator(21);
            for (var k = 0; k < Mutations; k++)
            {
                var changed = (byte[])bytes.Clone();
                changed[random.Next(512)] ^= (byte)(1 << random.Next(8));
                Assert.That(Reading.CodeOf(changed), Is.Not.Null);
            }
        }

        /// <summary>A generator that is the same on every runtime.</summary>
        private sealed class Mutator
        {
            private uint _state;

            public Mutator(uint seed)
            {
                _state = seed;
            }

            public int Next(int below)
            {
                _state = unchecked(_state * 1664525 + 1013904223);
                return (int)((ulong)_state * (uint)Math.Max(below, 1) >> 32);
            }

            /// <summary>Some bytes flipped, set to extremes, left out, doubled, or cut off.</summary>
            public byte[] Mutated(byte[] bytes)
            {
                var at = Next(bytes.Length);
                switch (Next(6))
                {
                    case 0: return bytes.Take(at).ToArray();
                    case 1: return bytes.Take(at).Concat(bytes.Skip(at + 1 + Next(8))).ToArray();
                    case 2: return bytes.Take(at).Concat(bytes.Skip(Math.Max(0, at - 1 - Next(8)))).ToArray();
                    default: return Changed(bytes);
                }
            }

            private byte[] Changed(byte[] bytes)
            {
                var changed = (byte[])bytes.Clone();
                for (var count = 1 + Next(3); count > 0 && bytes.Length > 0; count--)
                {
                    // Counts and steps lie at the beginning of sections.
                    var at = Next(2) == 0 ? Next(Math.Min(bytes.Length, 40)) : Next(bytes.Length);
                    changed[at] = Next(2) == 0 ? (byte)(changed[at] ^ 1 << Next(8)) : (byte)(
                        Next(2) == 0 ? 255 : Next(256));
                }
                return changed;
            }
        }
    }
}
