using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>A marker that a player goes past.</summary>
    internal readonly struct MarkerPassing
    {
        // A step over more than this is a jump of the clock.
        private const int Most = 1000;

        private MarkerPassing(Marker marker)
        {
            Marker = marker;
        }

        /// <summary>Which one.</summary>
        public Marker Marker { get; }

        /// <summary>
        /// Finds what is passed from one time to another: a marker at the second is, one at the first is where a clip begins
        /// there. Of more than a thousand only the first are told.
        /// </summary>
        /// <param name="play">whose clip has the markers.</param>
        /// <param name="beforeS">the time before, counted on over repetitions.</param>
        /// <param name="afterS">the time after.</param>
        /// <param name="isStart">whether the clip begins at the time before.</param>
        /// <param name="passings">to be written, in the order in which they are passed.</param>
        public static void Find(Play play, double beforeS, double afterS, bool isStart, List<MarkerPassing> passings)
        {
            passings.Clear();
            var markers = play.Clip.Clip.Markers;
            if (markers.Count == 0 || beforeS == afterS)
            {
                return;
            }
            var (lowest, period) = play.Clock.FoldS > 0 ? (play.Clock.LowestS, play.Clock.FoldS)
                : (0.0, play.Clip.Clip.Loops ? play.Clip.Clip.DurationS : 0);
            var isBack = afterS < beforeS;
            var first = period > 0 ? (long)Math.Floor((beforeS - lowest) / period) : 0;
            var last = period > 0 ? (long)Math.Floor((afterS - lowest) / period) : 0;
            for (var turn = first; passings.Count < Most; turn += isBack ? -1 : 1)
            {
                for (var k = 0; k < markers.Count; k++)
                {
                    var marker = markers[isBack ? markers.Count - 1 - k : k];
                    var isRepeated = period == 0 || (marker.TimeS >= lowest && marker.TimeS < lowest + period);
                    var time = marker.TimeS + turn * period;
                    var isPassed = isBack ? time >= afterS && time < beforeS : time > beforeS && time <= afterS;
                    if (isRepeated && (isPassed || (isStart && time == beforeS)))
                    {
                        passings.Add(new MarkerPassing(marker));
                    }
                }
                if (turn == last)
                {
                    break;
                }
            }
        }
    }
}
