using System;

namespace Ani3d
{
    /// <summary>What the GPU was last told of an avatar: a frame that says the same needs no kernels.</summary>
    public sealed class FrameMemory
    {
        private readonly float[] _joints;
        private readonly float[] _nodes;
        private readonly long[] _slots = new long[2 * GpuFrame.MostSources];
        private readonly (int Clip, bool HasDetail, float Fraction, float Share)[] _sources =
            new (int, bool, float, float)[GpuFrame.MostSources];

        private GpuFrame _frame;
        private long _version;
        private int _sourceCount;

        /// <summary>Creates a memory that knows nothing yet.</summary>
        /// <param name="jointCount">J.</param>
        /// <param name="nodeCount">M.</param>
        public FrameMemory(int jointCount, int nodeCount)
        {
            _joints = new float[GpuFrame.JointFloats * jointCount];
            _nodes = new float[GpuFrame.NodeFloats * nodeCount];
        }

        /// <summary>Takes a frame.</summary>
        /// <returns>Whether it is another one than before.</returns>
        public bool Take(GpuFrame frame)
        {
            if (ReferenceEquals(frame, _frame) && frame.Version == _version)
            {
                return false;
            }
            var isOther = !ReferenceEquals(frame, _frame) || frame.SourceCount != _sourceCount;
            (_frame, _version, _sourceCount) = (frame, frame.Version, frame.SourceCount);
            for (var k = 0; k < frame.SourceCount; k++)
            {
                var source = frame.Sources[k];
                var said = (source.Clip, source.HasDetail, source.Fraction, source.Share);
                isOther |= !said.Equals(_sources[k]) || frame.Slots[2 * k].Version != _slots[2 * k]
                    || frame.Slots[2 * k + 1].Version != _slots[2 * k + 1];
                _sources[k] = said;
                _slots[2 * k] = frame.Slots[2 * k].Version;
                _slots[2 * k + 1] = frame.Slots[2 * k + 1].Version;
            }
            return Differs(frame.Joints, _joints) | Differs(frame.Nodes, _nodes) | isOther;
        }

        private static bool Differs(float[] now, float[] before)
        {
            for (var i = 0; i < now.Length; i++)
            {
                if (now[i] != before[i])
                {
                    Array.Copy(now, i, before, i, now.Length - i);
                    return true;
                }
            }
            return false;
        }
    }
}
