using System;
using System.Collections.Generic;
using System.Linq;

namespace Ani3d.Tests
{
    /// <summary>Payloads of frames as frames.proto lays them out, written without the client's code.</summary>
    internal static class LightPayload
    {
        /// <summary>A light frame of floats: joints turned by nothing, nodes at rest.</summary>
        public static byte[] Of(int joints, int nodes, float rootX, float special = 0, int version = 1, int mask = 0)
        {
            var floats = new List<float> { rootX, special, 0 };
            floats.AddRange(Enumerable.Repeat(new[] { 1f, 0, 0, 0 }, joints).SelectMany(x => x));
            floats.AddRange(new float[3 * nodes]);
            floats.AddRange(Enumerable.Repeat(new[] { 1f, 0, 0, 0 }, nodes).SelectMany(x => x));
            return Head(version, mask, joints, nodes, 0, 0).Concat(floats.SelectMany(BitConverter.GetBytes)).ToArray();
        }

        /// <summary>A light frame with position detail of Gaussians.</summary>
        public static byte[] WithDetail(int joints, int[] gaussians, float x)
        {
            var light = Of(joints, 0, 0);
            return Head(1, 1, joints, 0, 0, gaussians.Length).Concat(light.Skip(20))
                .Concat(gaussians.SelectMany(BitConverter.GetBytes))
                .Concat(gaussians.SelectMany(_ => new[] { x, 0, 0 }).SelectMany(BitConverter.GetBytes)).ToArray();
        }

        /// <summary>A full frame of equal Gaussians.</summary>
        public static byte[] Full(int count, float mean, ushort half = 0x3C00)
        {
            var halves = BitConverter.GetBytes(half);
            return BitConverter.GetBytes((ushort)1).Concat(BitConverter.GetBytes((ushort)0)).Concat(BitConverter.GetBytes(count))
                .Concat(Enumerable.Repeat(BitConverter.GetBytes(mean), 3 * count).SelectMany(x => x))
                .Concat(Enumerable.Repeat(BitConverter.GetBytes((short)32767), 4 * count).SelectMany(x => x))
                .Concat(Enumerable.Repeat(halves, 8 * count).SelectMany(x => x)).ToArray();
        }

        private static IEnumerable<byte> Head(int version, int mask, params int[] counts)
        {
            return BitConverter.GetBytes((ushort)version).Concat(BitConverter.GetBytes((ushort)mask))
                .Concat(counts.SelectMany(BitConverter.GetBytes));
        }
    }
}
