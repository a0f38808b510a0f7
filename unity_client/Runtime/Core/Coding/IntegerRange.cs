namespace Ani3d
{
    /// <summary>The lowest and highest value of integers of a field, and the code of one that leaves them.</summary>
    internal readonly struct IntegerRange
    {
        private readonly string _field;

        /// <summary>Creates a range.</summary>
        public IntegerRange(string field, long lowest, long highest, string code)
        {
            _field = field;
            Lowest = lowest;
            Highest = highest;
            Code = code;
        }

        /// <summary>The lowest value.</summary>
        public long Lowest { get; }

        /// <summary>The highest value.</summary>
        public long Highest { get; }

        /// <summary>Code of a value that is out of range.</summary>
        public string Code { get; }

        /// <summary>The refusal of a value.</summary>
        public RefusalException Left(string section, long value)
        {
            return new RefusalException(Code, section, $"{_field} {value}, {Lowest} to {Highest} expected");
        }
    }
}
