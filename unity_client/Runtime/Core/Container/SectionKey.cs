using System;

namespace Ani3d
{
    /// <summary>What a section is found by: name, clip and group.</summary>
    public readonly struct SectionKey : IEquatable<SectionKey>
    {
        /// <summary>Creates the key of a section of the avatar.</summary>
        public SectionKey(string name)
            : this(name, FormatConstants.Container.NoClip, 0)
        {
        }

        /// <summary>Creates the key of a section of a clip.</summary>
        public SectionKey(string name, int clip, int group)
        {
            Name = name;
            Clip = clip;
            Group = group;
        }

        /// <summary>Kind of section.</summary>
        public string Name { get; }

        /// <summary>Number of the clip; -1 of the avatar.</summary>
        public int Clip { get; }

        /// <summary>Number of the group of frames within the clip.</summary>
        public int Group { get; }

        /// <summary>Whether name, clip and group are the same.</summary>
        public bool Equals(SectionKey other)
        {
            return Clip == other.Clip && Group == other.Group && string.Equals(
                Name, other.Name, StringComparison.Ordinal);
        }

        /// <summary>Whether it is the same key.</summary>
        public override bool Equals(object other)
        {
            return other is SectionKey key && Equals(key);
        }

        /// <summary>A hash of name, clip and group.</summary>
        public override int GetHashCode()
        {
            return unchecked((StringComparer.Ordinal.GetHashCode(Name) * 397 ^ Clip) * 397 ^ Group);
        }

        /// <summary>As people read it.</summary>
        public override string ToString()
        {
            return Clip < 0 ? Name : $"{Name} of clip {Clip}, group {Group}";
        }
    }
}
