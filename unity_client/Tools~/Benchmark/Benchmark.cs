// What reading and playing a package costs on the CPU: best of several runs, milliseconds and allocated KB.
using System;
using System.IO;

namespace Ani3d.Benchmark
{
    internal static class Benchmark
    {
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
                Stopclock.Measure("open", () => Package.Open(bytes).Dispose());
                Stopclock.Measure("all Gaussians", () => package.ReadSplats());
                Stopclock.Measure("the coarsest level", () => package.ReadLevel(0));
                Stopclock.Measure("model", () => package.ReadModel());
                Stopclock.Measure("all that the importer checks", () => PackageInspection.CheckAll(package));
                var clip = FindResidual(manifest);
                if (clip >= 0)
                {
                    new ClipCosts(package, clip).Measure();
                    new PlayCosts(package, clip).Measure();
                }
                DriverCosts.Measure(package);
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
    }
}
