using System;
using System.Linq;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>An avatar that a character controller moves about: cloth swings with it, and it is shown where it stands.</summary>
    public sealed class PlacedPoseTests
    {
        private const double StepS = 1.0 / 60;
        private PlayableAvatar _avatar;
        private Package _package;

        [SetUp]
        public void Open()
        {
            _package = Package.Open(Vectors.Package("valid", "by-hand-driver"));
            _avatar = new PlayableAvatar(_package, decodesInBackground: false);
        }

        [TearDown]
        public void Close()
        {
            _avatar?.Dispose();
            _package?.Dispose();
        }

        [Test]
        public void ClothSwingsWithTheObjectAndTheBodyStaysInIt()
        {
            var inWorld = new LivePlayer(_avatar);
            var placed = new LivePlayer(_avatar);
            for (var step = 0; step < 40; step++)
            {
                var (way, turn) = (new Vec3(0.05 * step, 0, 0.01 * step * step), 0.02 * step);
                var world = new AvatarFrame(_avatar.JointCount, _avatar.NodeCount);
                world.MoveRoot(Root, turn, way);
                inWorld.Step(world, step * StepS);
                placed.Step(world, step * StepS, false, Inverse(turn, way));
            }
            Assert.That(placed.Pose.NodeDisplacementsM, Is.EqualTo(inWorld.Pose.NodeDisplacementsM));
            Assert.That(placed.Pose.NodeDisplacementsM.Max(u => u.Length), Is.GreaterThan(1e-4), "nothing swings");
            Assert.That(placed.Pose.RootTranslationM.Length, Is.LessThan(1e-9));
            Assert.That(Math.Abs(placed.Pose.JointRotations[0].W), Is.EqualTo(1).Within(1e-9));
        }

        [Test]
        public void AFrameOfAServerIsShownAsItIs()
        {
            var player = new LivePlayer(_avatar);
            var frame = new AvatarFrame(_avatar.JointCount, _avatar.NodeCount) { RootTranslationM = new Vec3(1, 2, 3) };
            frame.NodeDisplacementsM[0] = new Vec3(0.01, 0.02, 0.03);
            Assert.That(player.Show(frame), Is.True);
            Assert.That(player.Pose.NodeDisplacementsM, Is.EqualTo(frame.NodeDisplacementsM));
            var before = player.Frame.Version;
            frame.NodeDisplacementsM[0] = new Vec3(double.NaN, 0, 0);
            Assert.That(player.Show(frame), Is.False);
            Assert.That((player.RefusedCount, player.Frame.Version), Is.EqualTo((1, before)));
            Assert.Throws<ArgumentException>(() => player.Show(new AvatarFrame(_avatar.JointCount + 1, _avatar.NodeCount)));
        }

        [Test]
        public void ASourceThatIsDrivenElsewhereIsNotDrivenHere()
        {
            var player = new LivePlayer(_avatar);
            var source = new DrivenSource();
            for (var step = 0; step < 10; step++)
            {
                Assert.That(player.Update(source), Is.True);
                Assert.That(player.Pose.NodeDisplacementsM[0], Is.EqualTo(new Vec3(0.001 * step, 0, 0)));
            }
        }

        [Test]
        public void NothingIsAllocatedForAPlacedPose()
        {
            var player = new LivePlayer(_avatar);
            var pose = new AvatarFrame(_avatar.JointCount, _avatar.NodeCount);
            var time = 0.0;
            Assert.That(
                Allocation.Growth(
                    steps =>
                    {
                        for (var step = 0; step < steps; step++)
                        {
                            player.Step(pose, time += StepS, false, Inverse(0.1, new Vec3(1, 0, 0)));
                        }
                    }, 1000),
                Is.LessThanOrEqualTo(0));
        }

        private Vec3 Root => _package.Skeleton.ZeroJointsM[0];

        // Of x to R_y(turn) x + way.
        private static RigidTransform Inverse(double turn, Vec3 way)
        {
            var back = Mat3.FromQuaternion(new Quat(Math.Cos(turn / 2), 0, -Math.Sin(turn / 2), 0));
            return new RigidTransform(back, -1 * (back * way));
        }

        private sealed class DrivenSource : IDrivenPoseSource
        {
            private int _step;

            public bool TryRead(AvatarFrame pose, out double timeS, out bool isDiscontinuous)
            {
                (timeS, isDiscontinuous) = (_step, false);
                pose.RootTranslationM = new Vec3(_step, 0, 0);
                pose.NodeDisplacementsM[0] = new Vec3(0.001 * _step++, 0, 0);
                return true;
            }
        }
    }
}
