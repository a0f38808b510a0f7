using System;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>Works out a slot of detail as the kernels DetailCosines and DetailParents do, in double precision.</summary>
    internal static class SlotReader
    {
        /// <summary>One channel of one frame.</summary>
        /// <param name="group">the buffer group.</param>
        /// <param name="cosines">[F] C_f(t).</param>
        /// <param name="parents">the buffer parents; null for none.</param>
        /// <param name="ofRotation">whether weights of rotations hold.</param>
        /// <param name="tracks">T.</param>
        /// <returns>[T] values.</returns>
        public static Vec3[] Values(uint[] group, float[] cosines, PackedParents parents, bool ofRotation, int tracks)
        {
            int frames = (int)group[0], columns = (int)group[1], steps = (int)group[2];
            Assert.That(columns, Is.EqualTo(tracks), "a column for each track");
            int rows = 4 + steps, column = rows + 2 * frames;
            var values = new Vec3[tracks];
            var isWritten = new bool[tracks];
            for (var c = 0; c < columns; c++)
            {
                var track = Bits.Field(group[column + c], 0, 26);
                Assert.That(isWritten[track], Is.False, "a track of two columns");
                isWritten[track] = true;
                var step = Bits.Float(group[4 + Bits.Field(group[column + c], 26, 6)]);
                var sum = default(Vec3);
                for (var f = 0; f < frames && c < group[rows + 2 * f]; f++)
                {
                    sum += cosines[f] * Coefficients(group, rows + 2 * f, c);
                }
                values[track] = step * sum;
            }
            AddParents(values, parents, ofRotation);
            return values;
        }

        private static Vec3 Coefficients(uint[] group, int row, int column)
        {
            int count = (int)group[row], place = Bits.Field(group[row + 1], 0, 30), width = 8 << Bits.Field(group[row + 1], 30, 2);
            var each = 32 / width;
            var stride = (count + each - 1) / each;
            var found = new double[3];
            for (var axis = 0; axis < 3; axis++)
            {
                var word = unchecked((int)group[place + axis * stride + column / each]);
                found[axis] = word << (32 - width - width * (column % each)) >> (32 - width);
            }
            return new Vec3(found[0], found[1], found[2]);
        }

        private static void AddParents(Vec3[] values, PackedParents parents, bool ofRotation)
        {
            var done = 0;
            for (var s = 0; parents != null && s < parents.Stages.Count; s++)
            {
                var stage = parents.Stages[s];
                Assert.That(stage.First, Is.EqualTo(done), "stages side by side");
                done += stage.Count;
                // As on the GPU: a stage reads what was there before it, in any order.
                var before = (Vec3[])values.Clone();
                for (var row = 8 * stage.First; row < 8 * done; row += 8)
                {
                    for (var k = 0; k < 4; k++)
                    {
                        var weight = ofRotation ? Bits.Signed(parents.Words[row + 6], k) / 64.0
                            : Bits.Signed(parents.Words[row + 5], k) / 32.0;
                        values[parents.Words[row + 4]] += weight * before[parents.Words[row + k]];
                    }
                }
            }
            Assert.That(parents == null || parents.Words.Length == 8 * done, Is.True, "rows of no stage");
        }
    }
}
