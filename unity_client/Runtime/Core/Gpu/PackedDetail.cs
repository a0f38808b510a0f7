using System;

namespace Ani3d
{
    /// <summary>
    /// One channel of detail of one group of frames as the GPU reads it: the buffer <i>group</i> of shaders/README.md. A
    /// row of coefficients is as narrow as its largest one allows.
    /// </summary>
    public sealed class PackedDetail
    {
        /// <summary>Highest bit of the track of a column; the step lies above.</summary>
        internal const int StepShift = 26;

        /// <summary>Lowest bit of the width of a row; its place lies below.</summary>
        internal const int WidthShift = 30;

        private const int Head = 4;
        private const uint PlaceMask = (1u << WidthShift) - 1;

        private byte[] _widths = Array.Empty<byte>();

        /// <summary>The buffer; only the first <see cref="Count"/> uints are of it.</summary>
        public uint[] Words { get; private set; } = Array.Empty<uint>();

        /// <summary>Uints of the buffer.</summary>
        public int Count { get; private set; }

        /// <summary>F, frames of the group.</summary>
        public int FrameCount => (int)Words[0];

        /// <summary>C, columns: one for each track of the package.</summary>
        public int ColumnCount => (int)Words[1];

        private int Columns => Rows + 2 * FrameCount;

        private int Rows => Head + (int)Words[2];

        /// <summary>Detail that is zero, for groups that a channel is missing in: one frame whose cosine is any.</summary>
        /// <param name="tracks">T.</param>
        internal static PackedDetail Zero(int tracks)
        {
            var zero = new PackedDetail();
            zero.Begin(1, tracks, new float[1], new int[1], Array.Empty<int>());
            for (var track = 0; track < tracks; track++)
            {
                zero.SetColumn(track, track, 0);
            }
            return zero;
        }

        /// <summary>Writes all but the columns.</summary>
        /// <param name="frames">F.</param>
        /// <param name="columns">C.</param>
        /// <param name="steps">K of them.</param>
        /// <param name="lengths">[F] columns that have a coefficient f.</param>
        /// <param name="coefficients">of each f those of x, of y and of z.</param>
        internal void Begin(int frames, int columns, float[] steps, int[] lengths, int[] coefficients)
        {
            var at = Head + steps.Length + 2 * frames + columns;
            Reserve(at + FindWidths(lengths, coefficients));
            Words[0] = (uint)frames;
            Words[1] = (uint)columns;
            Words[2] = (uint)steps.Length;
            Words[3] = 0;
            for (var step = 0; step < steps.Length; step++)
            {
                Words[Head + step] = unchecked((uint)Floats.ToBits(steps[step]));
            }
            for (int f = 0, from = 0; f < frames; f++)
            {
                int width = _widths[f];
                Words[Rows + 2 * f] = (uint)lengths[f];
                Words[Rows + 2 * f + 1] = (uint)at | (uint)width << WidthShift;
                for (var axis = 0; axis < 3; axis++, from += lengths[f])
                {
                    at = Pack(coefficients, from, lengths[f], width, at);
                }
            }
            Count = at;
        }

        /// <summary>Writes a column.</summary>
        internal void SetColumn(int column, int track, int step)
        {
            Words[Columns + column] = (uint)track | (uint)step << StepShift;
        }

        /// <summary>The step of a column.</summary>
        internal double StepOf(int column)
        {
            return Floats.FromBits(unchecked((int)Words[Head + (int)(Words[Columns + column] >> StepShift)]));
        }

        /// <summary>Columns that have a coefficient f.</summary>
        internal int LengthOf(int f)
        {
            return (int)Words[Rows + 2 * f];
        }

        /// <summary>Adds the coefficients f, times a number, to sums of columns.</summary>
        /// <param name="f">0 to F - 1.</param>
        /// <param name="gain">the number.</param>
        /// <param name="sums">[3, stride].</param>
        /// <param name="stride">columns, and up to three more, so that whole uints fit.</param>
        internal void AddTo(int f, double gain, double[] sums, int stride)
        {
            var word = Words[Rows + 2 * f + 1];
            int length = LengthOf(f), width = (int)(word >> WidthShift), at = (int)(word & PlaceMask);
            for (var axis = 0; axis < 3; axis++)
            {
                var to = axis * stride;
                at = width == 0 ? AddBytes(at, length, gain, sums, to)
                    : width == 1 ? AddShorts(at, length, gain, sums, to) : AddIntegers(at, length, gain, sums, to);
            }
        }

        private int AddBytes(int at, int length, double gain, double[] sums, int to)
        {
            var words = Words;
            for (var end = to + length; to < end; to += 4)
            {
                var word = unchecked((int)words[at++]);
                sums[to] += gain * (word << 24 >> 24);
                sums[to + 1] += gain * (word << 16 >> 24);
                sums[to + 2] += gain * (word << 8 >> 24);
                sums[to + 3] += gain * (word >> 24);
            }
            return at;
        }

        private int AddShorts(int at, int length, double gain, double[] sums, int to)
        {
            var words = Words;
            for (var end = to + length; to < end; to += 2)
            {
                var word = unchecked((int)words[at++]);
                sums[to] += gain * (word << 16 >> 16);
                sums[to + 1] += gain * (word >> 16);
            }
            return at;
        }

        private int AddIntegers(int at, int length, double gain, double[] sums, int to)
        {
            for (var end = to + length; to < end; to++)
            {
                sums[to] += gain * unchecked((int)Words[at++]);
            }
            return at;
        }

        private void Reserve(int count)
        {
            if (Words.Length < count)
            {
                // A little more where groups grow, so that not each needs another array.
                Words = new uint[Words.Length == 0 ? count : count + count / 8];
            }
        }

        // Uints of all rows.
        private int FindWidths(int[] lengths, int[] coefficients)
        {
            if (_widths.Length < lengths.Length)
            {
                _widths = new byte[lengths.Length];
            }
            var count = 0;
            for (int f = 0, from = 0; f < lengths.Length; f++)
            {
                _widths[f] = WidthOf(coefficients, from, 3 * lengths[f]);
                var each = 4 >> _widths[f];
                count += 3 * ((lengths[f] + each - 1) / each);
                from += 3 * lengths[f];
            }
            return count;
        }

        private static byte WidthOf(int[] values, int from, int count)
        {
            // Of a negative number the one's complement: -128 takes as many bits as 127.
            var size = 0;
            for (var end = from + count; from < end; from++)
            {
                size |= values[from] ^ (values[from] >> 31);
            }
            return size <= sbyte.MaxValue ? (byte)0 : size <= short.MaxValue ? (byte)1 : (byte)2;
        }

        private int Pack(int[] values, int from, int count, int width, int at)
        {
            var words = Words;
            var end = from + count;
            switch (width)
            {
                case 0:
                    for (; from + 4 <= end; from += 4)
                    {
                        words[at++] = (uint)(values[from] & 255 | (values[from + 1] & 255) << 8
                            | (values[from + 2] & 255) << 16 | values[from + 3] << 24);
                    }
                    return from == end ? at : PackRest(values, from, end, 8, at);
                case 1:
                    for (; from + 2 <= end; from += 2)
                    {
                        words[at++] = (uint)(values[from] & 65535 | values[from + 1] << 16);
                    }
                    return from == end ? at : PackRest(values, from, end, 16, at);
                default:
                    for (; from < end; from++)
                    {
                        words[at++] = unchecked((uint)values[from]);
                    }
                    return at;
            }
        }

        // The last uint of an axis, with zeros behind its coefficients.
        private int PackRest(int[] values, int from, int end, int bits, int at)
        {
            uint word = 0;
            for (var shift = 0; from < end; from++, shift += bits)
            {
                word |= unchecked((uint)values[from] & ((1u << bits) - 1)) << shift;
            }
            Words[at] = word;
            return at + 1;
        }
    }
}
