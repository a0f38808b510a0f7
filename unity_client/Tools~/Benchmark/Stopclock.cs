using System;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Ani3d.Benchmark
{
    /// <summary>Measures what actions take of the processor's time in their thread: the best of a second of runs.</summary>
    internal static class Stopclock
    {
        private const int FewestRuns = 10;
        private const double SecondsEach = 1;

        // CLOCK_THREAD_CPUTIME_ID of Linux: what other programs take of the machine does not count.
        private const int ThreadClock = 3;
        private static readonly bool HasThreadClock = Environment.OSVersion.Platform == PlatformID.Unix;

        /// <summary>Tells the best time of an action, and what it allocates.</summary>
        public static void Measure(string what, Action action)
        {
            var best = double.MaxValue;
            long allocated = 0;
            var watch = Stopwatch.StartNew();
            for (var run = 0; run < FewestRuns || watch.Elapsed.TotalSeconds < SecondsEach; run++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                best = Math.Min(best, MillisecondsOf(action));
                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            }
            Console.WriteLine($"  {what,-58} {best,9:F3} ms {allocated / 1e3,11:F1} KB");
        }

        /// <summary>How long an action takes once.</summary>
        public static double MillisecondsOf(Action action)
        {
            var begin = Now();
            action();
            return Now() - begin;
        }

        private static double Now()
        {
            if (HasThreadClock && clock_gettime(ThreadClock, out var time) == 0)
            {
                return (long)time.Seconds * 1e3 + (long)time.Nanoseconds / 1e6;
            }
            return Stopwatch.GetTimestamp() * 1000.0 / Stopwatch.Frequency;
        }

        [DllImport("libc")]
        private static extern int clock_gettime(int clock, out TimeSpec time);

        /// <summary>Tells a number that is no time.</summary>
        public static void Tell(string what, double value, string unit)
        {
            Console.WriteLine($"  {what,-58} {value,9:F2} {unit}");
        }

        [StructLayout(LayoutKind.Sequential)]
        private struct TimeSpec
        {
            public IntPtr Seconds;
            public IntPtr Nanoseconds;
        }
    }
}
