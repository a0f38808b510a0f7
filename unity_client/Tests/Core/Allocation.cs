using System;
using System.Reflection;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>
    /// Bytes that a thread has allocated, where the runtime counts them; a test is skipped elsewhere.
    /// </summary>
    internal static class Allocation
    {
        /// <summary>What tells the bytes so far.</summary>
        public static Func<long> Counter()
        {
            var counted = typeof(GC).GetMethod(
                "GetAllocatedBytesForCurrentThread", BindingFlags.Public | BindingFlags.Static);
            if (counted == null)
            {
                Assert.Ignore("this runtime does not count what a thread allocates");
            }
            return (Func<long>)counted.CreateDelegate(typeof(Func<long>));
        }

        /// <summary>
        /// By how much more twice as many repetitions allocate. The least of some trials: pools give memory back now and
        /// then, and asking costs a few bytes on some runtimes.
        /// </summary>
        /// <param name="repeat">does something so many times.</param>
        /// <param name="count">of repetitions.</param>
        public static long Growth(Action<int> repeat, int count)
        {
            const int trials = 5;
            var allocated = Counter();
            var least = long.MaxValue;
            repeat(count);
            for (var trial = 0; trial < trials && least > 0; trial++)
            {
                var start = allocated();
                repeat(count);
                var once = allocated();
                repeat(2 * count);
                least = Math.Min(least, allocated() - once - (once - start));
            }
            return least;
        }
    }
}
