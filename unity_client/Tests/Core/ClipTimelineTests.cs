using System;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>What a game asks of playback besides the numbers of its golden vectors.</summary>
    public sealed class ClipTimelineTests
    {
        private Package _package;
        private ClipTimeline _timeline;
        private AvatarFrame _frame;

        [SetUp]
        public void Begin()
        {
            _package = Package.Open(Vectors.Package("valid", "looping-clips"));
            var frames = new PackagedFrames(_package, 0, _package.ReadModelOf(0, _package.ReadModel()));
            _timeline = new ClipTimeline(_package.Manifest.Clips[0], frames, _package.Skeleton.ZeroJointsM[0]);
            _frame = new AvatarFrame(frames.JointCount, frames.NodeCount);
        }

        [TearDown]
        public void Close()
        {
            _package?.Dispose();
        }

        [Test]
        public void NothingIsAllocatedForAFrameOfAGroupThatIsDecoded()
        {
            Assert.That(Allocation.Growth(Play, 500), Is.LessThanOrEqualTo(0));
        }

        [Test]
        public void AFrameInGivenRoomIsTheFrame()
        {
            foreach (var time in new[] { 0.0, 0.013, 0.05, 0.51, -0.2, 7.3 })
            {
                _timeline.FrameAt(time, RootMotion.World, _frame);
                var fresh = _timeline.FrameAt(time, RootMotion.World);
                Assert.That(_frame.RootTranslationM, Is.EqualTo(fresh.RootTranslationM));
                Assert.That(_frame.JointRotations, Is.EqualTo(fresh.JointRotations));
                Assert.That(_frame.NodeDisplacementsM, Is.EqualTo(fresh.NodeDisplacementsM));
                Assert.That(_frame.Detail?.PositionM, Is.EqualTo(fresh.Detail?.PositionM));
            }
        }

        [TestCase(double.NaN)]
        [TestCase(double.PositiveInfinity)]
        [TestCase(1e300)]
        public void ATimeThatIsNoneIsACallersMistake(double time)
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => _timeline.FrameAt(time, RootMotion.World));
        }

        private void Play(int frames)
        {
            for (var k = 0; k < frames; k++)
            {
                _timeline.FrameAt(0.011 * (k % 50), RootMotion.Delta, _frame);
            }
        }
    }
}
