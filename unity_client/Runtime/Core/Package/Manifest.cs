using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>What a package says about itself.</summary>
    public sealed class Manifest
    {
        internal Manifest()
        {
        }

        /// <summary>Program and version that wrote the package.</summary>
        public string Writer { get; internal set; }

        /// <summary>Name of the avatar.</summary>
        public string AvatarName { get; internal set; }

        /// <summary>N, Gaussians of the avatar.</summary>
        public int GaussianCount { get; internal set; }

        /// <summary>J, joints of its skeleton.</summary>
        public int JointCount { get; internal set; }

        /// <summary>Degree of spherical harmonics, 0 to 3.</summary>
        public int ShDegree { get; internal set; }

        /// <summary>Gaussians of each level of detail, coarsest first; they sum to N.</summary>
        public IReadOnlyList<int> LevelSizes { get; internal set; }

        /// <summary>Gaussians of each part; they sum to N.</summary>
        public IReadOnlyList<int> PartCounts { get; internal set; }

        /// <summary>M, control nodes of the residual model; 0 where there is none.</summary>
        public int NodeCount { get; internal set; }

        /// <summary>Correctives of the residual model: 0 in format 1.</summary>
        public int CorrectiveCount { get; internal set; }

        /// <summary>Frames of every group but a clip's last.</summary>
        public int FramesPerGroup { get; internal set; }

        /// <summary>Bound on positions of each part, metres.</summary>
        public IReadOnlyList<double> PartMaxErrorM { get; internal set; }

        /// <summary>Bound on shapes of each part, metres.</summary>
        public IReadOnlyList<double> PartMaxShapeErrorM { get; internal set; }

        /// <summary>Bound on every position in every frame, metres.</summary>
        public double MaxErrorM { get; internal set; }

        /// <summary>Bound on rest positions alone, metres.</summary>
        public double CanonicalErrorM { get; internal set; }

        /// <summary>Bound on the square root of covariances, metres.</summary>
        public double MaxShapeErrorM { get; internal set; }

        /// <summary>Bound on degree-0 harmonics.</summary>
        public double MaxColourError { get; internal set; }

        /// <summary>The clips, in the order of their numbers.</summary>
        public IReadOnlyList<ClipInfo> Clips { get; internal set; }

        /// <summary>Where it all came from.</summary>
        public IReadOnlyDictionary<string, string> Provenance { get; internal set; }

        /// <summary>Groups of frames of a clip.</summary>
        public int GroupCount(ClipInfo clip)
        {
            return (clip.FrameCount + FramesPerGroup - 1) / FramesPerGroup;
        }

        /// <summary>Number of the clip of a name; -1 where there is none.</summary>
        public int FindClip(string name)
        {
            for (var number = 0; number < Clips.Count; number++)
            {
                if (string.Equals(Clips[number].Name, name, StringComparison.Ordinal))
                {
                    return number;
                }
            }
            return -1;
        }

        /// <summary>Gaussians of the first levels.</summary>
        public int GaussiansOf(int levels)
        {
            var count = 0;
            for (var level = 0; level < levels; level++)
            {
                count += LevelSizes[level];
            }
            return count;
        }
    }
}
