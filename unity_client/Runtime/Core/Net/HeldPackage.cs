using System;

namespace Ani3d
{
    /// <summary>
    /// A package that the client holds: light frames of its avatar come in a tenth of the bytes then, rounded to fractions
    /// of a millimetre, and frames of any other package are refused.
    /// </summary>
    public sealed class HeldPackage
    {
        /// <summary>Names what is held, and reads the residual model.</summary>
        public HeldPackage(Package package)
            : this(package, package?.ReadModel())
        {
        }

        /// <summary>Names what is held.</summary>
        /// <param name="package">of the avatar.</param>
        /// <param name="model">its residual model, as <see cref="Package.ReadModel"/> gives it; null where it has none.</param>
        public HeldPackage(Package package, ResidualModel model)
        {
            if (package == null)
            {
                throw new ArgumentNullException(nameof(package));
            }
            Digest = package.Digest;
            JointCount = package.Manifest.JointCount;
            NodeCount = package.Manifest.NodeCount;
            Model = model;
        }

        /// <summary>SHA-256 of the content.</summary>
        public string Digest { get; }

        /// <summary>J of its skeleton.</summary>
        public int JointCount { get; }

        /// <summary>M of its residual model.</summary>
        public int NodeCount { get; }

        /// <summary>The residual model; null where there is none.</summary>
        public ResidualModel Model { get; }
    }
}
