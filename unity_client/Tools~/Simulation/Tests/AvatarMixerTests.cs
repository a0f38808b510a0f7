using NUnit.Framework;
using UnityEngine;
using UnityEngine.Playables;

namespace Ani3d.Tests
{
    /// <summary>A sequencer leads an avatar to any time, and gives it back.</summary>
    public sealed class AvatarMixerTests
    {
        private readonly AvatarMixerBehaviour _mixer = new AvatarMixerBehaviour();
        private Stage _stage;
        private GaussianAvatar _avatar;
        private Playable _graph;

        [SetUp]
        public void Begin()
        {
            _stage = new Stage();
            _avatar = _stage.Avatar();
            _stage.Run(5, _avatar);
            _graph = new Playable { Node = new PlayableNode { Behaviour = _mixer } };
            _graph.Node.Inputs.Add(Input("walk"));
            _graph.Node.Inputs.Add(Input("start"));
        }

        [TearDown]
        public void End()
        {
            _mixer.OnPlayableDestroy(_graph);
            _stage.Dispose();
        }

        [Test]
        public void AnyTimeIsShownWhereverItWasBefore()
        {
            Show(0.7, 1, 0, 0);
            AssertRoot("walk", 0.7);
            Show(0.1, 1, 0, 0);
            AssertRoot("walk", 0.1);
            Show(0.1, 0, 0.2, 1);
            AssertRoot("start", 0.2);
        }

        [Test]
        public void ClipsThatOverlapAreMixedByTheirWeights()
        {
            Show(0.3, 0.25f, 0.2, 0.75f);
            Vec3 walk = RootOf("walk", 0.3), start = RootOf("start", 0.2);
            Assert.That((_avatar.Show.Pose.RootTranslationM - Vec3.Mix(walk, start, 0.75)).Length, Is.LessThan(1e-6));
        }

        [Test]
        public void TheAvatarPlaysItsOwnClipsAgainAfterwards()
        {
            Show(0.3, 1, 0, 0);
            Assert.That(_avatar.IsSequenced, Is.True);
            _mixer.OnGraphStop(_graph);
            Assert.That(_avatar.IsSequenced, Is.False);
            var before = _avatar.Time;
            _stage.Run(10, _avatar);
            Assert.That(_avatar.Time, Is.GreaterThan(before + 0.1));
        }

        [Test]
        public void AClipThatIsNotThereIsToldOnce()
        {
            _graph.Node.Inputs[0] = Input("waltz");
            for (var frame = 0; frame < 3; frame++)
            {
                _mixer.ProcessFrame(_graph, new FrameData { deltaTime = 0.02f }, _avatar);
            }
            Assert.That(Debug.Logged, Has.Count.EqualTo(1));
            Assert.That(Debug.Logged[0], Does.Contain("waltz"));
        }

        private static PlayableNode Input(string clip)
        {
            return new PlayableNode { Behaviour = new AvatarClipBehaviour { Clip = clip } };
        }

        private void Show(double firstS, float first, double secondS, float second)
        {
            (_graph.Node.Inputs[0].Time, _graph.Node.Inputs[0].Weight) = (firstS, first);
            (_graph.Node.Inputs[1].Time, _graph.Node.Inputs[1].Weight) = (secondS, second);
            _stage.Wait(() =>
            {
                _mixer.ProcessFrame(_graph, new FrameData { deltaTime = 0.02f }, _avatar);
                return !_avatar.Sequence.IsWaiting;
            });
            Program.Frame(0, _stage.Camera);
        }

        private void AssertRoot(string clip, double timeS)
        {
            Assert.That((_avatar.Show.Pose.RootTranslationM - RootOf(clip, timeS)).Length, Is.LessThan(1e-6), clip);
        }

        private Vec3 RootOf(string clip, double timeS)
        {
            var package = _avatar.Package;
            var number = package.Manifest.FindClip(clip);
            var frames = new PackagedFrames(package, number, package.ReadModelOf(number, package.ReadModel()));
            var timeline = new ClipTimeline(package.Manifest.Clips[number], frames, package.Skeleton.ZeroJointsM[0]);
            return timeline.FrameAt(timeS, timeline.DefaultRootMotion).RootTranslationM;
        }
    }
}
