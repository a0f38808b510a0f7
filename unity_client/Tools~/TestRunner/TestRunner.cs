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
            var result = runner.Run(new Listener(), TestFilter.Empty);
            Console.WriteLine($"{result.PassCount} passed, {result.FailCount} failed, {result.SkipCount} skipped");
            return result.FailCount == 0 && result.PassCount > 0 ? 0 : 1;
        }

        private sealed class Listener : ITestListener
        {
            public void TestStarted(ITest test)
            {
            }

            public void TestFinished(ITestResult result)
            {
                if (!result.Test.IsSuite && result.ResultState.Status == TestStatus.Failed)
                {
                    Console.WriteLine($"FAILED {result.FullName}\n  {result.Message}\n{result.StackTrace}");
                }
            }

            public void TestOutput(TestOutput output)
            {
            }

            public void SendMessage(TestMessage message)
            {
            }
        }
    }
}
