// What reading and playing a package costs on the CPU: best of several runs, milliseconds and allocated KB.
using System;
using System.Diagnostics;
using System.IO;

namespace Ani3d.Benchmark
{
    internal static class Benchmark
    {
        private const int FewestRuns = 10;
        private const double SecondsEach = 1;

        private static int Main(string[] arguments)
        {
            if (arguments.Length != 1)
            {
                Console.Error.WriteLine("usage: bench.py PACKAGE");
                return 2;
            }
            var bytes = File.ReadAllBytes(arguments[0]);
            using (var package = Package.Open(bytes))
            {
                var manifest = package.Manifest;
                Console.WriteLine($"{manifest.AvatarName}: {manifest.GaussianCount} Gaussians, {manifest.JointCount} joints, "
                    + $"{manifest.NodeCount} nodes, {bytes.Length / 1e6:F2} MB");
                Measure("open", () => Package.Open(bytes).Dispose());
                Measure("all Gaussians", () => package.ReadSplats());
                Measure("the coarsest level", () => package.ReadLevel(0));
                Measure("model", () => package.ReadModel());
                var clip = FindResidual(manifest);
                if (clip >= 0)
                {
                    MeasureClip(package, clip);
                }
                MeasureDriver(package);
            }
            return 0;
        }

        private static int FindResidual(Manifest manifest)
        {
            for (var clip = 0; clip < manifest.Clips.Count; clip++)
            {
                if (manifest.Clips[clip].HasResidual)
                {
                    return clip;
                }
            }
            return -1;
        }

        private static void MeasureClip(Package package, int clip)
        {
            var model = package.ReadModelOf(clip, package.ReadModel());
            var info = package.Manifest.Clips[clip];
            Console.WriteLine($"clip {info.Name}: {info.FrameCount} frames at {info.Fps:F0} Hz, {package.Manifest.FramesPerGroup} a group, "
                + $"{model.Moving.Length} tracks");
            Measure("a group of frames", () => package.ReadGroup(clip, 0, model));
            var group = package.ReadGroup(clip, 0, model);
            var displacements = new float[3 * model.NodeCount];
            var rotations = new float[4 * model.NodeCount];
            var values = new float[3 * model.Moving.Length];
            if (group.Nodes != null)
            {
                Measure("nodes of a frame", () => group.Nodes.Evaluate(1, displacements, rotations));
            }
            for (var channel = DetailChannel.Position; channel <= DetailChannel.Colour; channel++)
            {
                var motion = group.Detail[(int)channel];
                if (motion != null)
                {
                    Measure($"detail of a frame, {channel}", () => motion.Evaluate(1, values));
                }
            }
            var splats = package.ReadSplats();
            var deformer = new Deformer(package.Skeleton, splats, model);
            var posed = new PosedSplats(splats.Count);
            var frame = new PackagedFrames(package, clip, model).Frame(1);
            Measure("the runtime equation of a frame, double precision", () => deformer.Pose(frame, posed));
        }

        private static void MeasureDriver(Package package)
        {
            var model = package.ReadDriver();
            if (model == null)
            {
                return;
            }
            var driver = new NodeDriver(model, package.Skeleton, package.ReadModel());
            var pose = new AvatarFrame(package.Manifest.JointCount, package.Manifest.NodeCount);
            driver.Reset(pose);
            Console.WriteLine($"driver: {model.Links.Length} links, {model.Capsules.Length} capsules, {model.Learned.RowCount} rows learned");
            var step = 0;
            Measure("a step of 1/60 s", () =>
            {
                pose.RootTranslationM = new Vec3(0, 0, 0.02 * step++);
                driver.Step(pose, 1.0 / 60);
            });
        }

        private static void Measure(string what, Action action)
        {
            var best = double.MaxValue;
            long allocated = 0;
            var watch = Stopwatch.StartNew();
            for (var run = 0; run < FewestRuns || watch.Elapsed.TotalSeconds < SecondsEach; run++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                var begin = Stopwatch.GetTimestamp();
                action();
                best = Math.Min(best, (Stopwatch.GetTimestamp() - begin) * 1000.0 / Stopwatch.Frequency);
                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            }
            Console.WriteLine($"  {what,-52} {best,9:F3} ms {allocated / 1e3,11:F1} KB");
        }
    }
}
