using System;

namespace Ani3d
{
    /// <summary>Root translation and joint rotations of F frames (SPEC.md, "pose").</summary>
    public sealed class PoseGroup
    {
        private PoseGroup(int frames, int joints)
        {
            RootTranslationM = new float[3 * frames];
            JointRotationsWxyz = new float[4 * joints * frames];
        }

        /// <summary>[F, 3] root translation, metres.</summary>
        public float[] RootTranslationM { get; }

        /// <summary>[F, J, 4] local rotations relative to the zero pose.</summary>
        public float[] JointRotationsWxyz { get; }

        /// <summary>Reads section "pose".</summary>
        internal static PoseGroup Read(ArraySegment<byte> bytes, int joints, int frames)
        {
            const string code = RefusalCodes.PoseInvalid;
            var cursor = Cursor.OfSection(bytes, FormatConstants.Section.Pose, FormatConstants.Pose.Layout);
            int rows = 3 + 3 * joints, others = frames - 1;
            double translationStep = ReadStep(cursor), rotationStep = ReadStep(cursor);
            var orders = IntegerTable.Read(
                cursor, 1, rows, false, new IntegerRange("order", 0, FormatConstants.Pose.MaxOrder, code));
            var first = IntegerTable.Read(cursor, RowLengths.Equal(1, rows));
            var rest = IntegerTable.Read(cursor, RowLengths.Equal(rows, others));
            cursor.Finish();
            var group = new PoseGroup(frames, joints);
            var steps = new double[frames];
            var vectors = new double[3 * joints * frames];
            for (var row = 0; row < rows; row++)
            {
                steps[0] = first[row];
                for (var t = 1; t < frames; t++)
                {
                    steps[t] = rest[row * others + t - 1];
                }
                Sum(steps, orders[row], cursor.Name);
                for (var t = 0; t < frames; t++)
                {
                    if (row < 3)
                    {
                        group.RootTranslationM[3 * t + row] = (float)(steps[t] * translationStep);
                    }
                    else
                    {
                        vectors[3 * joints * t + row - 3] = steps[t] * rotationStep;
                    }
                }
            }
            for (var i = 0; i < joints * frames; i++)
            {
                var vector = new Vec3(vectors[3 * i], vectors[3 * i + 1], vectors[3 * i + 2]);
                Quat.FromRotationVector(vector).WriteRow(group.JointRotationsWxyz, i);
            }
            AbsurdValues.Refuse(group.RootTranslationM, cursor.Name);
            return group;
        }

        // Doubles hold every sum of sums exactly that passes the limit in the end.
        private static void Sum(double[] values, int order, string name)
        {
            for (; order > 0; order--)
            {
                for (var t = 1; t < values.Length; t++)
                {
                    values[t] += values[t - 1];
                }
            }
            foreach (var value in values)
            {
                if (Math.Abs(value) > FormatConstants.Pose.MaxSteps)
                {
                    throw new RefusalException(RefusalCodes.PoseInvalid, name, $"{value} steps");
                }
            }
        }

        private static double ReadStep(Cursor cursor)
        {
            var step = cursor.ReadFloat();
            var known = step > 0 && step < FormatConstants.Pose.StepBelow;
            Refuse.Unless(known, RefusalCodes.PoseInvalid, cursor.Name, $"a step of {step}");
            return step;
        }
    }
}
