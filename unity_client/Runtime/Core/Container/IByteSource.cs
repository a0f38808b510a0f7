using System;

namespace Ani3d
{
    /// <summary>Where the bytes of a package come from.</summary>
    public interface IByteSource
    {
        /// <summary>Bytes of the whole package.</summary>
        long Length { get; }

        /// <summary>Bytes of a range that lies within the package. They must not be changed.</summary>
        ArraySegment<byte> Read(long offset, int count);
    }
}
