using System;

namespace Ani3d
{
    /// <summary>Gaussians in whole steps: layout 1 of splats.k.</summary>
    internal static class RoundedLevelReader
    {
        private static readonly double Sqrt2 = Math.Sqrt(2);

        /// <summary>Reads everything between the degree and the joints into a cloud.</summary>
        public static void Read(Cursor cursor, SplatCloud cloud)
        {
            double step = ReadStep(cursor), scaleStep = ReadStep(cursor);
            double colourStep = ReadStep(cursor), harmonicsStep = ReadStep(cursor);
            var units = cursor.ReadVarint(uint.MaxValue);
            var known = units >= 1 && units <= FormatConstants.Splats.MaxQuaternionUnits;
            LevelReader.Need(known, cursor, $"{units} units of quaternions");
            var corners = LevelReader.ReadStretches(cursor, cloud);
            ReadMeans(cursor, cloud, corners, step);
            ReadQuaternions(cursor, cloud, units);
            ReadScales(cursor, cloud, scaleStep);
            ReadOpacities(cursor, cloud);
            ReadHarmonics(cursor, cloud, colourStep, harmonicsStep);
            NeedFinite(cursor, cloud.MeansM);
            NeedFinite(cursor, cloud.ScalesM);
            NeedFinite(cursor, cloud.Sh);
        }

        private static double ReadStep(Cursor cursor)
        {
            var step = cursor.ReadFloat();
            LevelReader.Need(step > 0 && step < FormatConstants.Splats.StepBelow, cursor, $"a step of {step}");
            return step;
        }

        private static void ReadMeans(Cursor cursor, SplatCloud cloud, float[] corners, double step)
        {
            const int most = FormatConstants.Splats.MaxCell;
            var cells = IntegerTable.ReadChoice(cursor, 3, cloud.Count, LevelReader.Range("cell", -most, most));
            for (var i = 0; i < cloud.Count; i++)
            {
                for (var axis = 0; axis < 3; axis++)
                {
                    var cell = cells[axis * cloud.Count + i];
                    cloud.MeansM[3 * i + axis] = (float)(corners[3 * i + axis] + cell * step);
                }
            }
        }

        private static void ReadQuaternions(Cursor cursor, SplatCloud cloud, int units)
        {
            var count = cloud.Count;
            var largest = IntegerTable.ReadChoice(cursor, 1, count, LevelReader.Range("largest component", 0, 3));
            var others = IntegerTable.ReadChoice(
                cursor, 3, count, LevelReader.Range("component of a quaternion", -units, units));
            var unit = 1 / (units * Sqrt2);
            for (var i = 0; i < count; i++)
            {
                double a = others[i] * unit, b = others[count + i] * unit, c = others[2 * count + i] * unit;
                var size = Math.Sqrt(Math.Max(0, 1 - a * a - b * b - c * c));
                WithLargest(largest[i], size, a, b, c).Normalised().WriteRow(cloud.QuatsWxyz, i);
            }
        }

        /// <summary>The quaternion of three components, in order, and a fourth at an index.</summary>
        public static Quat WithLargest(int index, double size, double a, double b, double c)
        {
            switch (index)
            {
                case 0: return new Quat(size, a, b, c);
                case 1: return new Quat(a, size, b, c);
                case 2: return new Quat(a, b, size, c);
                default: return new Quat(a, b, c, size);
            }
        }

        private static void ReadScales(Cursor cursor, SplatCloud cloud, double step)
        {
            // Exactly |v * step| <= the limit: the quotient may round up past it.
            var most = (long)Math.Min(int.MaxValue, Math.Floor(FormatConstants.Splats.MaxLogScale / step) + 1);
            var logs = IntegerTable.ReadChoice(cursor, 3, cloud.Count, LevelReader.Range("log-scale", -most, most));
            for (var i = 0; i < cloud.Count; i++)
            {
                for (var axis = 0; axis < 3; axis++)
                {
                    var log = logs[axis * cloud.Count + i] * step;
                    if (Math.Abs(log) > FormatConstants.Splats.MaxLogScale)
                    {
                        throw new RefusalException(RefusalCodes.SplatsInvalid, cursor.Name, $"a log-scale of {log}");
                    }
                    cloud.ScalesM[3 * i + axis] = (float)Math.Exp(log);
                }
            }
        }

        private static void ReadOpacities(Cursor cursor, SplatCloud cloud)
        {
            const int units = FormatConstants.Splats.OpacityUnits;
            var values = IntegerTable.ReadChoice(cursor, 1, cloud.Count, LevelReader.Range("opacity", 0, units));
            for (var i = 0; i < cloud.Count; i++)
            {
                cloud.Opacities[i] = (float)((double)values[i] / units);
            }
        }

        private static void ReadHarmonics(Cursor cursor, SplatCloud cloud, double colourStep, double harmonicsStep)
        {
            const int most = FormatConstants.Splats.MaxColourSteps;
            int count = cloud.Count, width = 3 * cloud.HarmonicCount, higherRows = width - 3;
            var range = LevelReader.Range("harmonic", -most, most);
            var colours = IntegerTable.ReadChoice(cursor, 3, count, range);
            var higher = IntegerTable.ReadChoice(cursor, higherRows, count, range);
            for (var i = 0; i < count; i++)
            {
                int green = colours[i], red = green + colours[count + i], blue = green + colours[2 * count + i];
                cloud.Sh[width * i] = (float)(red * colourStep);
                cloud.Sh[width * i + 1] = (float)(green * colourStep);
                cloud.Sh[width * i + 2] = (float)(blue * colourStep);
                for (var row = 0; row < higherRows; row++)
                {
                    cloud.Sh[width * i + 3 + row] = (float)(higher[row * count + i] * harmonicsStep);
                }
            }
        }

        private static void NeedFinite(Cursor cursor, float[] values)
        {
            foreach (var value in values)
            {
                if (!Floats.IsFinite(value))
                {
                    throw new RefusalException(RefusalCodes.SplatsInvalid, cursor.Name, "a value beyond float32");
                }
            }
        }
    }
}
