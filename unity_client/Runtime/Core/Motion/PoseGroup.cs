using System;

namespace Ani3d
{
    /// <summary>Root translation and joint rotations of F frames (SPEC.md, "pose").</summary>
    public sealed class PoseGroup
    {
        private double[] _steps = Array.Empty<double>();
        private double[] _vectors = Array.Empty<double>();

        /// <summary>Creates room for a group.</summary>
        internal PoseGroup()
        {
        }

        /// <summary>[F, 3] root translation, metres.</summary>
        public float[] RootTranslationM { get; private set; } = Array.Empty<float>();

        /// <summary>[F, J, 4] local rotations relative to the zero pose.</summary>
        public float[] JointRotationsWxyz { get; private set; } = Array.Empty<float>();

        /// <summary>Reads section "pose", in place of what was here.</summary>
        internal void Read(ArraySegment<byte> bytes, int joints, int frames, DecodeRooms decoding)
        {
            const string code = RefusalCodes.PoseInvalid;
            var cursor = Cursor.OfSection(bytes, FormatConstants.Section.Pose, FormatConstants.Pose.Layout, decoding);
            int rows = 3 + 3 * joints, others = frames - 1;
            double translationStep = ReadStep(cursor), rotationStep = ReadStep(cursor);
            var orders = IntegerTable.Read(
                cursor, 1, rows, false, new IntegerRange("order", 0, FormatConstants.Pose.MaxOrder, code));
            var first = IntegerTable.Read(cursor, RowLengths.Equal(1, rows));
            var rest = IntegerTable.Read(cursor, RowLengths.Equal(rows, others));
            cursor.Finish();
            MakeRoom(joints, frames);
            double[] steps = _steps, vectors = _vectors;
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
                        RootTranslationM[3 * t + row] = (float)(steps[t] * translationStep);
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
                Quat.FromRotationVector(vector).WriteRow(JointRotationsWxyz, i);
            }
            AbsurdValues.Refuse(RootTranslationM, cursor.Name);
        }

        // Lengths say how many frames and joints there are.
        private void MakeRoom(int joints, int frames)
        {
            if (RootTranslationM.Length != 3 * frames || JointRotationsWxyz.Length != 4 * joints * frames)
            {
                RootTranslationM = new float[3 * frames];
                JointRotationsWxyz = new float[4 * joints * frames];
                _steps = new double[frames];
                _vectors = new double[3 * joints * frames];
            }
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
