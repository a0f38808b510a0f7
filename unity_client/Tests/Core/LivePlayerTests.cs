using System;
using System.Linq;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>Poses as they come from captures, games and networks: late, cut, far away, or none at all.</summary>
    public sealed class LivePlayerTests
    {
        private const double StepS = 1.0 / 60;
        private Package _package;
        private PlayableAvatar _avatar;
        private LivePlayer _live;
        private AvatarFrame _pose;
        private double _timeS;

        [SetUp]
        public void Begin()
        {
            _package = Package.Open(Vectors.Package("valid", "by-hand-driver"));
            _avatar = new PlayableAvatar(_package);
            _live = new LivePlayer(_avatar);
            _pose = new AvatarFrame(_avatar.JointCount, _avatar.NodeCount);
            _timeS = 100;
        }

        [TearDown]
        public void Close()
        {
            _avatar?.Dispose();
            _package?.Dispose();
        }

        [Test]
        public void AWalkIsNeverReset()
        {
            Walk(60);
            Assert.That(_live.ResetCount, Is.EqualTo(1), "the first pose");
            Assert.That(_live.Frame.SourceCount, Is.Zero);
        }

        [TestCase(0.4, 1, TestName = "A short gap is swung through")]
        [TestCase(0.6, 2, TestName = "After a pause cloth is at rest")]
        [TestCase(-3.0, 2, TestName = "A clock that goes back begins anew")]
        [TestCase(0.0, 2, TestName = "A clock that stands begins anew")]
        public void AGap(double seconds, int resets)
        {
            Walk(10);
            _timeS += seconds - StepS;
            Walk(1);
            Walk(5);
            Assert.That(_live.ResetCount, Is.EqualTo(resets));
        }

        [Test]
        public void AnotherPoseIsACutAndATeleportIsNot()
        {
            Walk(10);
            _pose.RootTranslationM = new Vec3(500, 0, 500);
            _pose.JointRotations[0] = new Quat(0, 0, 1, 0);
            Step();
            Assert.That(_live.ResetCount, Is.EqualTo(1), "the root alone is carried");
            _pose.JointRotations[1] = Quat.FromRotationVector(new Vec3(1.2, 0, 0));
            Step();
            Assert.That(_live.ResetCount, Is.EqualTo(2), "joints that jump");
            Assert.That(_live.Step(_pose, _timeS += StepS, true), Is.True);
            Assert.That(_live.ResetCount, Is.EqualTo(3), "the source says so");
        }

        [Test]
        public void APoseOfNoNumbersLeavesEverythingAsItWas()
        {
            Walk(10);
            var (joints, version) = (_live.Frame.Joints.ToArray(), _live.Frame.Version);
            _pose.JointRotations[1] = new Quat(double.NaN, 0, 0, 0);
            Assert.That(_live.Step(_pose, _timeS + StepS), Is.False);
            _pose.JointRotations[1] = default;
            Assert.That(_live.Step(_pose, _timeS + StepS), Is.False);
            _pose.JointRotations[1] = Quat.Identity;
            Assert.That(_live.Step(_pose, double.NaN), Is.False);
            Assert.That(_live.Frame.Joints, Is.EqualTo(joints));
            Assert.That(_live.Frame.Version, Is.EqualTo(version));
            Assert.That(_live.RefusedCount, Is.EqualTo(3));
            Walk(5);
            Assert.That(_live.ResetCount, Is.EqualTo(1));
        }

        [Test]
        public void WithoutADriverNodesStayWhereTheyHang()
        {
            _live = new LivePlayer(_avatar, false);
            Walk(10);
            Assert.That(_live.Pose.NodeDisplacementsM.All(u => u.Length == 0), Is.True);
            Assert.That(_live.ResetCount, Is.Zero);
        }

        [Test]
        public void ASourceWithNothingNewLeavesTheFrame()
        {
            var source = new Once(_pose);
            Assert.That(_live.Update(source), Is.True);
            var version = _live.Frame.Version;
            Assert.That(_live.Update(source), Is.False);
            Assert.That(_live.Frame.Version, Is.EqualTo(version));
        }

        private void Walk(int steps)
        {
            for (var step = 0; step < steps; step++)
            {
                _pose.RootTranslationM += new Vec3(0, 0, 0.01);
                Step();
            }
        }

        private void Step()
        {
            Assert.That(_live.Step(_pose, _timeS += StepS), Is.True);
        }

        private sealed class Once : IPoseSource
        {
            private readonly AvatarFrame _given;
            private bool _isGiven;

            public Once(AvatarFrame given)
            {
                _given = given;
            }

            public bool TryRead(AvatarFrame pose, out double timeS, out bool isDiscontinuous)
            {
                (timeS, isDiscontinuous) = (1, false);
                pose.RootTranslationM = _given.RootTranslationM;
                Array.Copy(_given.JointRotations, pose.JointRotations, pose.JointRotations.Length);
                var isNew = !_isGiven;
                _isGiven = true;
                return isNew;
            }
        }
    }
}
