using System;
using System.Linq;
using System.Threading;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>Detail that is worked out from the GPU's buffers is that of the clip.</summary>
    public sealed class PackedDetailTests
    {
        [TestCase("all-detail-channels")]
        [TestCase("added-clip-further")]
        [TestCase("by-hand-further")]
        [TestCase("nodes-sh2-two-clips")]
        [TestCase("nodes-stages-sixteen-contexts")]
        [TestCase("partial-last-group")]
        [TestCase("limits-detail")]
        [TestCase("limits-stages")]
        [TestCase("two-clips-one-residual")]
        public void EveryFrameOfEveryGroup(string name)
        {
            using (var package = Package.Open(Vectors.Package("valid", name)))
            using (var avatar = new PlayableAvatar(package))
            {
                for (var clip = 0; clip < package.Manifest.Clips.Count; clip++)
                {
                    var model = avatar.ModelOf(clip);
                    for (var number = 0; model != null && number < package.Manifest.GroupCount(package.Manifest.Clips[clip]); number++)
                    {
                        CheckGroup(avatar, clip, number, model);
                    }
                }
            }
        }

        [TestCase(127, 0)]
        [TestCase(-128, 0)]
        [TestCase(128, 1)]
        [TestCase(-129, 1)]
        [TestCase(32767, 1)]
        [TestCase(-32768, 1)]
        [TestCase(32768, 2)]
        [TestCase(-32769, 2)]
        [TestCase(int.MaxValue, 2)]
        [TestCase(int.MinValue, 2)]
        public void ARowIsAsNarrowAsItsLargestCoefficientAllows(int largest, int width)
        {
            // Five columns have the first coefficient, three the second: x, y and z of each.
            var first = new[] { 1, -2, 3, -4, 5, 6, 7, largest, 9, -10, 11, 12, -13, 14, 15 };
            var second = new[] { 1, 2, 3, 4, 5, 6, 7, 8, -9 };
            var packed = new PackedDetail();
            packed.Begin(2, 5, new[] { 0.5f, 2f }, new[] { 5, 3 }, first.Concat(second).ToArray());
            for (var column = 0; column < 5; column++)
            {
                packed.SetColumn(column, 4 - column, column % 2);
            }
            Assert.That(packed.Words[4 + 2 + 1] >> 30, Is.EqualTo(width));
            var words = packed.Words.Take(packed.Count).ToArray();
            var values = SlotReader.Values(words, new[] { 1f, 10f }, null, false, 5);
            var sums = new double[3 * 8];
            packed.AddTo(0, 1, sums, 8);
            packed.AddTo(1, 10, sums, 8);
            for (var column = 0; column < 5; column++)
            {
                var step = column % 2 == 0 ? 0.5 : 2;
                var expected = Enumerable.Range(0, 3).Select(axis =>
                    first[5 * axis + column] + (column < 3 ? 10.0 * second[3 * axis + column] : 0)).ToArray();
                var value = values[4 - column];
                Assert.That(new[] { value.X, value.Y, value.Z }, Is.EqualTo(expected.Select(sum => step * sum)));
                Assert.That(Enumerable.Range(0, 3).Select(axis => sums[8 * axis + column]), Is.EqualTo(expected));
                Assert.That(packed.StepOf(column), Is.EqualTo(step));
            }
        }

        [Test]
        public void TracksOfSeveralClipsShareOneNumbering()
        {
            using (var package = Package.Open(Vectors.Package("valid", "added-clip-further")))
            {
                var model = package.ReadModel();
                var own = package.ReadFurther(1, model);
                // Another clip adds some that no clip has, and some of these, the last ones first in the numbering.
                var free = Enumerable.Range(0, package.Manifest.GaussianCount).Except(model.Moving).Except(own).Take(5);
                var union = TrackUnion.Of(
                    model.Moving, new[] { free.Concat(own.Skip(own.Length / 2)).OrderBy(i => i).ToArray(), own });
                Assert.That(union.Gaussians.Distinct().Count(), Is.EqualTo(union.Count));
                Assert.That(union.Count, Is.EqualTo(model.Moving.Length + own.Length + 5));
                var ofClip = package.ReadModelOf(1, model);
                var group = new ClipGroup();
                package.ReadGroup(1, 0, ofClip, union, group, new DecodeRooms(), CancellationToken.None);
                CheckGroup(package.ReadGroup(1, 0, ofClip), group, union, ofClip, PackedParents.Of(ofClip, union, 1));
            }
        }

        private static void CheckGroup(PlayableAvatar avatar, int clip, int number, ResidualModel model)
        {
            var held = avatar.Groups.Hold(clip, number);
            avatar.Groups.Wait(held);
            var known = avatar.Package.ReadGroup(clip, number, model);
            CheckGroup(known, held.Group, avatar.Tracks, model, avatar.ParentsOf(clip));
            Assert.That(
                known.Detail.Select((motion, channel) => motion != null || Zero(avatar.DetailOf(held.Group, (DetailChannel)channel), avatar)),
                Is.All.True);
            avatar.Groups.Release(held);
        }

        private static bool Zero(PackedDetail packed, PlayableAvatar avatar)
        {
            return SlotReader.Values(packed.Words.Take(packed.Count).ToArray(), new[] { 1f }, null, false, avatar.Tracks.Count)
                .All(value => value.Length == 0);
        }

        private static void CheckGroup(
            ClipGroup known, ClipGroup group, TrackUnion union, ResidualModel model, PackedParents parents)
        {
            var tracks = union.Gaussians.ToList();
            var cosines = new float[known.FrameCount];
            for (var t = 0; t < known.FrameCount; t++)
            {
                for (var f = 0; f < cosines.Length; f++)
                {
                    var angle = Math.PI * f * (t + 0.5) / cosines.Length;
                    cosines[f] = (float)(Math.Sqrt((f == 0 ? 1.0 : 2.0) / cosines.Length) * Math.Cos(angle));
                }
                for (var channel = 0; channel < 4; channel++)
                {
                    var packed = group.Detail[channel]?.Packed;
                    Assert.That(packed == null, Is.EqualTo(known.Detail[channel] == null));
                    if (packed == null)
                    {
                        continue;
                    }
                    var words = packed.Words.Take(packed.Count).ToArray();
                    var values = SlotReader.Values(words, cosines, parents, channel > 0, tracks.Count);
                    var expected = new float[3 * model.Moving.Length];
                    known.Detail[channel].Evaluate(t, expected);
                    var most = expected.Max(value => Math.Abs(value));
                    var others = Enumerable.Range(0, tracks.Count).ToList();
                    for (var track = 0; track < model.Moving.Length; track++)
                    {
                        var found = values[tracks.IndexOf(model.Moving[track])];
                        others.Remove(tracks.IndexOf(model.Moving[track]));
                        var off = (found - Vec3.Row(expected, track)).Length;
                        Assert.That(off, Is.LessThanOrEqualTo(1e-6 * most), $"track {track} of frame {t}, channel {channel}");
                    }
                    Assert.That(others.All(track => values[track].Length == 0), Is.True, "detail of another clip's tracks");
                }
            }
        }
    }
}
