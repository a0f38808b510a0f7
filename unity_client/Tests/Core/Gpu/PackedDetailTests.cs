using System.Linq;
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

        private static void CheckGroup(PlayableAvatar avatar, int clip, int number, ResidualModel model)
        {
            var held = avatar.Groups.Hold(clip, number);
            avatar.Groups.Wait(held);
            var known = avatar.Package.ReadGroup(clip, number, model);
            var tracks = avatar.Tracks.Gaussians.ToList();
            var slot = new DetailSlot(avatar.Package.Manifest.FramesPerGroup);
            for (var t = 0; t < known.FrameCount; t++)
            {
                slot.Take(held, clip, known.FirstFrame + t);
                for (var channel = DetailChannel.Position; channel <= DetailChannel.Colour; channel++)
                {
                    var packed = avatar.DetailOf(held.Group, channel);
                    var values = SlotReader.Values(
                        packed.Words.Take(packed.Count).ToArray(), slot.Cosines, avatar.ParentsOf(clip),
                        channel != DetailChannel.Position, tracks.Count);
                    var expected = new float[3 * model.Moving.Length];
                    known.Detail[(int)channel]?.Evaluate(t, expected);
                    var most = expected.Max(value => System.Math.Abs(value));
                    var others = Enumerable.Range(0, tracks.Count).ToList();
                    for (var track = 0; track < model.Moving.Length; track++)
                    {
                        var found = values[tracks.IndexOf(model.Moving[track])];
                        others.Remove(tracks.IndexOf(model.Moving[track]));
                        var off = (found - Vec3.Row(expected, track)).Length;
                        Assert.That(off, Is.LessThanOrEqualTo(1e-6 * most), $"track {track} of frame {t}, {channel}");
                    }
                    Assert.That(others.All(track => values[track].Length == 0), Is.True, "detail of another clip's tracks");
                }
            }
            avatar.Groups.Release(held);
        }
    }
}
