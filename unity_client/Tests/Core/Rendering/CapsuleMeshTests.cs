using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>What casts the shadow of a limb is closed, faces outwards, and lies on the capsule.</summary>
    public sealed class CapsuleMeshTests
    {
        private static readonly RigidTransform ToJoint = new RigidTransform(
            Mat3.FromQuaternion(new Quat(0.4, 0.2, -0.8, 0.1)), new Vec3(0.1, -0.2, 0.3));

        private static readonly DriverCapsule Limb = new DriverCapsule(
            0, new Vec3(0.1, 0.2, 0.3), new Vec3(0.3, 0.7, 0.1), 0.06, 0.09);

        [Test]
        public void ItLiesOnTheTwoBalls()
        {
            var mesh = CapsuleMesh.Of(Limb, ToJoint);
            Vec3 a = Placed(Limb.A), b = Placed(Limb.B);
            foreach (var vertex in mesh.Vertices)
            {
                var onFirst = Math.Abs((vertex - a).Length - Limb.RadiusA);
                var onSecond = Math.Abs((vertex - b).Length - Limb.RadiusB);
                Assert.That(Math.Min(onFirst, onSecond), Is.LessThan(1e-9));
            }
        }

        [Test]
        public void ItIsClosed()
        {
            var mesh = CapsuleMesh.Of(Limb, ToJoint);
            var edges = new HashSet<(int, int)>();
            for (var t = 0; t < mesh.Triangles.Length; t++)
            {
                var next = t % 3 == 2 ? t - 2 : t + 1;
                Assert.That(edges.Add((mesh.Triangles[t], mesh.Triangles[next])), Is.True, "each edge once in each direction");
            }
            Assert.That(edges.All(edge => edges.Contains((edge.Item2, edge.Item1))), Is.True);
            Assert.That(mesh.Triangles.Distinct().Count(), Is.EqualTo(mesh.Vertices.Length));
        }

        [Test]
        public void ItsTrianglesAreClockwiseFromOutside()
        {
            foreach (var capsule in new[] { Limb, new DriverCapsule(0, Limb.A, Limb.A, 0.1, 0.1) })
            {
                var mesh = CapsuleMesh.Of(capsule, ToJoint);
                var middle = 0.5 * (Placed(capsule.A) + Placed(capsule.B));
                for (var t = 0; t < mesh.Triangles.Length; t += 3)
                {
                    Vec3 a = mesh.Vertices[mesh.Triangles[t]], b = mesh.Vertices[mesh.Triangles[t + 1]];
                    var c = mesh.Vertices[mesh.Triangles[t + 2]];
                    // Left-handed: the cross product of clockwise edges points outwards.
                    Vec3 u = b - a, v = c - a;
                    var cross = new Vec3(u.Y * v.Z - u.Z * v.Y, u.Z * v.X - u.X * v.Z, u.X * v.Y - u.Y * v.X);
                    Assert.That(Vec3.Dot(cross, (1.0 / 3) * (a + b + c) - middle), Is.GreaterThanOrEqualTo(-1e-12));
                }
            }
        }

        private static Vec3 Placed(Vec3 place)
        {
            return EngineFrame.Place(ToJoint.Apply(place));
        }
    }
}
