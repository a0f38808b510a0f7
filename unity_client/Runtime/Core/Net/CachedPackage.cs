namespace Ani3d
{
    /// <summary>A package on this machine.</summary>
    public sealed class CachedPackage
    {
        internal CachedPackage(string path, long receivedBytes)
        {
            Path = path;
            ReceivedBytes = receivedBytes;
        }

        /// <summary>Where it lies.</summary>
        public string Path { get; }

        /// <summary>What had to come over the wire; 0 where it was here already.</summary>
        public long ReceivedBytes { get; }
    }
}
