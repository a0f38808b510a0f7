using System;
using UnityEngine;

namespace Ani3d
{
    /// <summary>One channel of one group of frames on the GPU.</summary>
    internal sealed class GroupBuffer : IDisposable
    {
        private const int Unknown = -2;
        private GraphicsBuffer _buffer;
        private int _clip = Unknown;
        private int _number = Unknown;

        /// <summary>The buffer, with the content of a group.</summary>
        public GraphicsBuffer Of(PackedDetail packed, int clip, int number)
        {
            var isLost = _buffer == null || !_buffer.IsValid();
            if (isLost || _buffer.count < packed.Count)
            {
                var capacity = Capacity.For(isLost ? 0 : _buffer.count, packed.Count);
                _buffer?.Dispose();
                _buffer = new GraphicsBuffer(GraphicsBuffer.Target.Structured, capacity, sizeof(uint)) { name = "ani3d group" };
                _clip = Unknown;
            }
            if (_clip != clip || _number != number)
            {
                _buffer.SetData(packed.Words, 0, 0, packed.Count);
                (_clip, _number) = (clip, number);
            }
            return _buffer;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            _buffer?.Dispose();
            _buffer = null;
        }
    }
}
