namespace Ani3d
{
    /// <summary>Bytes of a file.</summary>
    public readonly struct ByteRange
    {
        /// <summary>Names a range.</summary>
        public ByteRange(long offset, int count)
        {
            Offset = offset;
            Count = count;
        }

        /// <summary>Of the first byte.</summary>
        public long Offset { get; }

        /// <summary>How many there are.</summary>
        public int Count { get; }

        /// <summary>Of the byte behind the last.</summary>
        public long End => Offset + Count;
    }
}
