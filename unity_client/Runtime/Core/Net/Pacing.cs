namespace Ani3d
{
    /// <summary>How frames of a clip are timed.</summary>
    public enum Pacing
    {
        /// <summary>By the clock; what comes too late is dropped.</summary>
        RealTime = 1,

        /// <summary>As fast as credits allow; nothing is dropped.</summary>
        EveryFrame = 2,
    }
}
