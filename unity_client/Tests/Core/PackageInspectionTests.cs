using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>What the importer tells about a package.</summary>
    public sealed class PackageInspectionTests
    {
        private static IEnumerable<string> Invalid => Vectors.Packages("invalid");

        [Test]
        public void PartsAndClipsTakeTheBytesOfTheFile()
        {
            var bytes = Vectors.Package("valid", "added-clip-further");
            using (var package = Package.Open(bytes))
            {
                var inspection = PackageInspection.Of(package);
                Assert.That(inspection.Parts.Sum(part => part.Value), Is.EqualTo(inspection.StoredBytes));
                // Header, table and padding to 64 bytes are no part.
                Assert.That(inspection.StoredBytes, Is.InRange(bytes.Length * 8 / 10, bytes.Length));
                Assert.That(inspection.ClipBytes, Has.Count.EqualTo(package.Manifest.Clips.Count).And.All.GreaterThan(0));
                var clips = inspection.Parts.Single(part => part.Key == "clips");
                Assert.That(inspection.ClipBytes.Sum(), Is.EqualTo(clips.Value));
                Assert.That(inspection.Digest, Has.Length.EqualTo(64));
            }
        }

        [TestCaseSource(nameof(Invalid))]
        public void TheImporterRefusesWhatAPlayerWouldRefuseLater(string name)
        {
            var bytes = Vectors.Package("invalid", name);
            var refusal = Assert.Throws<RefusalException>(() =>
            {
                using (var package = Package.Open(bytes))
                {
                    PackageInspection.CheckAll(package);
                }
            });
            Assert.That(RefusalCodes.FamilyOf[Vectors.RefusedAs(Vectors.Answer("invalid", name))], Is.EqualTo(refusal.Family));
        }

        [Test]
        public void ThePersonReadsWhatThePackageHolds()
        {
            using (var package = Package.Open(Vectors.Package("valid", "by-hand-driver")))
            {
                var inspection = PackageInspection.Of(package);
                var avatar = PackageDescription.Avatar(inspection).ToDictionary(row => row.Key, row => row.Value);
                Assert.That(avatar["Driver"], Does.StartWith("yes"));
                Assert.That(avatar["Gaussians"], Is.EqualTo(package.Manifest.GaussianCount.ToString("N0")));
                Assert.That(PackageDescription.Bytes(inspection).Last().Key, Is.EqualTo("all"));
            }
        }

        [TestCase(999, "999 bytes")]
        [TestCase(1500, "1.5 KB")]
        [TestCase(62110, "62 KB")]
        [TestCase(3634000, "3.63 MB")]
        public void SizesArePowersOfTen(long bytes, string text)
        {
            Assert.That(PackageDescription.Size(bytes), Is.EqualTo(text));
        }
    }
}
