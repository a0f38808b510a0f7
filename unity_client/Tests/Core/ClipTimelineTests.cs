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
            var allocated = Allocation.Counter();
            Play(500);
            var counts = new long[3];
            for (var k = 0; k < counts.Length; k++)
            {
                Play(500 * k);
                counts[k] = allocated();
            }
            Assert.That(counts[2] - counts[1], Is.EqualTo(counts[1] - counts[0]), "a longer play allocates more");
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
