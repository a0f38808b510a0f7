using System;

namespace Ani3d.Benchmark
{
    /// <summary>What decoding a clip costs, and evaluating it on the CPU.</summary>
    internal sealed class ClipCosts
    {
        private readonly Package _package;
        private readonly int _clip;

        /// <summary>Creates the costs of a clip with a residual layer.</summary>
        public ClipCosts(Package package, int clip)
        {
            _package = package;
            _clip = clip;
        }

        /// <summary>Tells them.</summary>
        public void Measure()
        {
            var model = _package.ReadModelOf(_clip, _package.ReadModel());
            var info = _package.Manifest.Clips[_clip];
            Console.WriteLine($"clip {info.Name}: {info.FrameCount} frames at {info.Fps:F0} Hz, "
                + $"{_package.Manifest.FramesPerGroup} a group, {model.Moving.Length} tracks");
            Stopclock.Measure("a group of frames in new memory", () => _package.ReadGroup(_clip, 0, model));
            using (var avatar = new PlayableAvatar(_package, false))
            {
                // More groups than are kept, so that each is decoded again.
                var number = 0;
                var groups = _package.Manifest.GroupCount(info);
                Stopclock.Measure("a group of frames in memory that is there", () =>
                {
                    var held = avatar.Groups.Hold(_clip, number++ % groups);
                    avatar.Groups.Wait(held);
                    avatar.Groups.Release(held);
                });
            }
            MeasureFrame(model);
        }

        private void MeasureFrame(ResidualModel model)
        {
            var group = _package.ReadGroup(_clip, 0, model);
            var displacements = new float[3 * model.NodeCount];
            var rotations = new float[4 * model.NodeCount];
            var values = new float[3 * model.Moving.Length];
            if (group.Nodes != null)
            {
                Stopclock.Measure("nodes of a frame", () => group.Nodes.Evaluate(1, displacements, rotations));
            }
            for (var channel = DetailChannel.Position; channel <= DetailChannel.Colour; channel++)
            {
                var motion = group.Detail[(int)channel];
                if (motion != null)
                {
                    Stopclock.Measure($"detail of a frame on the CPU, {channel}", () => motion.Evaluate(1, values));
                }
            }
            var splats = _package.ReadSplats();
            var deformer = new Deformer(_package.Skeleton, splats, model);
            var posed = new PosedSplats(splats.Count);
            var frame = new PackagedFrames(_package, _clip, model).Frame(1);
            Stopclock.Measure("the runtime equation of a frame, double precision", () => deformer.Pose(frame, posed));
        }
    }
}
