using System;

namespace Ani3d
{
    /// <summary>
    /// How the n Gaussians of the levels 0 to k look while they alone are drawn (SPEC.md, "Levels of detail").
    /// </summary>
    public sealed class LevelAppearance
    {
        private const string Code = RefusalCodes.AppearanceInvalid;
        private const int IntegersPerGaussian = 10;

        private LevelAppearance(int count)
        {
            DisplacementsM = new float[3 * count];
            LogScaleChanges = new float[3 * count];
            Opacities = new float[count];
            ColourChanges = new float[3 * count];
        }

        /// <summary>n.</summary>
        public int Count => Opacities.Length;

        /// <summary>[n, 3] what is added to means, metres.</summary>
        public float[] DisplacementsM { get; }

        /// <summary>[n, 3] what is added to the logarithms of scales.</summary>
        public float[] LogScaleChanges { get; }

        /// <summary>[n] opacities.</summary>
        public float[] Opacities { get; }

        /// <summary>[n, 3] what is added to degree-0 harmonics.</summary>
        public float[] ColourChanges { get; }

        /// <summary>
        /// The look of n of N Gaussians where no section tells it: they grow for those that are missing.
        /// </summary>
        /// <param name="splats">n Gaussians, or more.</param>
        /// <param name="count">n.</param>
        /// <param name="whole">N.</param>
        public static LevelAppearance Unfitted(SplatCloud splats, int count, int whole)
        {
            var look = new LevelAppearance(count);
            Array.Copy(splats.Opacities, look.Opacities, count);
            Array.Fill(
                look.LogScaleChanges,
                (float)(FormatConstants.Splats.LevelGrowthPower * Math.Log((double)whole / count)));
            return look;
        }

        /// <summary>The look on the way from a level to the next finer one, of the finer one's Gaussians.</summary>
        /// <param name="coarse">the look of level k.</param>
        /// <param name="fine">the look of level k + 1.</param>
        /// <param name="share">b, 0 to 1.</param>
        public static LevelAppearance Between(LevelAppearance coarse, LevelAppearance fine, double share)
        {
            var look = new LevelAppearance(fine.Count);
            Mix(coarse.DisplacementsM, fine.DisplacementsM, share, look.DisplacementsM);
            Mix(coarse.LogScaleChanges, fine.LogScaleChanges, share, look.LogScaleChanges);
            Mix(coarse.Opacities, fine.Opacities, share, look.Opacities);
            Mix(coarse.ColourChanges, fine.ColourChanges, share, look.ColourChanges);
            for (var i = coarse.Count; i < fine.Count; i++)
            {
                look.Opacities[i] = (float)(share * fine.Opacities[i]);
            }
            return look;
        }

        /// <summary>The Gaussians as they are drawn; detail is added to them.</summary>
        /// <param name="splats">as they are stored: n of them, or more.</param>
        public SplatCloud Applied(SplatCloud splats)
        {
            var drawn = splats.First(Count);
            for (var i = 0; i < 3 * Count; i++)
            {
                drawn.MeansM[i] += DisplacementsM[i];
                drawn.ScalesM[i] = (float)(drawn.ScalesM[i] * Math.Exp(LogScaleChanges[i]));
                drawn.Sh[i / 3 * 3 * drawn.HarmonicCount + i % 3] += ColourChanges[i];
            }
            Array.Copy(Opacities, drawn.Opacities, Count);
            return drawn;
        }

        /// <summary>Creates a look of known numbers.</summary>
        internal static LevelAppearance Of(
            float[] displacementsM, float[] logScaleChanges, float[] opacities, float[] colourChanges)
        {
            var look = new LevelAppearance(opacities.Length);
            displacementsM.CopyTo(look.DisplacementsM, 0);
            logScaleChanges.CopyTo(look.LogScaleChanges, 0);
            opacities.CopyTo(look.Opacities, 0);
            colourChanges.CopyTo(look.ColourChanges, 0);
            return look;
        }

        /// <summary>Reads section "appearance.k".</summary>
        internal static LevelAppearance Read(ArraySegment<byte> bytes, string name, long storedBytes, int count)
        {
            var cursor = Cursor.OfSection(bytes, name, FormatConstants.Appearance.Layout);
            cursor.ExpectIntegers((long)IntegersPerGaussian * count, storedBytes);
            double positionStep = ReadStep(cursor), scaleStep = ReadStep(cursor), colourStep = ReadStep(cursor);
            var look = new LevelAppearance(count);
            const int most = FormatConstants.Appearance.MaxSteps;
            var displacements = IntegerTable.ReadChoice(
                cursor, 3, count, new IntegerRange("displacement", -most, most, Code));
            var logs = IntegerTable.ReadChoice(
                cursor, 3, count, new IntegerRange("log-scale", int.MinValue, int.MaxValue, Code));
            const int units = FormatConstants.Appearance.OpacityUnits;
            var opacities = IntegerTable.ReadChoice(cursor, 1, count, new IntegerRange("opacity", 0, units, Code));
            var colours = IntegerTable.ReadChoice(cursor, 3, count, new IntegerRange("colour", -most, most, Code));
            cursor.Finish();
            for (var i = 0; i < count; i++)
            {
                for (var axis = 0; axis < 3; axis++)
                {
                    look.DisplacementsM[3 * i + axis] = (float)(displacements[axis * count + i] * positionStep);
                    var log = logs[axis * count + i] * scaleStep;
                    if (Math.Abs(log) > FormatConstants.Appearance.MaxLogScale)
                    {
                        throw new RefusalException(Code, name, $"a change of a log-scale of {log}");
                    }
                    look.LogScaleChanges[3 * i + axis] = (float)log;
                }
                look.Opacities[i] = (float)((double)opacities[i] / units);
                int green = colours[i], red = green + colours[count + i], blue = green + colours[2 * count + i];
                look.ColourChanges[3 * i] = (float)(red * colourStep);
                look.ColourChanges[3 * i + 1] = (float)(green * colourStep);
                look.ColourChanges[3 * i + 2] = (float)(blue * colourStep);
            }
            return look;
        }

        private static double ReadStep(Cursor cursor)
        {
            var step = cursor.ReadFloat();
            var known = step > 0 && step < FormatConstants.Appearance.StepBelow;
            Refuse.Unless(known, Code, cursor.Name, $"a step of {step}");
            return step;
        }

        private static void Mix(float[] coarse, float[] fine, double share, float[] result)
        {
            for (var i = 0; i < fine.Length; i++)
            {
                result[i] = i < coarse.Length ? (float)((1 - share) * coarse[i] + share * fine[i]) : fine[i];
            }
        }
    }
}
