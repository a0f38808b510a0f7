using System;

namespace Ani3d
{
    /// <summary>Float32 bit for bit (SPEC.md, "Floats").</summary>
    internal static class FloatColumns
    {
        private const int Delta = 1;
        private const int Planes = 2;
        private const int PlaneCount = 4;

        /// <summary>Reads columns of floats.</summary>
        /// <returns>[count, columns]: the columns of each entry side by side.</returns>
        public static float[] ReadRows(Cursor cursor, int columns, int count)
        {
            var values = new float[checked(columns * count)];
            for (var column = 0; column < columns; column++)
            {
                var places = ReadColumn(cursor, count);
                for (int i = 0, at = column; i < count; i++, at += columns)
                {
                    values[at] = Floats.AtPlace(places[i]);
                    if (!Floats.IsFinite(values[at]))
                    {
                        throw new RefusalException(RefusalCodes.SectionNotFinite, cursor.Name, "NaN or infinity");
                    }
                }
            }
            return values;
        }

        private static int[] ReadColumn(Cursor cursor, int count)
        {
            int mode = cursor.ReadByte();
            Refuse.Unless(
                mode <= FormatConstants.Floats.MaxMode, RefusalCodes.SectionInvalid, cursor.Name,
                $"mode {mode} of floats");
            var places = (mode & Planes) != 0 ? ReadPlanes(cursor, count) : IntegerTable.Read(
                cursor, RowLengths.Equal(1, count));
            if ((mode & Delta) != 0)
            {
                for (var i = 1; i < count; i++)
                {
                    places[i] = unchecked(places[i] + places[i - 1]);
                }
            }
            return places;
        }

        private static int[] ReadPlanes(Cursor cursor, int count)
        {
            int codec = cursor.ReadByte();
            var zigzagged = new uint[count];
            for (var plane = 0; plane < PlaneCount; plane++)
            {
                var bytes = EntropyCodec.Decode(codec, cursor.Take(cursor.ReadLength()), count, cursor.Name);
                for (var i = 0; i < count; i++)
                {
                    zigzagged[i] |= (uint)bytes.Array[bytes.Offset + i] << (8 * plane);
                }
            }
            return Array.ConvertAll(zigzagged, IntegerTable.Unzigzagged);
        }
    }
}
