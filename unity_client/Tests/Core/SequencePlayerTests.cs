using System;
using System.Linq;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>What a sequencer shows depends on the times that it says, and on nothing else.</summary>
    public sealed class SequencePlayerTests
    {
        private PlayableAvatar _avatar;
        private Package _package;
        private SequencePlayer _player;

        [SetUp]
        public void Open()
        {
            _package = Package.Open(Vectors.Package("valid", "added-clip-further"));
            _avatar = new PlayableAvatar(_package, decodesInBackground: false);
            _player = new SequencePlayer(_avatar);
        }

        [TearDown]
        public void Close()
        {
            _player?.Dispose();
            _avatar?.Dispose();
            _package?.Dispose();
        }

        [Test]
        public void OneClipIsThatClipAtThatTime()
        {
            var last = _package.Manifest.Clips[0].DurationS;
            foreach (var time in new[] { 0.6 * last, 0.1 * last, last, 0.35 * last })
            {
                Show((0, time, 1));
                AssertEqual(_player.Pose, Expected(0, time));
            }
        }

        [Test]
        public void WhereItCameFromDoesNotMatter()
        {
            Show((0, 0.2, 1), (1, 0.1, 3));
            var there = Motion();
            Show((1, 0.05, 1));
            Show((0, 0.0, 2), (1, 0.3, 1));
            Show((0, 0.2, 1), (1, 0.1, 3));
            Assert.That(Motion(), Is.EqualTo(there));
        }

        [Test]
        public void SharesAreThoseOfTheWeights()
        {
            Show((0, 0.1, 1), (1, 0.2, 3));
            var (a, b) = (Expected(0, 0.1).RootTranslationM, Expected(1, 0.2).RootTranslationM);
            Assert.That((_player.Pose.RootTranslationM - Vec3.Mix(a, b, 0.75)).Length, Is.LessThan(1e-9));
            Show((0, 0.1, 1), (1, 0.2, 0));
            AssertEqual(_player.Pose, Expected(0, 0.1));
        }

        [Test]
        public void DetailOfEveryClipIsMixed()
        {
            Show((0, 0.1, 1), (1, 0.2, 3));
            Assert.That(_player.Frame.SourceCount, Is.EqualTo(2));
            Assert.That(_player.Frame.Sources[1].Share, Is.EqualTo(0.75f).Within(1e-6));
            Assert.That(_player.Frame.Sources.Take(2).Select(source => source.Clip), Is.EqualTo(new[] { 0, 1 }));
        }

        [Test]
        public void NothingIsAllocatedWhileTheSameClipsAreShown()
        {
            var time = 0.0;
            Action<int> play = frames =>
            {
                for (var frame = 0; frame < frames; frame++)
                {
                    time = (time + 0.013) % 0.3;
                    Show2(time);
                }
            };
            play(100);
            Assert.That(Allocation.Growth(play, 300), Is.LessThanOrEqualTo(0));
        }

        [Test]
        public void AClipThatIsNotThereIsTold()
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => _player.Add(_package.Manifest.Clips.Count, 0, 1));
        }

        private void Show(params (int Clip, double TimeS, double Weight)[] clips)
        {
            _player.Clear();
            foreach (var (clip, time, weight) in clips)
            {
                _player.Add(clip, time, weight);
            }
            Assert.That(_player.Show(), Is.True);
        }

        private void Show2(double time)
        {
            _player.Clear();
            _player.Add(0, time, 1);
            _player.Add(0, time + 0.05, 2);
            _player.Show();
        }

        private float[] Motion()
        {
            return _player.Frame.Joints.Concat(_player.Frame.Nodes).ToArray();
        }

        private AvatarFrame Expected(int clip, double time)
        {
            var frames = new PackagedFrames(_package, clip, _package.ReadModelOf(clip, _package.ReadModel()));
            var timeline = new ClipTimeline(_package.Manifest.Clips[clip], frames, _package.Skeleton.ZeroJointsM[0]);
            return timeline.FrameAt(time, timeline.DefaultRootMotion);
        }

        private static void AssertEqual(AvatarFrame found, AvatarFrame expected)
        {
            Assert.That((found.RootTranslationM - expected.RootTranslationM).Length, Is.LessThan(1e-9));
            for (var joint = 0; joint < found.JointRotations.Length; joint++)
            {
                var cosine = Quat.Dot(found.JointRotations[joint], expected.JointRotations[joint]);
                Assert.That(Math.Abs(cosine), Is.EqualTo(1).Within(1e-9), $"joint {joint}");
            }
        }
    }
}
