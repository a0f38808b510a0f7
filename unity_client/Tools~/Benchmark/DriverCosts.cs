using System;

namespace Ani3d.Benchmark
{
    /// <summary>What the driver of a package costs.</summary>
    internal static class DriverCosts
    {
        /// <summary>Tells it, where there is one.</summary>
        public static void Measure(Package package)
        {
            var model = package.ReadDriver();
            if (model == null)
            {
                return;
            }
            var driver = new NodeDriver(model, package.Skeleton, package.ReadModel());
            var pose = new AvatarFrame(package.Manifest.JointCount, package.Manifest.NodeCount);
            driver.Reset(pose);
            Console.WriteLine(
                $"driver: {model.Links.Length} links, {model.Capsules.Length} capsules, {model.Learned.RowCount} rows learned");
            var step = 0;
            foreach (var rate in new[] { 60, 30 })
            {
                Stopclock.Measure($"a step of 1/{rate} s", () =>
                {
                    pose.RootTranslationM = new Vec3(0, 0, 0.02 * step++);
                    driver.Step(pose, 1.0 / rate);
                });
            }
        }
    }
}
