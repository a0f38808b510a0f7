using System;

namespace Ani3d
{
    /// <summary>Gaussians whose floats are stored without loss: layout 2 of splats.k.</summary>
    internal static class ExactLevelReader
    {
        private const int Negative = 4;

        /// <summary>Reads everything between the degree and the joints into a cloud.</summary>
        public static void Read(Cursor cursor, SplatCloud cloud)
        {
            LevelReader.ReadStretches(cursor, cloud);
            Put(FloatColumns.ReadRows(cursor, 3, cloud.Count), cloud.MeansM);
            ReadQuaternions(cursor, cloud);
            Put(FloatColumns.ReadRows(cursor, 3, cloud.Count), cloud.ScalesM);
            foreach (var scale in cloud.ScalesM)
            {
                LevelReader.Need(scale > 0, cursor, "a scale that is not above 0");
            }
            Put(FloatColumns.ReadRows(cursor, 1, cloud.Count), cloud.Opacities);
            foreach (var opacity in cloud.Opacities)
            {
                LevelReader.Need(opacity >= 0 && opacity <= 1, cursor, "an opacity outside of 0 to 1");
            }
            Put(FloatColumns.ReadRows(cursor, 3 * cloud.HarmonicCount, cloud.Count), cloud.Sh);
        }

        private static void ReadQuaternions(Cursor cursor, SplatCloud cloud)
        {
            var largest = IntegerTable.ReadChoice(cursor, 1, cloud.Count, LevelReader.Range("largest component", 0, 7));
            var others = FloatColumns.ReadRows(cursor, 3, cloud.Count);
            var corrections = IntegerTable.Read(cursor, RowLengths.Equal(1, cloud.Count));
            for (var i = 0; i < cloud.Count; i++)
            {
                double a = others[3 * i], b = others[3 * i + 1], c = others[3 * i + 2];
                var expected = (float)Math.Sqrt(Math.Max(0, ((1 - a * a) - b * b) - c * c));
                double size = Floats.AtPlace(unchecked(Floats.PlaceOf(expected) + corrections[i]));
                var signed = largest[i] >= Negative ? -size : size;
                var quat = RoundedLevelReader.WithLargest(largest[i] % Negative, signed, a, b, c);
                // Written so that a length of NaN is refused, too.
                if (!(Math.Abs(quat.Length - 1) < FormatConstants.Splats.UnitTolerance))
                {
                    throw new RefusalException(
                        RefusalCodes.SplatsInvalid, cursor.Name, "a quaternion that is not unit");
                }
                quat.WriteRow(cloud.QuatsWxyz, i);
            }
        }

        private static void Put(float[] from, float[] to)
        {
            Array.Copy(from, to, from.Length);
        }
    }
}
