using System;
using System.Threading.Tasks;

namespace Ani3d
{
    /// <summary>Frames of a live session as they come; what <see cref="LiveWatch"/> watches.</summary>
    public interface ILiveFeed : IDisposable
    {
        /// <summary>The connection was lost, is back, or over, with the refusal that led to it or null; on any thread.</summary>
        event Action<ConnectionState, RefusalException> ConnectionChanged;

        /// <summary>The publisher's state has changed; on any thread.</summary>
        event Action<SourceState> SourceChanged;

        /// <summary>How the publisher is doing.</summary>
        SourceState Source { get; }

        /// <summary>Ends with the session; fails with what ended the connection for good.</summary>
        Task Completion { get; }

        /// <summary>Takes the latest frame where there is one that was not taken before. Never waits.</summary>
        /// <param name="frame">exchanged for the latest; null the first time.</param>
        bool TryTake(ref StreamedFrame frame);
    }
}
