namespace Ani3d
{
    /// <summary>The outcome of a download.</summary>
    public sealed class DownloadReport
    {
        internal DownloadReport(string path, string digest, long sizeBytes, long resumedFromBytes, long receivedBytes)
        {
            Path = path;
            Digest = digest;
            SizeBytes = sizeBytes;
            ResumedFromBytes = resumedFromBytes;
            ReceivedBytes = receivedBytes;
        }

        /// <summary>Where the file lies now.</summary>
        public string Path { get; }

        /// <summary>SHA-256 of its content, checked.</summary>
        public string Digest { get; }

        /// <summary>Its length.</summary>
        public long SizeBytes { get; }

        /// <summary>What an earlier attempt had left; 0 for a download from the beginning.</summary>
        public long ResumedFromBytes { get; }

        /// <summary>What came over the wire.</summary>
        public long ReceivedBytes { get; }
    }
}
