using System;
using System.Collections.Generic;
using UnityEngine;

namespace Ani3d
{
    /// <summary>
    /// What all avatars of a package read on the GPU: Gaussians, harmonics, looks, parents of tracks, and groups of frames. A
    /// buffer that the driver has lost is made again.
    /// </summary>
    internal sealed class SharedBuffers : IDisposable
    {
        private const int Row = 16;
        private readonly PlayableAvatar _playable;
        private readonly PackedLook[] _packedLooks;
        private readonly GraphicsBuffer[] _looks;
        private readonly Dictionary<PackedParents, GraphicsBuffer> _parents = new Dictionary<PackedParents, GraphicsBuffer>();
        private readonly Dictionary<PackedDetail, GroupBuffer> _groups = new Dictionary<PackedDetail, GroupBuffer>();
        private PackedSplats _packed;
        private GraphicsBuffer _splats;
        private GraphicsBuffer _harmonics;
        private GraphicsBuffer _noRows;
        private GraphicsBuffer _noWords;

        /// <summary>Creates buffers that hold nothing yet.</summary>
        public SharedBuffers(PlayableAvatar playable, int levels)
        {
            _playable = playable;
            _packedLooks = new PackedLook[levels - 1];
            _looks = new GraphicsBuffer[levels - 1];
        }

        /// <summary>4 uint4 a Gaussian.</summary>
        public GraphicsBuffer Splats => _splats;

        /// <summary>Harmonics; one word that is not read where the degree is 0.</summary>
        public GraphicsBuffer Harmonics => _harmonics;

        /// <summary>A buffer of uint4 or float4 for what an avatar has none of.</summary>
        public GraphicsBuffer NoRows => _noRows;

        /// <summary>A buffer of uints for what an avatar has none of.</summary>
        public GraphicsBuffer NoWords => _noWords;

        /// <summary>Packs Gaussians and looks for <see cref="Upload"/>: tens of milliseconds, on any thread.</summary>
        public void Pack()
        {
            _packed = _playable.PackSplats();
            for (var level = 0; level < _packedLooks.Length; level++)
            {
                _packedLooks[level] = _playable.PackLook(level);
            }
        }

        /// <summary>Makes and fills what is missing or lost.</summary>
        /// <returns>Whether anything was made.</returns>
        public bool Upload()
        {
            if (_splats != null && _splats.IsValid() && _harmonics.IsValid() && _noRows.IsValid())
            {
                return false;
            }
            Dispose();
            if (_packed == null)
            {
                Pack();
            }
            _splats = Filled(_packed.Splats, _packed.Splats.Length, Row, "ani3d splats");
            _harmonics = Filled(_packed.Harmonics, _packed.Harmonics.Length, sizeof(uint), "ani3d harmonics");
            for (var level = 0; level < _looks.Length; level++)
            {
                var words = _packedLooks[level].Words;
                _looks[level] = Filled(words, words.Length, Row, "ani3d looks");
                _packedLooks[level] = null;
            }
            _noRows = new GraphicsBuffer(GraphicsBuffer.Target.Structured, 1, Row) { name = "ani3d nothing" };
            _noWords = new GraphicsBuffer(GraphicsBuffer.Target.Structured, 1, sizeof(uint)) { name = "ani3d nothing" };
            // The GPU has them now.
            _packed = null;
            return true;
        }

        /// <summary>The looks of a level; nothing for the last one.</summary>
        public GraphicsBuffer LooksOf(int level)
        {
            return level < _looks.Length ? _looks[level] : _noRows;
        }

        /// <summary>The parents of the tracks of a clip.</summary>
        public GraphicsBuffer ParentsOf(PackedParents packed)
        {
            if (_parents.TryGetValue(packed, out var buffer) && buffer.IsValid())
            {
                return buffer;
            }
            buffer?.Dispose();
            buffer = Filled(packed.Words, packed.Words.Length, Row, "ani3d parents");
            _parents[packed] = buffer;
            return buffer;
        }

        /// <summary>One channel of a group of frames: uploaded when it is first asked for.</summary>
        /// <param name="packed">the channel, in memory that other groups use later.</param>
        /// <param name="clip">which clip it is of now; -1 for none.</param>
        /// <param name="number">which group of the clip; -1 for none.</param>
        public GraphicsBuffer GroupOf(PackedDetail packed, int clip, int number)
        {
            if (!_groups.TryGetValue(packed, out var held))
            {
                held = new GroupBuffer();
                _groups.Add(packed, held);
            }
            return held.Of(packed, clip, number);
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            _splats?.Dispose();
            _harmonics?.Dispose();
            _noRows?.Dispose();
            _noWords?.Dispose();
            _splats = _harmonics = _noRows = _noWords = null;
            for (var level = 0; level < _looks.Length; level++)
            {
                _looks[level]?.Dispose();
                _looks[level] = null;
            }
            foreach (var buffer in _parents.Values)
            {
                buffer.Dispose();
            }
            foreach (var group in _groups.Values)
            {
                group.Dispose();
            }
            _parents.Clear();
            _groups.Clear();
        }

        // Buffers of no length are an error of Unity's.
        private static GraphicsBuffer Filled(uint[] words, int count, int stride, string name)
        {
            var elements = Math.Max(count * sizeof(uint) / stride, 1);
            var buffer = new GraphicsBuffer(GraphicsBuffer.Target.Structured, elements, stride) { name = name };
            if (count > 0)
            {
                buffer.SetData(words, 0, 0, count);
            }
            return buffer;
        }
    }
}
