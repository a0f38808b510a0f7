using System;

namespace Ani3d
{
    /// <summary>Section "order": where each stored Gaussian stood in the file that was imported.</summary>
    internal static class SourceOrder
    {
        /// <summary>Reads the permutation.</summary>
        /// <returns>[N]: stored Gaussian i is Gaussian permutation[i] of the source.</returns>
        public static int[] Read(ArraySegment<byte> bytes, Manifest manifest)
        {
            const string code = RefusalCodes.OrderInvalid;
            var cursor = Cursor.OfSection(bytes, FormatConstants.Section.Order, FormatConstants.Order.Layout);
            int levels = cursor.ReadByte();
            Refuse.Unless(
                levels == manifest.LevelSizes.Count, code, cursor.Name,
                $"{levels} levels, not {manifest.LevelSizes.Count}");
            foreach (var size in manifest.LevelSizes)
            {
                var found = cursor.ReadVarint(uint.MaxValue);
                Refuse.Unless(found == size, code, cursor.Name, $"a level of {found}, not {size} Gaussians");
            }
            var count = manifest.GaussianCount;
            var range = new IntegerRange("index", 0, count - 1, code);
            var permutation = IntegerTable.Read(cursor, 1, count, true, range);
            cursor.Finish();
            var seen = new bool[count];
            foreach (var index in permutation)
            {
                if (seen[index])
                {
                    throw new RefusalException(code, cursor.Name, $"index {index} twice");
                }
                seen[index] = true;
            }
            return permutation;
        }
    }
}
