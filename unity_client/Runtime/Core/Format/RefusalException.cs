using System;

namespace Ani3d
{
    /// <summary>
    /// A package, frame or call that is refused. No other exception leaves the reader because of what a file holds, or
    /// the client because of what a server does.
    /// </summary>
    public sealed class RefusalException : Exception
    {
        private readonly string _fix;

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
            Expected = string.Empty;
            _fix = FixOf(code);
        }

        /// <summary>Creates a refusal of a server, or of a call of the client.</summary>
        /// <param name="code">one of <see cref="RefusalCodes"/>, or one of a newer server.</param>
        /// <param name="subject">the server, avatar, option or file.</param>
        /// <param name="found">what is there.</param>
        /// <param name="expected">what would be accepted.</param>
        /// <param name="fix">what to do next, as a sentence.</param>
        /// <param name="cause">what led to it; null for nothing.</param>
        public RefusalException(
            string code, string subject, string found, string expected, string fix, Exception cause = null)
            : base($"{code}: {subject}: found {found}; expected {expected}. {fix}", cause)
        {
            Code = code;
            Subject = subject;
            Found = found;
            Expected = expected;
            _fix = fix;
        }

        /// <summary>One of <see cref="RefusalCodes"/>: stable across releases and languages.</summary>
        public string Code { get; }

        /// <summary>
        /// Readers agree on it where several rules are broken; "unknown" of a code that only a newer server knows.
        /// </summary>
        public string Family => FamilyOf(Code);

        /// <summary>What is refused: a section, a field, a server.</summary>
        public string Subject { get; }

        /// <summary>What is there; for packages and frames, what was expected too.</summary>
        public string Found { get; }

        /// <summary>What would be accepted; empty where <see cref="Found"/> says so.</summary>
        public string Expected { get; }

        /// <summary>What to do about it.</summary>
        public string Fix => _fix;

        private static string FamilyOf(string code)
        {
            return RefusalCodes.FamilyOf.TryGetValue(code, out var family) ? family : "unknown";
        }

        private static string FixOf(string code)
        {
            switch (FamilyOf(code))
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
