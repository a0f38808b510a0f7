using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>
    /// Cameras of the engine become those of ani3d_runtime.render.camera. The view matrices are those of Unity's documented
    /// LookRotation; the places are what ani3d_runtime's Camera says of the same camera, worked out with numpy.
    /// </summary>
    public sealed class EyeViewTests
    {
        private const double Near = 0.3;
        private const double Far = 50;

        private static readonly Vec3[] Points =
        {
            new Vec3(0, 1, 0), new Vec3(0.4, 1.6, 0.2), new Vec3(-0.3, 0.1, -0.25),
        };

        private static readonly object[] Cameras =
        {
            new object[]
            {
                "as it stands",
                new EngineMatrix(
                    -0.986393924, 0, -0.164398987, 0, 0.021437015, 0.991461957, -0.128622092, -0.991461957,
                    -0.162995342, 0.130396273, 0.97797205, -3.197968603, 0, 0, 0, 1),
                Still, Lens(2.424546108, 3.232728144), 640, 480, 1.0,
                new[] { 320, 240, 3.067572221, 422.842258817, 80.60092899, 2.728541923, 263.161623574, 430.428048022, 3.478320466 },
            },
            new object[]
            {
                "moved and turned",
                new EngineMatrix(
                    0.033223438, 0.030958203, 0.998968364, -7.15021234, 0.031193691, 0.999001085, -0.031996649, 0.29284842,
                    0.998961039, -0.03222455, -0.03222455, -6.241895264, 0, 0, 0, 1),
                new EngineMatrix(
                    0.382978723, 0.446808511, 0.808510638, 3, -0.234042553, 0.893617021, -0.382978723, -1, -0.893617021,
                    -0.042553191, 0.446808511, 7, 0, 0, 0, 1),
                Lens(1.164463516, 2.070157361), 800, 450, 1.0,
                new[] { 386.313601949, 213.974042943, 3.019440323, 460.17373812, 121.038877988, 2.774533725, 336.920628734, 320.353003525, 3.472195277 },
            },
            new object[]
            {
                "twice as large",
                new EngineMatrix(
                    -0.387812996, -0.071661097, 0.918948185, 3.287979746, -0.577974912, -0.75771604, -0.303003966, -0.798528819,
                    -0.718015377, 0.648637872, -0.252433811, -7.732499008, 0, 0, 0, 1),
                new EngineMatrix(
                    0.974358974, -1.333333333, -1.128205128, 1, -0.102564103, -1.333333333, 1.487179487, 2, -1.743589744,
                    -0.666666667, -0.717948718, -3, 0, 0, 0, 1),
                Lens(2.424546108, 3.232728144), 640, 480, 2.0,
                new[] { 320, 240, 3.067572221, 422.842258817, 80.60092899, 2.728541923, 263.161623574, 430.428048022, 3.478320466 },
            },
        };

        private static EngineMatrix Still => new EngineMatrix(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);

        [TestCaseSource(nameof(Cameras))]
        public void PointsAreSeenWhereTheReferenceSeesThem(
            string about, EngineMatrix view, EngineMatrix avatar, EngineMatrix lens, int width, int height, double scale,
            double[] expected)
        {
            var eye = EyeView.Of(view, avatar, lens, ReversedZ(lens, true), width, height);
            for (var i = 0; i < Points.Length; i++)
            {
                var point = eye.ToCamera.Apply(Points[i]);
                var seen = eye.Lens.Seen(point);
                Assert.That(seen.X, Is.EqualTo(expected[3 * i]).Within(1e-4), about);
                Assert.That(seen.Y, Is.EqualTo(expected[3 * i + 1]).Within(1e-4), about);
                Assert.That(seen.Z, Is.EqualTo(scale * expected[3 * i + 2]).Within(1e-6), about);
            }
            Assert.That(eye.ToCamera.Rotation.Determinant, Is.EqualTo(scale * scale * scale).Within(1e-6), "a mirror image");
        }

        [Test]
        public void TheCameraStandsWhereItStood()
        {
            // Eyes of the first two cameras in the avatar's own space.
            foreach (var (number, place) in new[] { (0, new Vec3(0.5, 1.4, 3)), (1, new Vec3(-1.2, 2.2, 2.5)) })
            {
                var camera = (object[])Cameras[number];
                var eye = EyeView.Of((EngineMatrix)camera[1], (EngineMatrix)camera[2], (EngineMatrix)camera[3], Still, 8, 8);
                Assert.That((eye.PositionM - place).Length, Is.LessThan(1e-6));
            }
        }

        [TestCase(true, true, TestName = "Depth from 1 to 0 and a picture that lies on its head: Direct3D, Metal, Vulkan")]
        [TestCase(true, false, TestName = "Depth from 1 to 0, upright")]
        [TestCase(false, false, TestName = "Depth from -1 to 1: OpenGL")]
        public void DepthIsThatOfTheTarget(bool reversed, bool flipped)
        {
            var lens = Lens(1, 1);
            var inTarget = reversed ? ReversedZ(lens, flipped) : lens;
            var eye = EyeView.Of(Still, Still, lens, inTarget, 100, 100);
            Assert.That(eye.DepthAt(Near), Is.EqualTo(reversed ? 1 : -1).Within(1e-9));
            Assert.That(eye.DepthAt(Far), Is.EqualTo(reversed ? 0 : 1).Within(1e-9));
            // As the hardware interpolates: linear in 1 / z.
            var middle = 2 * Near * Far / (Near + Far);
            Assert.That(eye.DepthAt(middle), Is.EqualTo(reversed ? 0.5 : 0).Within(1e-9));
            // Which way the picture lies is decided where it is drawn, not here.
            var above = eye.Lens.Seen(eye.ToCamera.Apply(new Vec3(0, 1, -2)));
            Assert.That(above.Y, Is.LessThan(50), "up is a smaller number of the row");
        }

        [Test]
        public void ALensOffItsCentreIsKept()
        {
            // One eye of a headset: left -0.8, right 1.2, bottom -1, top 0.5 at distance 1.
            var lens = new EngineMatrix(
                2 / 2.0, 0, 0.4 / 2, 0, 0, 2 / 1.5, -0.5 / 1.5, 0, 0, 0, -1.01, -0.6, 0, 0, -1, 0);
            var eye = EyeView.Of(Still, Still, lens, lens, 200, 150);
            var left = eye.Lens.Seen(new Vec3(-0.8, -0.5, 1));
            Assert.That(left.X, Is.EqualTo(0).Within(1e-9));
            Assert.That(left.Y, Is.EqualTo(0).Within(1e-9), "0.5 above the axis is the upper edge");
            var right = eye.Lens.Seen(new Vec3(2.4, 2, 2));
            Assert.That(right.X, Is.EqualTo(200).Within(1e-9));
            Assert.That(right.Y, Is.EqualTo(150).Within(1e-9));
        }

        [Test]
        public void AnOrthographicCameraHasNoDistance()
        {
            // 4 m wide, 2 m high, from 1 to 11 m, shifted by a metre to the right and half a metre up.
            var lens = new EngineMatrix(0.5, 0, 0, -0.5, 0, 1, 0, -0.5, 0, 0, -0.2, -1.2, 0, 0, 0, 1);
            var eye = EyeView.Of(Still, Still, lens, lens, 400, 200);
            foreach (var z in new[] { 2.0, 9.0 })
            {
                var seen = eye.Lens.Seen(new Vec3(-1, -1.5, z));
                Assert.That(seen.X, Is.EqualTo(0).Within(1e-9));
                Assert.That(seen.Y, Is.EqualTo(0).Within(1e-9));
            }
            Assert.That(eye.DepthAt(1), Is.EqualTo(-1).Within(1e-9));
            Assert.That(eye.DepthAt(11), Is.EqualTo(1).Within(1e-9));
        }

        [Test]
        public void BetweenTwoEyesIsTheirMiddle()
        {
            var lens = Lens(1, 1);
            var left = EyeView.Of(Shifted(0.032), Still, lens, lens, 10, 10);
            var right = EyeView.Of(Shifted(-0.032), Still, lens, lens, 10, 10);
            Assert.That(EyeView.Between(left, right).PositionM.Length, Is.LessThan(1e-12));
        }

        private static EngineMatrix Shifted(double x)
        {
            return new EngineMatrix(1, 0, 0, x, 0, 1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1);
        }

        private static EngineMatrix Lens(double x, double y)
        {
            return new EngineMatrix(
                x, 0, 0, 0, 0, y, 0, 0, 0, 0, -(Far + Near) / (Far - Near), -2 * Far * Near / (Far - Near), 0, 0, -1, 0);
        }

        // What GL.GetGPUProjectionMatrix makes of a projection where depth falls from 1 to 0.
        private static EngineMatrix ReversedZ(EngineMatrix lens, bool flipped)
        {
            var up = flipped ? -lens.Linear.M11 : lens.Linear.M11;
            return new EngineMatrix(
                lens.Linear.M00, 0, 0, 0, 0, up, 0, 0, 0, 0, (-1 - lens.Linear.M22) / 2, -lens.Offset.Z / 2, 0, 0, -1, 0);
        }
    }
}
