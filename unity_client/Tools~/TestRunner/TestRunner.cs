// Runs the NUnit tests of this assembly without a test host; prints failures, then "N passed, N failed, N skipped".
using System;
using System.Collections.Generic;
using System.Reflection;
using NUnit.Framework.Api;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace Ani3d.Tests
{
    internal static class TestRunner
    {
        private static int Main()
        {
            var runner = new NUnitTestAssemblyRunner(new DefaultTestAssemblyBuilder());
            runner.Load(Assembly.GetExecutingAssembly(), new Dictionary<string, object>());
            var result = runner.Run(TestListener.NULL, TestFilter.Empty);
            Tell(result);
            Console.WriteLine($"{result.PassCount} passed, {result.FailCount} failed, {result.SkipCount} skipped");
            return result.FailCount == 0 && result.PassCount > 0 ? 0 : 1;
        }

        // Tests that cannot be run at all are told as well.
        private static void Tell(ITestResult result)
        {
            foreach (var child in result.Children)
            {
                Tell(child);
            }
            if (!result.HasChildren && result.ResultState.Status == TestStatus.Failed)
            {
                Console.WriteLine($"FAILED {result.FullName}\n  {result.Message}\n{result.StackTrace}");
            }
            if (!result.HasChildren && result.ResultState.Status == TestStatus.Skipped)
            {
                Console.WriteLine($"skipped {result.FullName}: {result.Message}");
            }
        }
    }
}
