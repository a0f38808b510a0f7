using System;
using System.Linq;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>What is sent to the GPU: node motion times a gain, and nothing where nothing is new.</summary>
    public sealed class ResidualTests
    {
        private static readonly float[] RestM = { 0.1f, 1, 0.2f, -0.3f, 0.5f, 0 };

        [TestCase(0f)]
        [TestCase(0.5f)]
        [TestCase(2f)]
        public void ANodeTurnsAndGoesByTheGain(float gain)
        {
            var pose = new AvatarFrame(1, 2);
            pose.NodeDisplacementsM[1] = new Vec3(0.02, -0.01, 0.03);
            pose.NodeRotations[1] = Quat.FromRotationVector(new Vec3(0, 0.4, 0.3)).Times(-1);
            var rows = new NodeGain(RestM).Rows(pose, gain);
            // A node takes its own place by the gain times its displacement, and turns about it by the gain times its angle.
            var centre = Vec3.Row(RestM, 1);
            Assert.That((Moved(rows, 1, centre) - centre - gain * pose.NodeDisplacementsM[1]).Length, Is.LessThan(1e-6));
            var beside = centre + new Vec3(0, 0.4, 0.3);
            Assert.That((Moved(rows, 1, beside) - Moved(rows, 1, centre) - (beside - centre)).Length, Is.LessThan(1e-6), "its axis");
            var across = centre + new Vec3(1, 0, 0);
            var cosine = (Moved(rows, 1, across) - Moved(rows, 1, centre)).X;
            Assert.That(cosine, Is.EqualTo(Math.Cos(0.5 * gain)).Within(1e-6));
            Assert.That(rows.Take(8), Is.EqualTo(new float[] { 1, 0, 0, 0, 0, 0, 0, 0 }), "a node at rest");
        }

        [Test]
        public void AFrameThatSaysTheSameIsNotNew()
        {
            using (var package = Package.Open(Vectors.Package("valid", "nodes-sh2-two-clips")))
            using (var avatar = new PlayableAvatar(package, false))
            using (var player = new ClipPlayer(avatar))
            {
                var memory = new FrameMemory(avatar.JointCount, avatar.NodeCount);
                player.Play(0);
                player.UpdateAndWait(0);
                Assert.That(memory.Take(player.Frame), Is.True);
                Assert.That(memory.Take(player.Frame), Is.False, "the same frame");
                player.Rate = 0;
                player.UpdateAndWait(0.1);
                Assert.That(memory.Take(player.Frame), Is.False, "made anew, and the same");
                player.Rate = 1;
                player.UpdateAndWait(0.01);
                Assert.That(memory.Take(player.Frame), Is.True);
            }
        }

        // R(q) x + t of row i of the buffer nodes.
        private static Vec3 Moved(float[] rows, int i, Vec3 x)
        {
            var q = new Quat(rows[8 * i], rows[8 * i + 1], rows[8 * i + 2], rows[8 * i + 3]);
            return Mat3.FromQuaternion(q) * x + new Vec3(rows[8 * i + 4], rows[8 * i + 5], rows[8 * i + 6]);
        }
    }
}
