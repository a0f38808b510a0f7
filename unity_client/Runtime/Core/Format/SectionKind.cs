namespace Ani3d
{
    /// <summary>What a kind of section belongs to.</summary>
    public enum SectionScope
    {
        /// <summary>The avatar: there is one in a package.</summary>
        Package,

        /// <summary>A clip: there is one in each.</summary>
        Clip,

        /// <summary>A group of frames of a clip.</summary>
        Group,
    }

    /// <summary>A kind of section that this version of the reader knows.</summary>
    public sealed class SectionKind
    {
        /// <summary>Creates a row of the table of kinds.</summary>
        /// <param name="name">of the section; with k for the number of a level of detail.</param>
        /// <param name="scope">what it belongs to.</param>
        /// <param name="withResidual">whether it needs a residual layer, or of the package a model.</param>
        /// <param name="critical">whether a reader that does not know it refuses the package.</param>
        public SectionKind(string name, SectionScope scope, bool withResidual, bool critical)
        {
            Name = name;
            Scope = scope;
            WithResidual = withResidual;
            Critical = critical;
        }

        /// <summary>Name of the section; with k for the number of a level of detail.</summary>
        public string Name { get; }

        /// <summary>Whether a level's number stands where the name has k.</summary>
        public bool IsPerLevel => Name.EndsWith(".k", System.StringComparison.Ordinal);

        /// <summary>What it belongs to.</summary>
        public SectionScope Scope { get; }

        /// <summary>Whether it needs a residual layer of its clip, or of the package a model.</summary>
        public bool WithResidual { get; }

        /// <summary>Whether a reader that does not know it refuses the package.</summary>
        public bool Critical { get; }
    }
}
