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

        [TestCase(true, 10, 0.25, 2, 3, 0.5)]
        [TestCase(true, 10, 0.95, 9, 0, 0.5)]
        [TestCase(true, 10, -0.05, 9, 0, 0.5)]
        [TestCase(true, 10, -1.0, 0, 1, 0.0)]
        [TestCase(true, 10, 123.4, 4, 5, 0.0)]
        [TestCase(true, 1, 7.77, 0, 0, 0.7)]
        [TestCase(false, 10, 0.25, 2, 3, 0.5)]
        [TestCase(false, 10, 0.9, 8, 9, 1.0)]
        [TestCase(false, 10, 55.0, 8, 9, 1.0)]
        [TestCase(false, 10, -3.0, 0, 1, 0.0)]
        [TestCase(false, 1, 0.5, 0, 0, 1.0)]
        public void DetailIsMixedOfTheTwoFramesAround(bool loops, int frames, double timeS, int first, int second, double share)
        {
            var timeline = new ClipTimeline(
                new ClipInfo { Name = "clip", Fps = 10, FrameCount = frames, Loops = loops }, new Counted(frames), default);
            var place = timeline.DetailAt(timeS);
            Assert.That(place.First, Is.EqualTo(first));
            Assert.That(place.Second, Is.EqualTo(second));
            Assert.That(place.Share, Is.EqualTo(share).Within(1e-6));
        }

        private void Play(int frames)
        {
            for (var k = 0; k < frames; k++)
            {
                _timeline.FrameAt(0.011 * (k % 50), RootMotion.Delta, _frame);
            }
        }

        private sealed class Counted : IFrameSource
        {
            public Counted(int frames)
            {
                FrameCount = frames;
            }

            public int FrameCount { get; }

            public int JointCount => 1;

            public int NodeCount => 0;

            public AvatarFrame Frame(int i)
            {
                return new AvatarFrame(1, 0);
            }

            public bool Prepare(long first, long ahead, out bool aheadIsReady)
            {
                return aheadIsReady = true;
            }
        }
    }
}
