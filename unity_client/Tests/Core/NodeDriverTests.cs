using System;
using System.Linq;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>What a live game asks of the driver besides the numbers of its golden vectors.</summary>
    public sealed class NodeDriverTests
    {
        private const int Steps = 1000;
        private const double StepS = 1.0 / 60;
        private Package _package;
        private NodeDriver _driver;
        private AvatarFrame _pose;

        [SetUp]
        public void Begin()
        {
            _package = Package.Open(Vectors.Package("valid", "by-hand-driver"));
            var model = _package.ReadModel();
            _driver = new NodeDriver(_package.ReadDriver(), _package.Skeleton, model);
            _pose = new AvatarFrame(_package.Manifest.JointCount, model.NodeCount);
            _driver.Reset(_pose);
        }

        [TearDown]
        public void Close()
        {
            _package?.Dispose();
        }

        [Test]
        public void NothingIsAllocatedInAStep()
        {
            Assert.That(Allocation.Growth(Walk, Steps), Is.LessThanOrEqualTo(0));
        }

        [Test]
        public void APoseOfNoNumbersIsNotTaken()
        {
            Walk(10);
            var last = (Vec3[])_pose.NodeDisplacementsM.Clone();
            _pose.RootTranslationM = new Vec3(double.NaN, 0, 0);
            _driver.Step(_pose, StepS);
            Assert.That(_pose.NodeDisplacementsM, Is.EqualTo(last));
            _pose.RootTranslationM = default;
            _pose.JointRotations[0] = default;
            _driver.Step(_pose, StepS);
            Assert.That(_pose.NodeDisplacementsM, Is.EqualTo(last));
        }

        [TestCase(0)]
        [TestCase(1e6)]
        [TestCase(double.NaN)]
        public void DisplacementsStayWithinReachWhateverTheClockSays(double seconds)
        {
            var reach = _package.ReadDriver().ReachM;
            for (var step = 0; step < 50; step++)
            {
                _pose.RootTranslationM = new Vec3(step % 7, 0, step % 3);
                _driver.Step(_pose, seconds);
            }
            Assert.That(_pose.NodeDisplacementsM.All(u => u.Length <= reach * 1.000001), Is.True);
        }

        private void Walk(int steps)
        {
            for (var step = 0; step < steps; step++)
            {
                _pose.RootTranslationM = new Vec3(0.02 * Math.Sin(0.1 * step), 0, 0.01 * step);
                _driver.Step(_pose, StepS);
            }
        }
    }
}
