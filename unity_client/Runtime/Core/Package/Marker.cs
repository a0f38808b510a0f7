namespace Ani3d
{
    /// <summary>A named time of a clip, such as left_foot_down.</summary>
    public sealed class Marker
    {
        internal Marker(string name, double timeS, string kind)
        {
            Name = name;
            TimeS = timeS;
            Kind = kind;
        }

        /// <summary>What happens then.</summary>
        public string Name { get; }

        /// <summary>When, seconds from the clip's first frame.</summary>
        public double TimeS { get; }

        /// <summary>Who set it: contact, given, or another word.</summary>
        public string Kind { get; }
    }
}
