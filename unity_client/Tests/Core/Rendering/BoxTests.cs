using System;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>What an avatar fills, and whether a camera sees it.</summary>
    public sealed class BoxTests
    {
        [TestCase(0, 0, -5, true, TestName = "In front")]
        [TestCase(0, 0, 5, false, TestName = "Behind")]
        [TestCase(0, 0, 0, true, TestName = "Around the camera")]
        [TestCase(20, 0, -5, false, TestName = "To the right")]
        [TestCase(-20, 0, -5, false, TestName = "To the left")]
        [TestCase(0, 20, -5, false, TestName = "Above")]
        [TestCase(0, -20, -5, false, TestName = "Below")]
        [TestCase(5.5, 0, -5, true, TestName = "Half in the picture")]
        public void OnlyWhatMayBeSeenIsInSight(double x, double y, double z, bool expected)
        {
            // A camera at the origin that looks along -z in the engine's world, 90 degrees wide; x is mirrored in packages.
            var still = new EngineMatrix(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);
            var lens = new EngineMatrix(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1, -0.1, 0, 0, -1, 0);
            var eye = EyeView.Of(still, still, lens, lens, 100, 100);
            Assert.That(Box.Empty.With(new Vec3(-x, y, z), 1).IsInSight(eye), Is.EqualTo(expected));
        }

        [Test]
        public void DepthsAreThoseOfTheCorners()
        {
            var still = new EngineMatrix(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);
            var lens = new EngineMatrix(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1, -0.1, 0, 0, -1, 0);
            var eye = EyeView.Of(still, still, lens, lens, 100, 100);
            var (near, far) = Box.Empty.With(new Vec3(0, 0, -5), 1).DepthsOf(eye);
            Assert.That((near, far), Is.EqualTo((4.0, 6.0)));
            Assert.That(Box.Empty.With(new Vec3(0, 0, -10), 1).HeightInPicture(eye),
                Is.EqualTo(2 * Math.Sqrt(3) * 50 / 10).Within(1e-9));
        }

        [Test]
        public void APoseStaysInItsBox()
        {
            using (var package = Package.Open(Vectors.Package("valid", "looping-clips")))
            {
                var splats = package.ReadSplats();
                var kinematics = new JointTransforms(package.Skeleton);
                var reach = new JointReach(splats, kinematics.Rest, 0);
                var joints = new RigidTransform[package.Skeleton.JointCount];
                var pose = new Quat[joints.Length];
                var random = new Random(7);
                for (var trial = 0; trial < 20; trial++)
                {
                    for (var joint = 0; joint < pose.Length; joint++)
                    {
                        pose[joint] = Quat.FromRotationVector(new Vec3(
                            random.NextDouble() - 0.5, random.NextDouble() - 0.5, random.NextDouble() - 0.5));
                    }
                    kinematics.Evaluate(new Vec3(trial, 0, 0), pose, joints);
                    var box = reach.In(joints);
                    for (var i = 0; i < splats.Count; i++)
                    {
                        var place = RigidTransform.Blended(joints, splats.Joints, splats.Weights, i)
                            .Apply(Vec3.Row(splats.MeansM, i));
                        var outside = new[]
                        {
                            box.Least.X - place.X, box.Least.Y - place.Y, box.Least.Z - place.Z,
                            place.X - box.Most.X, place.Y - box.Most.Y, place.Z - box.Most.Z,
                        };
                        Assert.That(outside, Is.All.LessThanOrEqualTo(0.02), $"Gaussian {i}");
                    }
                }
            }
        }
    }
}
