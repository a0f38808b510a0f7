using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Ani3d.Messages;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>Downloads: whole or resumed, checked, and published at once.</summary>
    public sealed class DownloadTests
    {
        private string _folder;
        private string _target;
        private byte[] _file;
        private string _digest;

        [SetUp]
        public void MakeAFolder()
        {
            _folder = Path.Combine(Path.GetTempPath(), "ani3d-" + Guid.NewGuid().ToString("N"));
            _target = Path.Combine(_folder, "ada.a3d");
            Directory.CreateDirectory(_folder);
            _file = Vectors.Package("valid", Vectors.Packages("valid").First());
            using (var package = Package.Open(_file))
            {
                _digest = package.Digest;
            }
        }

        [TearDown]
        public void RemoveTheFolder()
        {
            Directory.Delete(_folder, true);
        }

        [Test]
        public void ADownloadIsTheSameBytesAndLeavesNothingElse()
        {
            File.WriteAllText(_target, "what was there before");
            var shares = new List<double>();
            var report = Failing.Done(Served().Server.Client().DownloadAsync("ada", _target, new Shares(shares)));
            Assert.That(File.ReadAllBytes(_target), Is.EqualTo(_file));
            Assert.That((report.Digest, report.SizeBytes), Is.EqualTo((_digest, _file.Length)));
            Assert.That(shares.Last(), Is.EqualTo(1));
            Assert.That(Directory.GetFiles(_folder), Is.EqualTo(new[] { _target }));
        }

        [Test]
        public void APartIsTakenUpWhereItEnded()
        {
            var part = PartOf(_digest);
            File.WriteAllBytes(part, _file.Take(100).ToArray());
            var served = Served();
            var report = Failing.Done(served.Server.Client().DownloadAsync("ada", _target));
            Assert.That((report.ResumedFromBytes, report.ReceivedBytes), Is.EqualTo((100, _file.Length - 100)));
            Assert.That(File.ReadAllBytes(_target), Is.EqualTo(_file));
            var request = served.Server.Calls.Single().Requests<DownloadRequest>().Single();
            Assert.That((request.Offset, request.IfDigest), Is.EqualTo((100, _digest)));
        }

        [TestCase(100)]
        [TestCase(1000000)]
        public void APartOfAnotherPackageIsDropped(int held)
        {
            File.WriteAllBytes(PartOf(new string('b', 64)), new byte[held]);
            var report = Failing.Done(Served().Server.Client().DownloadAsync("ada", _target));
            Assert.That((report.ResumedFromBytes, report.ReceivedBytes), Is.EqualTo((0, _file.Length)));
            Assert.That(Directory.GetFiles(_folder), Is.EqualTo(new[] { _target }));
        }

        [Test]
        public void BytesThatAreNotThoseOfTheDigestAreRemoved()
        {
            var served = Served();
            served.Change = piece => piece.Data = new ArraySegment<byte>(new byte[piece.Data.Count]);
            Assert.That(Code(served), Is.EqualTo(RefusalCodes.DownloadDigestMismatch));
            Assert.That(Directory.GetFiles(_folder), Is.Empty);
        }

        [Test]
        public void ANameThatIsNoDigestNeverBecomesAFile()
        {
            var served = Served();
            served.Now = "../../" + new string('a', 58);
            Assert.That(Code(served), Is.EqualTo(RefusalCodes.DownloadBadDigest));
            Assert.That(Directory.GetFiles(_folder), Is.Empty);
        }

        [Test]
        public void APackageThatIsTooLargeIsNotWritten()
        {
            var served = Served();
            served.StatedLength = ulong.MaxValue;
            Assert.That(Code(served), Is.EqualTo(RefusalCodes.DownloadTooLarge));
            Assert.That(Directory.GetFiles(_folder), Is.Empty);
        }

        [Test]
        public void BytesBehindTheStatedEndAreRefused()
        {
            var served = Served();
            served.StatedLength = 10;
            Assert.That(Code(served), Is.EqualTo(RefusalCodes.DownloadOutOfOrder));
        }

        [Test]
        public void BytesOutOfOrderAreRefused()
        {
            var served = Served();
            served.Change = piece => piece.Offset++;
            Assert.That(Code(served), Is.EqualTo(RefusalCodes.DownloadOutOfOrder));
        }

        [Test]
        public void AServerThatChangesItsMindWithoutEndIsGivenUp()
        {
            var served = Served();
            File.WriteAllBytes(PartOf(new string('b', 64)), new byte[5]);
            served.HeedsDigests = true;
            served.Change = piece =>
            {
                // Each answer is of another package than the one that the next request will ask for.
                served.Now = served.Now == _digest ? new string('c', 64) : _digest;
                piece.TotalSizeBytes = 1 << 20;
            };
            Assert.That(
                Failing.Refusal(() => served.Server.Client(options => options.PatienceS = 1).DownloadAsync("ada", _target)).Family,
                Is.EqualTo("connection").Or.EqualTo("usage"));
            Assert.That(served.Server.Calls.Count, Is.LessThan(12));
        }

        [Test]
        public void AFolderThatCannotBeMadeIsNamed()
        {
            File.WriteAllText(_target, "a file");
            var refusal = Failing.Refusal(
                () => Served().Server.Client().DownloadAsync("ada", Path.Combine(_target, "below.a3d")));
            Assert.That(refusal.Code, Is.EqualTo(RefusalCodes.DownloadNotWritten));
        }

        [Test]
        public void TheCacheFetchesOnceHoweverManyAsk()
        {
            var served = Served();
            var client = served.Server.Client();
            var cache = new PackageCache(_folder);
            var asked = Enumerable.Range(0, 4).Select(_ => cache.FetchAsync(client, Listing(_digest))).ToArray();
            Failing.Done(Task.WhenAll(asked));
            Assert.That(asked.Count(one => one.Result.ReceivedBytes > 0), Is.EqualTo(1));
            Assert.That(asked.Select(one => one.Result.Path).Distinct(), Has.Exactly(1).Items);
            Assert.That(served.Server.Calls, Has.Count.EqualTo(1));
        }

        [Test]
        public void ADamagedFileOfTheCacheIsFetchedAgain()
        {
            var cache = new PackageCache(_folder);
            File.WriteAllBytes(Path.Combine(_folder, _digest + ".a3d"), _file.Select(value => (byte)(value ^ 1)).ToArray());
            var cached = Failing.Done(cache.FetchAsync(Served().Server.Client(), Listing(_digest)));
            Assert.That(cached.ReceivedBytes, Is.EqualTo(_file.Length));
            Assert.That(File.ReadAllBytes(cached.Path), Is.EqualTo(_file));
        }

        [Test]
        public void TheCacheForgetsWhatWasUsedLeastRecently()
        {
            foreach (var (name, days) in new[] { ("old", 3), ("new", 1) })
            {
                var path = Path.Combine(_folder, name + ".a3d");
                File.WriteAllBytes(path, new byte[1000]);
                File.SetLastAccessTimeUtc(path, DateTime.UtcNow.AddDays(-days));
            }
            File.WriteAllText(Path.Combine(_folder, "notes.txt"), new string('x', 5000));
            var cached = Failing.Done(
                new PackageCache(_folder, _file.Length + 1500).FetchAsync(Served().Server.Client(), Listing(_digest)));
            Assert.That(
                Directory.GetFiles(_folder).Select(Path.GetFileName),
                Is.EquivalentTo(new[] { "new.a3d", "notes.txt", Path.GetFileName(cached.Path) }));
        }

        [Test]
        public void ADigestThatIsAPathIsRefusedByTheCache()
        {
            Assert.That(
                Failing.Refusal(() => new PackageCache(_folder).FetchAsync(Served().Server.Client(), Listing("../../x"))).Code,
                Is.EqualTo(RefusalCodes.DownloadBadDigest));
        }

        private static AvatarListing Listing(string digest)
        {
            return new AvatarListing(new AvatarSummary { AvatarId = "ada", Digest = digest });
        }

        private FileOverGrpc Served()
        {
            return new FileOverGrpc(_file, () => false) { Now = _digest };
        }

        private string Code(FileOverGrpc served)
        {
            return Failing.Refusal(() => served.Server.Client().DownloadAsync("ada", _target)).Code;
        }

        private string PartOf(string digest)
        {
            return Path.Combine(_folder, $".ada.a3d.{digest}.part");
        }

        private sealed class Shares : IProgress<double>
        {
            private readonly List<double> _shares;

            public Shares(List<double> shares)
            {
                _shares = shares;
            }

            public void Report(double value)
            {
                _shares.Add(value);
            }
        }
    }
}
