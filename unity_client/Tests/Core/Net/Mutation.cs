using System;
using System.Linq;

namespace Ani3d.Tests
{
    /// <summary>What may become of bytes on the way, or on purpose.</summary>
    internal static class Mutation
    {
        /// <summary>Name of the variable that says how many mutations are tried, where they are not to be few.</summary>
        public const string Variable = "ANI3D_MUTATIONS";

        private static readonly byte[] Interesting = { 0, 1, 0x7F, 0x80, 0xFF, 0x0A, 0x12, 0x32 };

        /// <summary>How many mutations are tried.</summary>
        /// <param name="usual">where the variable says nothing.</param>
        public static int Count(int usual)
        {
            var asked = Environment.GetEnvironmentVariable(Variable);
            return string.IsNullOrEmpty(asked) ? usual : int.Parse(asked);
        }

        /// <summary>The bytes, damaged at up to four places.</summary>
        public static byte[] Of(byte[] bytes, Random random)
        {
            var mutated = (byte[])bytes.Clone();
            for (var times = 1 + random.Next(4); times > 0; times--)
            {
                mutated = Once(mutated, random);
            }
            return mutated;
        }

        private static byte[] Once(byte[] bytes, Random random)
        {
            if (bytes.Length == 0)
            {
                return new[] { (byte)random.Next(256) };
            }
            var at = random.Next(bytes.Length);
            var count = Math.Min(1 + random.Next(8), bytes.Length - at);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    return bytes;
                case 1:
                    bytes[at] = Interesting[random.Next(Interesting.Length)];
                    return bytes;
                case 2:
                    return bytes.Take(at).ToArray();
                case 3:
                    return bytes.Take(at).Concat(bytes.Skip(at + count)).ToArray();
                case 4:
                    return bytes.Take(at + count).Concat(bytes.Skip(at)).ToArray();
                default:
                    bytes[at] = (byte)random.Next(256);
                    return bytes;
            }
        }
    }
}
