using System;

namespace Ani3d
{
    /// <summary>The numbers that the tracks of one clip have in the union over all clips.</summary>
    internal readonly struct TrackNumbering
    {
        private readonly int[] _numbers;

        /// <summary>Creates the numbering of a clip.</summary>
        /// <param name="tracks">of the package; null for the clip's own numbers.</param>
        /// <param name="clip">number of the clip.</param>
        /// <param name="model">as the clip uses it.</param>
        public TrackNumbering(TrackUnion tracks, int clip, ResidualModel model)
        {
            _numbers = tracks?.OfClip(clip);
            Others = tracks?.OthersOfClip(clip) ?? Array.Empty<int>();
            Count = model.Moving.Length + Others.Length;
        }

        /// <summary>T.</summary>
        public int Count { get; }

        /// <summary>Numbers of the union that no track of the clip has, increasing.</summary>
        public int[] Others { get; }

        /// <summary>The number of a track of the clip.</summary>
        public int this[int track] => _numbers == null ? track : _numbers[track];
    }
}
