using System;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>What calls come to.</summary>
    internal static class Failing
    {
        private const int LimitMs = 120000;

        /// <summary>The refusal of a call that must fail.</summary>
        public static RefusalException Refusal(Func<Task> act)
        {
            try
            {
                Done(act());
            }
            catch (RefusalException refusal)
            {
                return refusal;
            }
            throw new AssertionException("nothing was refused");
        }

        /// <summary>What a call returns; a test never waits for ever.</summary>
        public static T Done<T>(Task<T> task)
        {
            Done((Task)task);
            return task.Result;
        }

        /// <summary>Waits for a call.</summary>
        public static void Done(Task task)
        {
            if (Task.WhenAny(task, Task.Delay(LimitMs)).GetAwaiter().GetResult() != task)
            {
                throw new AssertionException("it does not end");
            }
            task.GetAwaiter().GetResult();
        }
    }
}
