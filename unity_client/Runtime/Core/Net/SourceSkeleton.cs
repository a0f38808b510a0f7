using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>
    /// The skeleton that poses of a publisher belong to; an empty one is the avatar's own joints. Without offsets, joints
    /// are taken over by name, relative to the avatar's zero pose, in metres.
    /// </summary>
    public sealed class SourceSkeleton
    {
        /// <summary>[K] unique names, parents before their children.</summary>
        public IReadOnlyList<string> JointNames { get; set; } = Array.Empty<string>();

        /// <summary>[K] parents, -1 of the root, which is joint 0.</summary>
        public IReadOnlyList<int> Parents { get; set; } = Array.Empty<int>();

        /// <summary>[K] where each joint is from its parent, in the parent's frame, any unit.</summary>
        public IReadOnlyList<Vec3> Offsets { get; set; } = Array.Empty<Vec3>();

        /// <summary>[K] local rotations of a pose that stands upright, arms anywhere; empty for the identity.</summary>
        public IReadOnlyList<Quat> RestRotations { get; set; } = Array.Empty<Quat>();

        /// <summary>Axes of offsets and poses.</summary>
        public SourceAxes Axes { get; set; }

        /// <summary>Joint of the source to joint of the body; empty lets the server recognise names.</summary>
        public IReadOnlyDictionary<string, string> Mapping { get; set; } = new Dictionary<string, string>();

        internal Messages.SourceSkeleton ToMessage()
        {
            var message = new Messages.SourceSkeleton { Axes = (Messages.SourceAxes)Axes };
            message.JointNames.AddRange(JointNames);
            message.Parents.AddRange(Parents);
            foreach (var pair in Mapping)
            {
                message.Mapping[pair.Key] = pair.Value;
            }
            var offsets = new byte[12 * Offsets.Count];
            for (var k = 0; k < Offsets.Count; k++)
            {
                Put(offsets, 12 * k, Offsets[k]);
            }
            var rotations = new byte[16 * RestRotations.Count];
            for (var k = 0; k < RestRotations.Count; k++)
            {
                Put(rotations, 16 * k, RestRotations[k]);
            }
            message.Offsets = new ArraySegment<byte>(offsets);
            message.RestRotations = new ArraySegment<byte>(rotations);
            return message;
        }

        /// <summary>Writes a vector as three float32.</summary>
        internal static void Put(byte[] bytes, int at, Vec3 value)
        {
            Put(bytes, at, value.X);
            Put(bytes, at + 4, value.Y);
            Put(bytes, at + 8, value.Z);
        }

        /// <summary>Writes a quaternion as four float32, w first.</summary>
        internal static void Put(byte[] bytes, int at, Quat value)
        {
            Put(bytes, at, value.W);
            Put(bytes, at + 4, value.X);
            Put(bytes, at + 8, value.Y);
            Put(bytes, at + 12, value.Z);
        }

        private static void Put(byte[] bytes, int at, double value)
        {
            var bits = Floats.ToBits((float)value);
            for (var k = 0; k < 4; k++)
            {
                bytes[at + k] = unchecked((byte)(bits >> 8 * k));
            }
        }
    }
}
