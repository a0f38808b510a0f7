using System;
using System.Collections.Generic;
using System.Threading;

namespace Ani3d.Benchmark
{
    /// <summary>What an avatar costs that plays a clip and is deformed by the GPU.</summary>
    internal sealed class PlayCosts
    {
        private const double ClipSeconds = 10;
        private const int Rounds = 12;
        private readonly Package _package;
        private readonly int _clip;

        /// <summary>Creates the costs of a clip with a residual layer.</summary>
        public PlayCosts(Package package, int clip)
        {
            _package = package;
            _clip = clip;
        }

        /// <summary>Tells them.</summary>
        public void Measure()
        {
            var before = GC.GetTotalMemory(true);
            using (var avatar = new PlayableAvatar(_package))
            using (var player = new ClipPlayer(avatar) { Loop = true })
            {
                player.Play(_clip);
                foreach (var rate in new[] { 30, 60 })
                {
                    MeasureFrames(player, rate);
                }
                Stopclock.Tell("memory of the avatar while it plays", (GC.GetTotalMemory(true) - before) / 1e6, "MB");
                MeasureFade(player);
                TellGpu(avatar);
            }
        }

        // The mean over a clip: frames of the clip are worked out 30 times a second, whatever the rate.
        private static void MeasureFrames(ClipPlayer player, int rate)
        {
            double best = double.MaxValue, worst = 0;
            long uploaded = 0;
            var versions = new Dictionary<int, long>();
            for (var round = 0; round < Rounds; round++)
            {
                double sum = 0, longest = 0;
                uploaded = 0;
                var frames = (int)(ClipSeconds * rate);
                for (var k = 0; k < frames; k++)
                {
                    var time = Stopclock.MillisecondsOf(() => player.Update(1.0 / rate));
                    sum += time;
                    longest = Math.Max(longest, time);
                    while (player.IsWaiting)
                    {
                        Thread.Sleep(1);
                        player.Update(0);
                    }
                    uploaded += UploadOf(player, versions);
                }
                worst = sum / frames < best ? longest : worst;
                best = Math.Min(best, sum / frames);
            }
            Stopclock.Tell($"a frame at {rate} Hz for the GPU, mean of {ClipSeconds} s", best, "ms");
            Stopclock.Tell($"… the longest of them", worst, "ms");
            Stopclock.Tell($"upload at {rate} Hz", uploaded / ClipSeconds / 1e6, "MB/s");
        }

        private static void MeasureFade(ClipPlayer player)
        {
            player.Play(player.Clip, 1e6, 3);
            player.UpdateAndWait(0);
            player.UpdateAndWait(100);
            var best = double.MaxValue;
            for (var round = 0; round < Rounds; round++)
            {
                var sum = 0.0;
                for (var k = 0; k < 100; k++)
                {
                    sum += Stopclock.MillisecondsOf(() => player.Update(0.01));
                    while (player.IsWaiting)
                    {
                        Thread.Sleep(1);
                        player.Update(0);
                    }
                }
                best = Math.Min(best, sum / 100);
            }
            Stopclock.Tell("a frame of a crossfade for the GPU, mean of 1 s", best, "ms");
        }

        private static long UploadOf(ClipPlayer player, Dictionary<int, long> versions)
        {
            long bytes = 4 * (player.Frame.Joints.Length + player.Frame.Nodes.Length);
            for (var slot = 0; slot < 2 * player.Frame.SourceCount; slot++)
            {
                var group = player.Frame.Slots[slot].Group;
                if (versions.TryGetValue(group.Room, out var version) && version == group.Group.Version)
                {
                    continue;
                }
                versions[group.Room] = group.Group.Version;
                foreach (var motion in group.Group.Detail)
                {
                    bytes += motion == null ? 0 : 4 * motion.Packed.Count;
                }
            }
            return bytes;
        }

        private void TellGpu(PlayableAvatar avatar)
        {
            var manifest = _package.Manifest;
            double count = manifest.GaussianCount;
            var splats = avatar.PackSplats();
            double looks = 0;
            for (var level = 0; level < manifest.LevelSizes.Count - 1; level++)
            {
                looks += PackedLook.UintsEach * 4.0 * manifest.GaussiansOf(level + 1);
            }
            var shared = 64 + 4 * splats.HarmonicUints + (4.0 * avatar.ParentsOf(_clip).Words.Length + looks) / count;
            var each = 48 + 2.0 * avatar.DetailChannelCount * avatar.Tracks.Count * 12 / count;
            Stopclock.Tell("GPU, shared by avatars of the package, a Gaussian", shared, "bytes");
            Stopclock.Tell("GPU, of each avatar that plays one clip, a Gaussian", each, "bytes");
            // Views of an eye; keys and order twice, since they are sorted from one to the other.
            Stopclock.Tell("GPU, of each avatar that is seen, a Gaussian and eye", 32 + 16, "bytes");
            Stopclock.Tell("GPU, groups of frames that are resident", GroupBytes(avatar) / 1e6, "MB");
        }

        private double GroupBytes(PlayableAvatar avatar)
        {
            var held = avatar.Groups.Hold(_clip, 0);
            avatar.Groups.Wait(held);
            var bytes = 0.0;
            foreach (var motion in held.Group.Detail)
            {
                bytes += motion == null ? 0 : 4 * motion.Packed.Count;
            }
            avatar.Groups.Release(held);
            return bytes * avatar.Groups.RoomCount;
        }
    }
}
