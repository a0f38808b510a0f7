using System;

namespace Ani3d
{
    /// <summary>
    /// A package or frame that is refused. No other exception leaves the reader because of what a file holds.
    /// </summary>
    public sealed class RefusalException : Exception
    {
        /// <summary>Creates a refusal.</summary>
        /// <param name="code">one of <see cref="RefusalCodes"/>.</param>
        /// <param name="subject">what is refused: a section, a field.</param>
        /// <param name="found">what is there, and what was expected.</param>
        public RefusalException(string code, string subject, string found)
            : base($"{code}: {subject}: {found}. {FixOf(code)}")
        {
            Code = code;
            Subject = subject;
            Found = found;
        }

        /// <summary>One of <see cref="RefusalCodes"/>: stable across releases and languages.</summary>
        public string Code { get; }

        /// <summary>Readers agree on it where several rules are broken.</summary>
        public string Family => RefusalCodes.FamilyOf[Code];

        /// <summary>What is refused: a section, a field.</summary>
        public string Subject { get; }

        /// <summary>What is there, and what was expected.</summary>
        public string Found { get; }

        /// <summary>What to do about it.</summary>
        public string Fix => FixOf(Code);

        private static string FixOf(string code)
        {
            switch (RefusalCodes.FamilyOf[code])
            {
                case "foreign": return "Choose an .a3d package.";
                case "future": return "Update the client: a newer version wrote the package.";
                case "codec-missing": return "Bake the package with --entropy rans, which every reader has.";
                case "light": return "Wait for a key frame, or ask for one.";
                default: return "Fetch the package again, or bake it again.";
            }
        }
    }
}
