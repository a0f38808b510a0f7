using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>Packages of spec/vectors, on every runtime that these tests run on.</summary>
    public sealed class PackageTests
    {
        // A section may decode to a million integers, and to 32 for each of its bytes.
        private const long FreeBytes = 32 << 20;
        private const long BytesEach = 32 * 8;

        private static IEnumerable<string> Valid => Vectors.Packages("valid");

        private static IEnumerable<string> Invalid => Vectors.Packages("invalid");

        [TestCaseSource(nameof(Valid))]
        public void AValidPackageIsRead(string name)
        {
            var bytes = Vectors.Package("valid", name);
            if (name.EndsWith("-zstd", StringComparison.Ordinal))
            {
                Assert.That(Reading.CodeOf(bytes), Is.EqualTo(RefusalCodes.EntropyNotInstalled));
                return;
            }
            using (var package = Package.Open(bytes))
            {
                var splats = Reading.Everything(package);
                var expected = Vectors.SizeOf(
                    Vectors.Answer("valid", name).Split(new[] { "\"splats\"" }, StringSplitOptions.None)[1], "sh");
                Assert.That(
                    splats.Sh.Sum(value => Math.Abs((double)value)), Is.EqualTo(expected).Within(1e-5 * expected));
            }
        }

        [TestCaseSource(nameof(Invalid))]
        public void AnInvalidPackageIsRefusedWithItsCode(string name)
        {
            var code = Vectors.RefusedAs(Vectors.Answer("invalid", name));
            Assert.That(Reading.CodeOf(Vectors.Package("invalid", name)), Is.EqualTo(code));
        }

        [TestCaseSource(nameof(Invalid))]
        public void AnInvalidPackageCostsNoMoreMemoryThanItsBytesAllow(string name)
        {
            var bytes = Vectors.Package("invalid", name);
            var allocated = Allocation.Counter();
            Reading.CodeOf(bytes);
            var before = allocated();
            Reading.CodeOf(bytes);
            Assert.That(allocated() - before, Is.LessThan(FreeBytes + BytesEach * bytes.Length), name);
        }

        [Test]
        public void NothingAtAllIsForeign()
        {
            var refusal = Assert.Throws<RefusalException>(() => Package.Open(new byte[0]));
            Assert.That(refusal.Code, Is.EqualTo(RefusalCodes.PackageWrongMagic));
            Assert.That(refusal.Family, Is.EqualTo("foreign"));
            Assert.That(refusal.Message, Does.EndWith("Choose an .a3d package."));
        }

        [Test]
        public void EveryBeginningOfAFileIsRefused()
        {
            var bytes = Vectors.Package("valid", "by-hand-residual");
            for (var length = 0; length < bytes.Length; length++)
            {
                var code = Reading.CodeOf(bytes.Take(length).ToArray());
                Assert.That(
                    code, Is.EqualTo(length == 0 ? RefusalCodes.PackageWrongMagic : RefusalCodes.PackageTruncated));
            }
        }

        [Test]
        public void AStreamGivesWhatMemoryGives()
        {
            var bytes = Vectors.Package("valid", "all-detail-channels");
            using (var fromMemory = Package.Open(bytes))
            using (var fromStream = Package.Open(new StutteringStream(bytes)))
            {
                Assert.That(fromStream.Digest, Is.EqualTo(fromMemory.Digest));
                Assert.That(Reading.Everything(fromStream).MeansM, Is.EqualTo(Reading.Everything(fromMemory).MeansM));
            }
        }

        [Test]
        public void AFileThatShrinksWhileItIsReadIsRefused()
        {
            var bytes = Vectors.Package("valid", "all-detail-channels");
            var stream = new MemoryStream();
            stream.Write(bytes, 0, bytes.Length);
            using (var package = Package.Open(stream))
            {
                stream.SetLength(bytes.Length / 2);
                var refusal = Assert.Throws<RefusalException>(() => Reading.Everything(package));
                Assert.That(refusal.Code, Is.EqualTo(RefusalCodes.PackageTruncated));
            }
        }

        [Test]
        public void ALevelThatIsNotThereIsACallersMistake()
        {
            using (var package = Package.Open(Vectors.Package("valid", "by-hand-rigid")))
            {
                Assert.Throws<ArgumentOutOfRangeException>(() => package.ReadSplats(0));
                Assert.Throws<ArgumentOutOfRangeException>(
                    () => package.ReadSplats(package.Manifest.LevelSizes.Count + 1));
            }
        }

        /// <summary>Gives at most three bytes at a time, as a slow medium may.</summary>
        private sealed class StutteringStream : MemoryStream
        {
            public StutteringStream(byte[] bytes)
                : base(bytes)
            {
            }

            public override int Read(byte[] buffer, int offset, int count)
            {
                return base.Read(buffer, offset, Math.Min(count, 3));
            }
        }
    }
}
