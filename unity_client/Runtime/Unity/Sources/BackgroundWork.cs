using System;
using System.Threading;
using System.Threading.Tasks;

namespace Ani3d
{
    /// <summary>Where work goes that must not hold the main thread up.</summary>
    public static class BackgroundWork
    {
        /// <summary>Whether there are threads: in Web builds there are none, and work is done where it is asked for.</summary>
#if UNITY_WEBGL && !UNITY_EDITOR
        public static bool HasThreads => false;
#else
        public static bool HasThreads => true;
#endif

        /// <summary>Runs some work on a thread of its own; in Web builds at once.</summary>
        public static Task<T> Run<T>(Func<T> work, CancellationToken cancellation)
        {
            if (HasThreads)
            {
                return Task.Run(work, cancellation);
            }
            if (cancellation.IsCancellationRequested)
            {
                return Task.FromCanceled<T>(cancellation);
            }
            try
            {
                return Task.FromResult(work());
            }
            catch (Exception exception)
            {
                return Task.FromException<T>(exception);
            }
        }
    }
}
