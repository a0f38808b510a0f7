using System;

namespace Ani3d
{
    /// <summary>
    /// The way between levels of detail: the share of the finer level grows steadily, so no step is seen (SPEC.md, "Levels
    /// of detail").
    /// </summary>
    public sealed class LevelFade
    {
        /// <summary>Seconds from one level to the next.</summary>
        public const double SecondsALevel = 0.2;

        private const double AtALevel = 1e-6;
        private double _place = -1;

        /// <summary>k, the coarser of the two levels that are mixed.</summary>
        public int Coarse => (int)Math.Floor(Math.Max(_place, 0));

        /// <summary>b, how much of level k + 1 is shown, 0 to less than 1.</summary>
        public double Share => Math.Max(_place, 0) - Coarse;

        /// <summary>The finest level of which Gaussians are drawn.</summary>
        public int Drawn => Share > 0 ? Coarse + 1 : Coarse;

        /// <summary>Goes on towards a level; the first one is there at once.</summary>
        /// <param name="level">that is wanted.</param>
        /// <param name="seconds">since the last time.</param>
        /// <returns>Whether anything changed.</returns>
        public bool Advance(int level, double seconds)
        {
            var before = _place;
            var step = Math.Max(seconds, 0) / SecondsALevel;
            _place = before < 0 ? level : before + Math.Min(Math.Max(level - before, -step), step);
            var nearest = Math.Round(_place);
            _place = Math.Abs(_place - nearest) < AtALevel ? nearest : _place;
            return _place != before;
        }

        /// <summary>Is at a level without a way there.</summary>
        public void Jump(int level)
        {
            _place = level;
        }
    }
}
