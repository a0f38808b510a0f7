using System;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>Colliders, joints, colours and dispatches: plain maths of the engine's layer.</summary>
    public sealed class PlacementTests
    {
        [Test]
        public void ACapsuleLiesBetweenItsEnds()
        {
            var joint = new RigidTransform(Mat3.FromQuaternion(new Quat(0.5, 0.1, -0.7, 0.3)), new Vec3(0.2, 1, -0.4));
            foreach (var end in new[] { new Vec3(0.1, 0.5, 0.2), new Vec3(0, -0.4, 0), new Vec3(0, 0.4, 0), new Vec3(0.3, 0, 0) })
            {
                var capsule = new DriverCapsule(3, default, end, 0.05, 0.08);
                var placed = CapsulePlacement.Of(capsule, joint);
                var half = placed.HeightM / 2 - placed.RadiusM;
                var axis = Mat3.FromQuaternion(placed.Rotation) * new Vec3(0, half, 0);
                Assert.That((placed.Centre + axis - Mirrored(joint.Apply(end))).Length, Is.LessThan(1e-9));
                Assert.That((placed.Centre - axis - Mirrored(joint.Apply(default))).Length, Is.LessThan(1e-9));
                Assert.That(placed.RadiusM, Is.EqualTo(0.08));
            }
        }

        [Test]
        public void ACapsuleWithoutLengthIsABall()
        {
            var still = new RigidTransform(Mat3.Identity, default);
            var placed = CapsulePlacement.Of(new DriverCapsule(0, new Vec3(1, 2, 3), new Vec3(1, 2, 3), 0.1, 0.1), still);
            Assert.That(placed.HeightM, Is.EqualTo(0.2).Within(1e-12));
            Assert.That(placed.Rotation, Is.EqualTo(Quat.Identity));
        }

        [Test]
        public void ARotationOfTheEngineTurnsMirroredPlaces()
        {
            var turn = new Quat(0.3, -0.5, 0.7, 0.2).Normalised();
            var place = new Vec3(0.4, -1, 2);
            var turned = Mat3.FromQuaternion(EngineFrame.Rotation(turn)) * EngineFrame.Place(place);
            Assert.That((turned - EngineFrame.Place(Mat3.FromQuaternion(turn) * place)).Length, Is.LessThan(1e-12));
            var step = Mat3.FromQuaternion(Quat.FromRotationVector(new Vec3(0, EngineFrame.Heading(0.6), 0)));
            Assert.That(
                (step * EngineFrame.Place(place) - EngineFrame.Place(GroundPlace.Turned(0.6, place))).Length, Is.LessThan(1e-12));
        }

        [Test]
        public void AnExposureOfZeroInFullLightChangesNothing()
        {
            var one = new Vec3(1, 1, 1);
            Assert.That(Tint.Factors(one, 0, one), Is.EqualTo(one));
            Assert.That(Tint.Factors(one, -1, one).X, Is.EqualTo(0.5), "a stop less is half of the light");
            // Half as bright as displayed is 0.214 of the light, as every table of sRGB says.
            Assert.That(Tint.Factors(new Vec3(0.5, 1, 1), 0, one).X, Is.EqualTo(0.2140).Within(1e-4));
            Assert.That(Tint.Factors(one, 0, new Vec3(0.5, 1, -1)).Z, Is.EqualTo(0));
            Assert.That(Tint.Factors(one, double.NaN, one).X, Is.EqualTo(1));
            Assert.That(Tint.Factors(one, 1000, one).X, Is.EqualTo(64), "bounded, whatever is given");
        }

        [TestCase(0, 0, 0)]
        [TestCase(1, 1, 1)]
        [TestCase(256, 1, 1)]
        [TestCase(257, 2, 1)]
        [TestCase(16_776_960, 65535, 1)]
        [TestCase(16_776_961, 65535, 2)]
        public void GroupsCoverAllThreads(long threads, int x, int y)
        {
            var groups = DispatchGroups.Of(threads, 256);
            Assert.That((groups.X, groups.Y), Is.EqualTo((x, y)));
        }

        [Test]
        public void TooManyThreadsAreSaid()
        {
            Assert.That(
                () => DispatchGroups.Of(long.MaxValue / 2, 256), Throws.TypeOf<ArgumentOutOfRangeException>());
        }

        [Test]
        public void KeysAreSpreadOverWhatIsSeen()
        {
            var range = default(KeyRange);
            range.Add(-2, 3, false);
            range.Add(5, 7, false);
            Assert.That((range.NearM, range.FarM), Is.EqualTo((0.01, 7.0)));
            var flat = default(KeyRange);
            flat.Add(-2, -2, true);
            Assert.That(flat.FarM, Is.GreaterThan(flat.NearM));
            Assert.That(flat.NearM, Is.EqualTo(-2));
        }

        [Test]
        public void BuffersGrowWithRoomToSpare()
        {
            Assert.That(Capacity.For(0, 10_000), Is.EqualTo(12_288), "nothing to spare at first");
            Assert.That(Capacity.For(12_288, 12_000), Is.EqualTo(12_288));
            Assert.That(Capacity.For(12_288, 12_289), Is.GreaterThanOrEqualTo(18_000));
        }

        private static Vec3 Mirrored(Vec3 v)
        {
            return new Vec3(-v.X, v.Y, v.Z);
        }
    }
}
