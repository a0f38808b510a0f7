using System;
using UnityEngine;
using UnityEngine.Rendering;

namespace Ani3d
{
    /// <summary>What one avatar has of its own on the GPU, and the kernels that bring it up to date.</summary>
    internal sealed class AvatarBuffers : IDisposable
    {
        private const int Row = 16;
        private const int PosedRows = 3;
        private const int JointRows = 4;
        private const int NodeRows = 2;
        private const int FloatsOfTrack = 3;
        private const int ShapeVectors = 16;

        // Version of a slot that holds zeros.
        private const long Nothing = -1;
        private static readonly DetailChannel[] s_channels =
        {
            DetailChannel.Position, DetailChannel.Rotation, DetailChannel.Scale, DetailChannel.Colour,
        };

        private static readonly Vector4[] s_noShapes = new Vector4[ShapeVectors];
        private readonly SharedAvatar _shared;
        private readonly PlayableAvatar _playable;
        private readonly long[] _slotVersions = new long[2 * GpuFrame.MostSources];
        private readonly NodeGain _nodeGain;
        private readonly float[] _scaledCosines;
        private readonly int _channelBits;
        private readonly int _mostFrames;
        private GraphicsBuffer _posed;
        private GraphicsBuffer _joints;
        private GraphicsBuffer _nodes;
        private GraphicsBuffer _detail;
        private GraphicsBuffer _cosines;
        private int _posedCapacity;
        private int _slots;
        private float _gain = 1;

        /// <summary>Creates buffers that hold nothing yet.</summary>
        public AvatarBuffers(SharedAvatar shared)
        {
            _shared = shared;
            _playable = shared.Playable;
            _mostFrames = _playable.Package.Manifest.FramesPerGroup;
            _scaledCosines = new float[_mostFrames];
            _nodeGain = new NodeGain(_playable);
            foreach (var channel in s_channels)
            {
                _channelBits |= _playable.PlaceOf(channel) >= 0 ? 1 << (int)channel : 0;
            }
        }

        /// <summary>3 uint4 a Gaussian.</summary>
        public GraphicsBuffer Posed => _posed;

        /// <summary>Whether the driver has lost what was there.</summary>
        public bool IsLost => _posed != null && !_posed.IsValid();

        private int PlaneFloats => FloatsOfTrack * _playable.Tracks.Count;

        private int SlotFloats => _playable.DetailChannelCount * PlaneFloats;

        /// <summary>Uploads a frame, and records what makes posed Gaussians of it.</summary>
        /// <param name="commands">to be added to.</param>
        /// <param name="kernels">of this run.</param>
        /// <param name="frame">what is shown.</param>
        /// <param name="pose">pose and node motion of the frame.</param>
        /// <param name="fade">at which level.</param>
        /// <param name="gain">times the residual layer: 0 leaves the rigid layer alone.</param>
        /// <returns>Gaussians that are posed.</returns>
        public int Record(
            CommandBuffer commands, DrawingKernels kernels, GpuFrame frame, AvatarFrame pose, LevelFade fade, float gain)
        {
            _shared.Buffers.Upload();
            var count = _shared.LevelEnds[fade.Drawn];
            var sources = gain != 0 && SlotFloats > 0 ? frame.SourceCount : 0;
            Reserve(count, sources);
            if (gain != _gain)
            {
                Forget();
                _gain = gain;
            }
            _joints.SetData(frame.Joints, 0, 0, frame.Joints.Length);
            if (frame.Nodes.Length > 0)
            {
                _nodes.SetData(_nodeGain.Rows(frame, pose, gain), 0, 0, frame.Nodes.Length);
            }
            for (var source = 0; source < sources; source++)
            {
                RecordSource(commands, kernels, frame, source);
            }
            RecordDeform(commands, kernels, frame, fade, count, sources);
            return count;
        }

        /// <summary>Detail of another player follows: versions of its slots say nothing about what is here.</summary>
        public void Forget()
        {
            Array.Clear(_slotVersions, 0, _slotVersions.Length);
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            _posed?.Dispose();
            _joints?.Dispose();
            _nodes?.Dispose();
            _detail?.Dispose();
            _cosines?.Dispose();
            _posed = _joints = _nodes = _detail = _cosines = null;
            _slots = _posedCapacity = 0;
        }

        private void Reserve(int count, int sources)
        {
            if (IsLost)
            {
                Dispose();
            }
            if (_joints == null)
            {
                _joints = Rows(JointRows * _playable.JointCount, "ani3d joints");
                _nodes = Rows(NodeRows * Math.Max(_playable.NodeCount, 1), "ani3d nodes");
            }
            if (count > _posedCapacity)
            {
                _posedCapacity = count;
                _posed?.Dispose();
                _posed = Rows(PosedRows * count, "ani3d posed");
            }
            if (2 * sources > _slots && SlotFloats > 0)
            {
                _slots = 2 * sources;
                _detail?.Dispose();
                _cosines?.Dispose();
                _detail = Words(_slots * SlotFloats, "ani3d detail");
                _cosines = Words(_slots * _mostFrames, "ani3d cosines");
                Forget();
            }
        }

        // Both frames of a source, where they are others than before.
        private void RecordSource(CommandBuffer commands, DrawingKernels kernels, GpuFrame frame, int source)
        {
            if (!frame.Sources[source].HasDetail)
            {
                RecordNothing(commands, kernels, 2 * source);
                return;
            }
            var parents = _playable.ParentsOf(frame.Sources[source].Clip);
            for (var slot = 2 * source; slot < 2 * source + 2; slot++)
            {
                var content = frame.Slots[slot];
                if (content.Version != _slotVersions[slot])
                {
                    _slotVersions[slot] = content.Version;
                    RecordCosines(commands, kernels, slot, content);
                    RecordParents(commands, kernels, slot, parents);
                }
            }
        }

        // A clip without detail takes part in mixing all the same: with zeros.
        private void RecordNothing(CommandBuffer commands, DrawingKernels kernels, int slot)
        {
            if (_slotVersions[slot] == Nothing)
            {
                return;
            }
            _slotVersions[slot] = Nothing;
            var packed = _playable.NoDetail;
            for (var place = 0; place < _playable.DetailChannelCount; place++)
            {
                RecordChannel(commands, kernels, slot, place, packed, _shared.Buffers.GroupOf(packed, -1, -1));
            }
        }

        private void RecordCosines(CommandBuffer commands, DrawingKernels kernels, int slot, DetailSlot content)
        {
            var group = content.Group;
            var frames = group.Group.FrameCount;
            for (var f = 0; f < frames; f++)
            {
                // Detail is linear in them, rotation vectors too.
                _scaledCosines[f] = _gain * content.Cosines[f];
            }
            _cosines.SetData(_scaledCosines, 0, slot * _mostFrames, frames);
            foreach (var channel in s_channels)
            {
                var place = _playable.PlaceOf(channel);
                if (place >= 0)
                {
                    var packed = _playable.DetailOf(group.Group, channel);
                    var isNothing = ReferenceEquals(packed, _playable.NoDetail);
                    var buffer = _shared.Buffers.GroupOf(packed, isNothing ? -1 : group.Clip, isNothing ? -1 : group.Number);
                    RecordChannel(commands, kernels, slot, place, packed, buffer);
                }
            }
        }

        private void RecordChannel(
            CommandBuffer commands, DrawingKernels kernels, int slot, int place, PackedDetail packed, GraphicsBuffer group)
        {
            var kernel = kernels.DetailCosines;
            kernel.Set(commands, ShaderIds.FirstCosine, slot * _mostFrames);
            kernel.Set(commands, ShaderIds.DetailStart, slot * SlotFloats + place * PlaneFloats);
            kernel.Set(commands, ShaderIds.Group, group);
            kernel.Set(commands, ShaderIds.Cosines, _cosines);
            kernel.Set(commands, ShaderIds.Detail, _detail);
            kernel.DispatchThreads(commands, packed.ColumnCount);
        }

        private void RecordParents(CommandBuffer commands, DrawingKernels kernels, int slot, PackedParents parents)
        {
            var kernel = kernels.DetailParents;
            for (var k = 0; k < parents.Stages.Count; k++)
            {
                var stage = parents.Stages[k];
                kernel.Set(commands, ShaderIds.FirstParents, stage.First);
                kernel.Set(commands, ShaderIds.StageTracks, stage.Count);
                kernel.Set(commands, ShaderIds.Tracks, _playable.Tracks.Count);
                kernel.Set(commands, ShaderIds.Channels, _channelBits);
                kernel.Set(commands, ShaderIds.DetailStart, slot * SlotFloats);
                kernel.Set(commands, ShaderIds.Parents, _shared.Buffers.ParentsOf(parents));
                kernel.Set(commands, ShaderIds.Detail, _detail);
                kernel.DispatchThreads(commands, stage.Count, _playable.DetailChannelCount);
            }
        }

        private void RecordDeform(
            CommandBuffer commands, DrawingKernels kernels, GpuFrame frame, LevelFade fade, int count, int sources)
        {
            var shared = _shared.Buffers;
            var last = _shared.LevelEnds.Length - 1;
            var next = Math.Min(fade.Coarse + 1, last);
            var fractions = default(Vector4);
            var shares = default(Vector4);
            for (var k = 0; k < sources; k++)
            {
                fractions[k] = frame.Sources[k].HasDetail ? frame.Sources[k].Fraction : 0;
                shares[k] = frame.Sources[k].Share;
            }
            var kernel = kernels.Deform;
            kernel.Set(commands, ShaderIds.Gaussians, count);
            kernel.Set(commands, ShaderIds.Tracks, _playable.Tracks.Count);
            kernel.Set(commands, ShaderIds.Channels, _channelBits);
            kernel.Set(commands, ShaderIds.Sources, sources);
            kernel.Set(commands, ShaderIds.FrameShares, fractions);
            kernel.Set(commands, ShaderIds.SourceShares, shares);
            kernel.Set(commands, ShaderIds.Shapes, 0);
            kernel.Set(commands, ShaderIds.ShapeGaussians, 0);
            kernel.Set(commands, ShaderIds.ShapeWeights, s_noShapes);
            kernel.Set(commands, ShaderIds.LookCount, fade.Coarse < last ? _shared.LevelEnds[fade.Coarse] : 0);
            kernel.Set(commands, ShaderIds.NextLookCount, next < last ? _shared.LevelEnds[next] : 0);
            kernel.Set(commands, ShaderIds.LevelShare, fade.Coarse < last ? (float)fade.Share : 1f);
            kernel.Set(commands, ShaderIds.SplatRows, shared.Splats);
            kernel.Set(commands, ShaderIds.Looks, shared.LooksOf(fade.Coarse));
            kernel.Set(commands, ShaderIds.NextLooks, shared.LooksOf(next));
            kernel.Set(commands, ShaderIds.Joints, _joints);
            kernel.Set(commands, ShaderIds.Nodes, _nodes);
            kernel.Set(commands, ShaderIds.Detail, sources > 0 ? _detail : shared.NoWords);
            kernel.Set(commands, ShaderIds.Correctives, shared.NoRows);
            kernel.Set(commands, ShaderIds.Posed, _posed);
            kernel.DispatchThreads(commands, count);
        }

        private static GraphicsBuffer Rows(int count, string name)
        {
            return new GraphicsBuffer(GraphicsBuffer.Target.Structured, count, Row) { name = name };
        }

        private static GraphicsBuffer Words(int count, string name)
        {
            return new GraphicsBuffer(GraphicsBuffer.Target.Structured, count, sizeof(uint)) { name = name };
        }
    }
}
