using System;
using System.IO;

namespace Ani3d.ClientProgram
{
    /// <summary>Frames as bytes that Python's numpy reads: time, index, epoch, then float64 of pose and nodes, or float32.</summary>
    internal sealed class FrameFile : IDisposable
    {
        private readonly BinaryWriter _writer;

        public FrameFile(string path)
        {
            _writer = new BinaryWriter(path == null ? Stream.Null : File.Create(path));
        }

        public int Count { get; private set; }

        public void Add(StreamedFrame frame)
        {
            Count++;
            _writer.Write(frame.TimeS);
            _writer.Write((double)frame.FrameIndex);
            _writer.Write((double)frame.Epoch);
            if (frame.Full != null)
            {
                var full = frame.Full;
                _writer.Write((double)full.Count);
                Add(full.MeansM, 3 * full.Count);
                Add(full.Rotations, 4 * full.Count);
                Add(full.ScalesM, 3 * full.Count);
                Add(full.Opacities, full.Count);
                Add(full.Colours, 3 * full.Count);
            }
            else
            {
                Add(frame.Light);
            }
            _writer.Flush();
        }

        public void Dispose()
        {
            _writer.Dispose();
        }

        private void Add(AvatarFrame light)
        {
            _writer.Write((double)light.JointRotations.Length);
            _writer.Write((double)light.NodeRotations.Length);
            _writer.Write((double)(light.Detail?.Gaussians.Length ?? 0));
            Add(light.RootTranslationM);
            Array.ForEach(light.JointRotations, Add);
            Array.ForEach(light.NodeDisplacementsM, Add);
            Array.ForEach(light.NodeRotations, Add);
            if (light.Detail != null)
            {
                Array.ForEach(light.Detail.Gaussians, number => _writer.Write((double)number));
                Array.ForEach(light.Detail.PositionM, Add);
                Array.ForEach(light.Detail.Rotation, Add);
            }
        }

        private void Add(float[] values, int count)
        {
            for (var k = 0; k < count; k++)
            {
                _writer.Write((double)values[k]);
            }
        }

        private void Add(Vec3 value)
        {
            _writer.Write(value.X);
            _writer.Write(value.Y);
            _writer.Write(value.Z);
        }

        private void Add(Quat value)
        {
            _writer.Write(value.W);
            _writer.Write(value.X);
            _writer.Write(value.Y);
            _writer.Write(value.Z);
        }
    }
}
