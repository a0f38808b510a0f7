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
    }
}
