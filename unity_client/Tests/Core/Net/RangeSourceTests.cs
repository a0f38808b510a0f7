using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Ani3d.Messages;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>Packages by byte ranges, over HTTP and gRPC.</summary>
    public sealed class RangeSourceTests
    {
        private static readonly Uri Address = new Uri("https://example.org/dancer.a3d?signature=secret");

        private static IEnumerable<string> Names()
        {
            return Vectors.Packages("valid").Where(name => name == null || !name.EndsWith("-zstd", StringComparison.Ordinal));
        }

        [TestCaseSource(nameof(Names))]
        public void APackageOpensInOneRequestWhereItsBeginningHoldsWhatDescribesIt(string name)
        {
            var server = new FileServer { File = Vectors.Package("valid", name) };
            using (var source = Open(server))
            using (var package = Failing.Done(Package.OpenAsync(source)))
            using (var whole = Package.Open(server.File))
            {
                Assert.That(source.RequestCount, Is.LessThanOrEqualTo(server.File.Length > 64 << 10 ? 2 : 1));
                Assert.That(package.Digest, Is.EqualTo(whole.Digest));
                Failing.Done(package.FetchAsync(_ => true));
                package.CheckBytes();
            }
        }

        [Test]
        public void WhatIsFetchedAheadIsReadWithoutTheNetworkAndWithFewRequests()
        {
            var server = new FileServer { File = Vectors.Package("valid", "by-hand-residual") };
            var options = new RangeOptions { FirstBytes = 64, MaxGapBytes = 0 };
            using (var source = Open(server, options))
            using (var package = Failing.Done(Package.OpenAsync(source)))
            {
                Failing.Done(package.FetchAvatarAsync(1));
                Failing.Done(package.FetchGroupsAsync(0, 0, 1));
                var requests = source.RequestCount;
                var model = package.ReadModelOf(0, package.ReadModel());
                package.ReadSplats(1);
                package.ReadGroup(0, 0, model);
                Assert.That(source.RequestCount, Is.EqualTo(requests));
                Assert.That(requests, Is.LessThan(package.Sections.Count), "neighbours are read together");
            }
        }

        [Test]
        public void NothingIsAskedForTwice()
        {
            var server = new FileServer { File = Pattern(300000) };
            using (var source = Open(server))
            {
                var ranges = new[] { new ByteRange(200000, 1000), new ByteRange(100000, 50), new ByteRange(100040, 50) };
                Failing.Done(source.FetchAsync(ranges));
                Failing.Done(source.FetchAsync(ranges.Append(new ByteRange(10, 20))));
                Assert.That(server.Ranges, Is.EqualTo(new[] { (0L, 65535L), (100000L, 100089L), (200000L, 200999L) }));
                Check(server.File, source, 100000, 90);
                Check(server.File, source, 200500, 500);
                Assert.That(server.Ranges, Has.Count.EqualTo(3));
            }
        }

        [Test]
        public void RangesThatAreCloseAreReadInOneRequestUpToALimit()
        {
            var server = new FileServer { File = Pattern(300000) };
            var options = new RangeOptions { FirstBytes = 100, MaxGapBytes = 1000, MaxRequestBytes = 50000 };
            using (var source = Open(server, options))
            {
                Failing.Done(source.FetchAsync(Enumerable.Range(1, 9).Select(i => new ByteRange(20000 * i, 19500))));
                Assert.That(server.Ranges.Skip(1).Count(), Is.EqualTo(5));
                Check(server.File, source, 100000, 19500);
            }
        }

        [Test]
        public void WhatWasNotFetchedIsReadByAThreadThatWaits()
        {
            var server = new FileServer { File = Pattern(300000) };
            using (var source = Open(server))
            {
                var threads = Enumerable.Range(0, 8).Select(i => Task.Run(() => Check(server.File, source, 100000 + 7 * i, 5000)));
                Failing.Done(Task.WhenAll(threads));
            }
        }

        [Test]
        public void MemoryIsBoundedByWhatMayBeHeld()
        {
            var server = new FileServer { File = Pattern(300000) };
            using (var source = Open(server, new RangeOptions { FirstBytes = 1000, MaxHeldBytes = 50000 }))
            {
                for (var at = 0; at < 290000; at += 10000)
                {
                    Check(server.File, source, at, 10000);
                }
                var held = Enumerable.Range(0, 29).Count(i => source.Holds(10000 * i, 10000));
                Assert.That(held, Is.InRange(1, 5));
                var all = Enumerable.Range(0, 10).Select(i => new ByteRange(10000 * i, 10000)).ToArray();
                Failing.Done(source.FetchAsync(all));
                Assert.That(all.Count(range => source.Holds(range.Offset, range.Count)), Is.EqualTo(10), "one fetch holds all");
            }
        }

        [Test]
        public void ABodyThatEndsEarlyIsTakenUpWhereItEnded()
        {
            var server = new FileServer { File = Pattern(200000) };
            using (var source = Open(server))
            {
                server.ShortAfter = 30000;
                Check(server.File, source, 100000, 90000);
                Assert.That(server.Ranges.Skip(1).Select(range => range.From), Is.EqualTo(new[] { 100000, 130000, 160000 }));
            }
        }

        [Test]
        public void AServerWithoutRangesIsReadWhole()
        {
            var server = new FileServer { File = Pattern(200000), HasRanges = false };
            using (var source = Open(server))
            {
                Check(server.File, source, 150000, 50000);
                Assert.That(server.Ranges, Has.Count.EqualTo(1));
            }
        }

        [Test]
        public void AServerWithoutRangesIsRefusedWhereTheFileIsTooLarge()
        {
            var server = new FileServer { File = Pattern(200000), HasRanges = false };
            Assert.That(
                Refused(server, new RangeOptions { MaxHeldBytes = 100000 }), Is.EqualTo(RefusalCodes.StoreNoRanges));
        }

        [TestCase(true, true)]
        [TestCase(true, false)]
        [TestCase(false, true)]
        [TestCase(false, false)]
        public void AFileThatChangesBetweenRequestsIsRefused(bool heedsTags, bool isLonger)
        {
            var server = new FileServer { File = Pattern(200000), HeedsTags = heedsTags };
            using (var source = Open(server))
            {
                server.Tag = "\"two\"";
                server.File = Pattern(isLonger ? 200001 : 200000);
                Assert.That(
                    Failing.Refusal(() => source.FetchAsync(new[] { new ByteRange(100000, 10) })).Code,
                    Is.EqualTo(RefusalCodes.ServiceSourceChanged));
            }
        }

        [Test]
        public void AFileThatBecameShorterIsRefused()
        {
            var server = new FileServer { File = Pattern(200000), Tag = null };
            using (var source = Open(server))
            {
                server.File = Pattern(90000);
                Assert.That(
                    Failing.Refusal(() => source.FetchAsync(new[] { new ByteRange(100000, 10) })).Code,
                    Is.EqualTo(RefusalCodes.ServiceSourceChanged));
            }
        }

        [TestCase(401, RefusalCodes.StoreDenied)]
        [TestCase(403, RefusalCodes.StoreDenied)]
        [TestCase(404, RefusalCodes.AvatarNotFound)]
        [TestCase(416, RefusalCodes.PackageTruncated)]
        [TestCase(500, RefusalCodes.StoreUnreachable)]
        [TestCase(302, RefusalCodes.StoreNoRanges)]
        public void AStatusIsNamedAndTheSecretOfTheAddressIsNot(int status, string code)
        {
            var server = new FileServer { File = Pattern(10), Instead = (_, __) => Empty(status) };
            var refusal = Failing.Refusal(() => HttpRangeSource.OpenAsync(Address, server));
            Assert.That(refusal.Code, Is.EqualTo(code));
            Assert.That(refusal.ToString(), Does.Not.Contain("secret"));
        }

        [Test]
        public void AServerThatFailsForAWhileIsAskedAgain()
        {
            var server = new FileServer { File = Pattern(200000) };
            server.Instead = (number, _) => number == 1 ? Empty(503)
                : number == 2 ? throw new HttpRequestException("connection reset") : null;
            using (var source = Open(server))
            {
                Check(server.File, source, 100000, 10);
                Assert.That(server.Ranges, Has.Count.EqualTo(4));
            }
        }

        [TestCase(5, 104, 200000)]
        [TestCase(0, 200, 200000)]
        [TestCase(0, 99, 50)]
        public void AnotherRangeThanTheOneThatWasAskedForIsRefused(int from, int to, int total)
        {
            var server = new FileServer { File = Pattern(200000) };
            server.Instead = (_, __) =>
            {
                var response = new HttpResponseMessage(HttpStatusCode.PartialContent) { Content = new ByteArrayContent(new byte[500]) };
                response.Content.Headers.TryAddWithoutValidation("Content-Range", $"bytes {from}-{to}/{total}");
                return response;
            };
            Assert.That(Refused(server, new RangeOptions { FirstBytes = 100 }), Is.EqualTo(RefusalCodes.ServiceBadMessage));
        }

        [Test]
        public void AServerThatStallsIsNotWaitedForForEver()
        {
            var server = new FileServer { File = Pattern(200000) };
            server.Instead = (_, __) =>
            {
                var body = new FakeBody(new[] { new byte[10] }) { Hangs = true };
                var response = new HttpResponseMessage(HttpStatusCode.PartialContent) { Content = new StreamContent(body) };
                response.Content.Headers.TryAddWithoutValidation("Content-Range", "bytes 0-99/200000");
                return response;
            };
            Assert.That(
                Refused(server, new RangeOptions { FirstBytes = 100, TimeoutS = 0.1 }), Is.EqualTo(RefusalCodes.StoreUnreachable));
        }

        [Test]
        public void ATokenGoesWithEveryRequest()
        {
            var server = new FileServer { File = Pattern(100) };
            var asked = new List<string>();
            server.Instead = (_, request) =>
            {
                asked.Add(request.Headers.Authorization?.ToString());
                return null;
            };
            Open(server, new RangeOptions { TokenSource = _ => Task.FromResult("abc") }).Dispose();
            Assert.That(asked, Is.EqualTo(new[] { "Bearer abc" }));
        }

        [Test]
        public void DamagedBytesAreRefusedByTheirChecksum()
        {
            var server = new FileServer { File = (byte[])Vectors.Package("valid", "by-hand-residual").Clone() };
            server.File[70] ^= 1;
            Assert.That(
                Failing.Refusal(async () => await Package.OpenAsync(Open(server))).Code, Is.EqualTo(RefusalCodes.PackageTocDamaged));
        }

        [TestCase(0)]
        [TestCase(30)]
        public void AFileThatIsNoPackageIsRefused(int length)
        {
            var server = new FileServer { File = new byte[length] };
            if (length == 0)
            {
                Assert.That(Refused(server, null), Is.EqualTo(RefusalCodes.PackageTruncated));
                return;
            }
            Assert.That(
                Failing.Refusal(async () => await Package.OpenAsync(Open(server))).Code, Is.EqualTo(RefusalCodes.PackageWrongMagic));
        }

        [Test]
        public void RangesComeOverGrpcAndAreResumedAfterALoss()
        {
            var file = Pattern(500000);
            var losses = 2;
            FakeServer server = null;
            server = new FileOverGrpc(file, () => losses-- > 0).Server;
            using (var client = server.Client(options => options.PatienceS = 10))
            using (var source = Failing.Done(client.OpenRangesAsync("ada", new RangeOptions { FirstBytes = 1000 })))
            {
                Check(file, source, 0, 1000);
                Check(file, source, 123456, 300000);
                Assert.That(source.Length, Is.EqualTo(500000));
            }
            var requests = server.Calls.Select(call => call.RequestsUntil<DownloadRequest>(all => all.Count == 1)[0]).ToArray();
            Assert.That(requests.Skip(1).Select(request => request.IfDigest), Is.All.EqualTo(FileOverGrpc.Digest));
            Assert.That(requests, Has.Length.EqualTo(4));
        }

        [Test]
        public void APictureComesWithoutTheRestOfItsPackage()
        {
            var withPicture = 0;
            foreach (var name in Names())
            {
                var file = Vectors.Package("valid", name);
                using (var package = Package.Open(file))
                {
                    var served = new FileOverGrpc(file, () => false) { Now = package.Digest };
                    var picture = Failing.Done(served.Server.Client().ThumbnailAsync("ada"));
                    Assert.That(picture, Is.EqualTo(package.ReadThumbnail()?.ToArray()), name);
                    withPicture += picture == null ? 0 : 1;
                }
            }
            Assert.That(withPicture, Is.GreaterThan(0));
        }

        [Test]
        public void APackageThatIsBakedAgainMeanwhileIsRefusedOverGrpc()
        {
            var served = new FileOverGrpc(Pattern(500000), () => false);
            using (var client = served.Server.Client())
            using (var source = Failing.Done(client.OpenRangesAsync("ada", new RangeOptions { FirstBytes = 1000 })))
            {
                served.Now = new string('b', 64);
                Assert.That(
                    Failing.Refusal(() => source.FetchAsync(new[] { new ByteRange(5000, 10) })).Code,
                    Is.EqualTo(RefusalCodes.ServiceDigestChanged));
            }
        }

        internal static byte[] Pattern(int length)
        {
            var bytes = new byte[length];
            new Random(3).NextBytes(bytes);
            return bytes;
        }

        private static HttpResponseMessage Empty(int status)
        {
            return new HttpResponseMessage((HttpStatusCode)status) { Content = new ByteArrayContent(Array.Empty<byte>()) };
        }

        private static RangeSource Open(FileServer server, RangeOptions options = null)
        {
            return Failing.Done(HttpRangeSource.OpenAsync(Address, server, options));
        }

        private static string Refused(FileServer server, RangeOptions options)
        {
            return Failing.Refusal(() => HttpRangeSource.OpenAsync(Address, server, options)).Code;
        }

        private static void Check(byte[] file, RangeSource source, int offset, int count)
        {
            var read = source.Read(offset, count);
            Assert.That(read.AsSpan().SequenceEqual(file.AsSpan(offset, count)), Is.True, $"{count} bytes at {offset}");
        }
    }
}
