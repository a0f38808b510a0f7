using System;

namespace Ani3d
{
    /// <summary>
    /// Which level of detail each avatar shows: by its size in the picture, and all together within a number of Gaussians.
    /// </summary>
    public static class LevelChoice
    {
        /// <summary>
        /// Gaussians for each square pixel of the height: a standing person of 512 pixels then has 64,000, which is detail
        /// medium.
        /// </summary>
        public const double GaussiansPerSquaredHeight = 0.25;

        /// <summary>A level is left for a coarser one only where this much less would do: sizes near a limit do not flicker.</summary>
        public const double Slack = 0.15;

        /// <summary>Chooses for all avatars.</summary>
        /// <param name="wishes">what each wants; levels are written into them.</param>
        /// <param name="count">how many of them.</param>
        /// <param name="budget">Gaussians that may be drawn in all; 0 for no limit.</param>
        /// <returns>Gaussians that are drawn; above the budget where all are at their coarsest.</returns>
        public static long Choose(LevelWish[] wishes, int count, long budget)
        {
            long sum = 0;
            for (var i = 0; i < count; i++)
            {
                wishes[i].Level = BySize(wishes[i]);
                sum += wishes[i].LevelEnds[wishes[i].Level];
            }
            while (budget > 0 && sum > budget)
            {
                var richest = Richest(wishes, count);
                if (richest < 0)
                {
                    break;
                }
                var ends = wishes[richest].LevelEnds;
                sum += ends[wishes[richest].Level - 1] - ends[wishes[richest].Level];
                wishes[richest].Level--;
            }
            return sum;
        }

        /// <summary>The level that the size in the picture asks for.</summary>
        public static int BySize(LevelWish wish)
        {
            var wanted = wish.HeightPx * wish.HeightPx * GaussiansPerSquaredHeight * wish.Quality;
            var level = 0;
            while (level < wish.LevelEnds.Length - 1 && wish.LevelEnds[level] < Needed(wanted, level, wish.Current))
            {
                level++;
            }
            return level;
        }

        // To stay at the current level, less is enough.
        private static double Needed(double wanted, int level, int current)
        {
            return level < current ? wanted * (1 + Slack) : wanted;
        }

        // The avatar that has most Gaussians for its size, and a coarser level; -1 for none.
        private static int Richest(LevelWish[] wishes, int count)
        {
            var richest = -1;
            var most = double.NegativeInfinity;
            for (var i = 0; i < count; i++)
            {
                if (wishes[i].Level == 0)
                {
                    continue;
                }
                var size = Math.Max(wishes[i].HeightPx * wishes[i].HeightPx * wishes[i].Quality, 1);
                var density = wishes[i].LevelEnds[wishes[i].Level] / size;
                if (density > most)
                {
                    (richest, most) = (i, density);
                }
            }
            return richest;
        }
    }
}
