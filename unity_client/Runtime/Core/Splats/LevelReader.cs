using System;

namespace Ani3d
{
    /// <summary>Reads a section splats.k, of either layout (SPEC.md, "splats.k").</summary>
    internal static class LevelReader
    {
        /// <summary>Whether a section holds floats without loss.</summary>
        public static bool IsExact(ArraySegment<byte> bytes)
        {
            return bytes.Count > 0 && bytes.Array[bytes.Offset] == FormatConstants.Splats.ExactLayout;
        }

        /// <summary>The Gaussians of a level.</summary>
        /// <param name="bytes">of the section, decoded.</param>
        /// <param name="name">of the section.</param>
        /// <param name="count">Gaussians of the level.</param>
        /// <param name="manifest">which knows joints and degree.</param>
        public static SplatCloud Read(ArraySegment<byte> bytes, string name, int count, Manifest manifest)
        {
            var exact = IsExact(bytes);
            var layout = exact ? FormatConstants.Splats.ExactLayout : FormatConstants.Splats.RoundedLayout;
            var cursor = Cursor.OfSection(bytes, name, layout);
            int degree = cursor.ReadByte();
            Need(
                degree == manifest.ShDegree, cursor,
                $"harmonics of degree {degree}, not {manifest.ShDegree} as the manifest says");
            var cloud = new SplatCloud(count, degree);
            if (exact)
            {
                ExactLevelReader.Read(cursor, cloud);
            }
            else
            {
                RoundedLevelReader.Read(cursor, cloud);
            }
            ReadBinding(cursor, cloud, manifest.JointCount);
            cursor.Finish();
            return cloud;
        }

        /// <summary>Refuses unless something holds.</summary>
        public static void Need(bool holds, Cursor cursor, string found)
        {
            Refuse.Unless(holds, RefusalCodes.SplatsInvalid, cursor.Name, found);
        }

        /// <summary>Range of integers of a level.</summary>
        public static IntegerRange Range(string field, long lowest, long highest)
        {
            return new IntegerRange(field, lowest, highest, RefusalCodes.SplatsInvalid);
        }

        /// <summary>Reads stretches of Gaussians of one part: parts go into the cloud.</summary>
        /// <returns>[N, 3] corners: where the stretch of each Gaussian begins, metres.</returns>
        public static float[] ReadStretches(Cursor cursor, SplatCloud cloud)
        {
            var corners = new float[3 * cloud.Count];
            var done = 0;
            for (var left = cursor.ReadVarint(cloud.Count); left > 0; left--)
            {
                var part = cursor.ReadByte();
                var length = cursor.ReadVarint(cloud.Count);
                float x = cursor.ReadFloat(), y = cursor.ReadFloat(), z = cursor.ReadFloat();
                Need(part < FormatConstants.Manifest.Parts.Count, cursor, $"part {part}");
                Need(length >= 1 && length <= cloud.Count - done, cursor, $"a stretch of {length} Gaussians");
                for (var end = done + length; done < end; done++)
                {
                    cloud.Parts[done] = part;
                    corners[3 * done] = x;
                    corners[3 * done + 1] = y;
                    corners[3 * done + 2] = z;
                }
            }
            Need(done == cloud.Count, cursor, $"stretches of {done} Gaussians, not {cloud.Count}");
            return corners;
        }

        private static void ReadBinding(Cursor cursor, SplatCloud cloud, int jointCount)
        {
            var count = cloud.Count;
            var joints = IntegerTable.ReadChoice(cursor, 4, count, Range("joint", 0, jointCount - 1));
            for (var i = 0; i < count; i++)
            {
                for (var slot = 0; slot < 4; slot++)
                {
                    cloud.Joints[4 * i + slot] = (byte)joints[slot * count + i];
                }
            }
            const int whole = FormatConstants.Splats.WeightUnits;
            var units = IntegerTable.ReadChoice(cursor, 3, count, Range("weight", 0, whole));
            WeightTable.Fill(cloud.Weights, units, count, whole, cursor.Name, RefusalCodes.SplatsInvalid);
        }
    }
}
