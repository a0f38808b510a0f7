using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>Which joint of a source moves which of the avatar.</summary>
    public sealed class MappingReport
    {
        internal MappingReport(Messages.MappingReport report)
        {
            Naming = report.Naming;
            Matched = new Dictionary<string, string>(report.Matched);
            Missing = report.Missing.ToArray();
            Unused = report.Unused.ToArray();
            Scale = report.Scale;
        }

        /// <summary>What the naming is called: SMPL, CMU, Mixamo, Unity, VRM, Unreal, anatomical, or "mapped".</summary>
        public string Naming { get; }

        /// <summary>Joint of the source to joint of the avatar.</summary>
        public IReadOnlyDictionary<string, string> Matched { get; }

        /// <summary>Joints of the avatar that nothing moves; they follow their parents.</summary>
        public IReadOnlyList<string> Missing { get; }

        /// <summary>Joints of the source that move nothing.</summary>
        public IReadOnlyList<string> Unused { get; }

        /// <summary>Metres of the avatar per unit of the source.</summary>
        public double Scale { get; }
    }
}
