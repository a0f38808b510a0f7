using System;

namespace Ani3d
{
    /// <summary>
    /// The surface of a capsule of two radii, in the engine's frame: what casts the shadow of a limb. Its triangles are
    /// clockwise from outside.
    /// </summary>
    public sealed class CapsuleMesh
    {
        private const int Around = 12;
        private const int Rings = 4;

        private CapsuleMesh(Vec3[] vertices, int[] triangles)
        {
            Vertices = vertices;
            Triangles = triangles;
        }

        /// <summary>Places, metres.</summary>
        public Vec3[] Vertices { get; }

        /// <summary>[T, 3] numbers of vertices.</summary>
        public int[] Triangles { get; }

        /// <summary>The surface of a capsule as a joint sees it.</summary>
        /// <param name="capsule">in the rest pose.</param>
        /// <param name="toJoint">from the rest pose to the space of its joint.</param>
        public static CapsuleMesh Of(DriverCapsule capsule, RigidTransform toJoint)
        {
            Vec3 a = EngineFrame.Place(toJoint.Apply(capsule.A)), b = EngineFrame.Place(toJoint.Apply(capsule.B));
            var (side, along, up) = Axes(b - a);
            // A pole, rings of one half ball, rings of the other, a pole.
            var vertices = new Vec3[2 * Rings * Around + 2];
            vertices[0] = a - capsule.RadiusA * along;
            for (var ring = 0; ring < 2 * Rings; ring++)
            {
                var isFirst = ring < Rings;
                var (centre, radius) = isFirst ? (a, capsule.RadiusA) : (b, capsule.RadiusB);
                var angle = Math.PI / 2 * (isFirst ? (ring + 1 - Rings) / (double)Rings : (ring - Rings) / (double)Rings);
                for (var k = 0; k < Around; k++)
                {
                    var turn = 2 * Math.PI * k / Around;
                    var outward = Math.Cos(turn) * side + Math.Sin(turn) * up;
                    vertices[1 + ring * Around + k] =
                        centre + radius * (Math.Cos(angle) * outward + Math.Sin(angle) * along);
                }
            }
            vertices[vertices.Length - 1] = b + capsule.RadiusB * along;
            return new CapsuleMesh(vertices, Connected(vertices.Length));
        }

        private static int[] Connected(int vertices)
        {
            var triangles = new int[3 * (2 * Around + 2 * Around * (2 * Rings - 1))];
            var at = 0;
            for (var k = 0; k < Around; k++)
            {
                var next = (k + 1) % Around;
                at = Add(triangles, at, 0, 1 + next, 1 + k);
                for (var ring = 0; ring < 2 * Rings - 1; ring++)
                {
                    int low = 1 + ring * Around, high = low + Around;
                    at = Add(triangles, at, low + k, high + next, high + k);
                    at = Add(triangles, at, low + k, low + next, high + next);
                }
                var last = 1 + (2 * Rings - 1) * Around;
                at = Add(triangles, at, last + k, last + next, vertices - 1);
            }
            return triangles;
        }

        private static int Add(int[] triangles, int at, int a, int b, int c)
        {
            triangles[at] = a;
            triangles[at + 1] = b;
            triangles[at + 2] = c;
            return at + 3;
        }

        // Three directions at right angles, the second along the capsule.
        private static (Vec3 Side, Vec3 Along, Vec3 Up) Axes(Vec3 axis)
        {
            var length = axis.Length;
            var along = length < 1e-9 ? new Vec3(0, 1, 0) : (1 / length) * axis;
            var other = Math.Abs(along.X) < 0.7 ? new Vec3(1, 0, 0) : new Vec3(0, 0, 1);
            var side = Cross(along, other);
            side = (1 / side.Length) * side;
            return (side, along, Cross(along, side));
        }

        private static Vec3 Cross(Vec3 a, Vec3 b)
        {
            return new Vec3(a.Y * b.Z - a.Z * b.Y, a.Z * b.X - a.X * b.Z, a.X * b.Y - a.Y * b.X);
        }
    }
}
