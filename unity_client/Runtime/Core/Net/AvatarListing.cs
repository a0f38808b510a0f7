using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>One avatar on a server.</summary>
    public sealed class AvatarListing
    {
        internal AvatarListing(Messages.AvatarSummary summary)
        {
            AvatarId = summary.AvatarId;
            Name = summary.Name;
            SizeBytes = (long)Math.Min(summary.SizeBytes, long.MaxValue);
            Digest = summary.Digest;
            GaussianCount = (int)Math.Min(summary.GaussianCount, int.MaxValue);
            JointCount = (int)Math.Min(summary.JointCount, int.MaxValue);
            Clips = ClipListing.Of(summary.Clips);
        }

        /// <summary>What requests name.</summary>
        public string AvatarId { get; }

        /// <summary>The name it was baked under.</summary>
        public string Name { get; }

        /// <summary>Length of its package, bytes.</summary>
        public long SizeBytes { get; }

        /// <summary>SHA-256 of its package's content, 64 hexadecimal digits.</summary>
        public string Digest { get; }

        /// <summary>N, Gaussians.</summary>
        public int GaussianCount { get; }

        /// <summary>J, joints.</summary>
        public int JointCount { get; }

        /// <summary>Its motions.</summary>
        public IReadOnlyList<ClipListing> Clips { get; }
    }
}
