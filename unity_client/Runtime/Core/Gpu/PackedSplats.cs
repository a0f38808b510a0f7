using System;

namespace Ani3d
{
    /// <summary>
    /// The Gaussians of a package as the GPU reads them: the buffers <i>splats</i> and <i>harmonics</i> of
    /// shaders/README.md. The first n of them are those of the coarser levels of detail.
    /// </summary>
    public sealed class PackedSplats
    {
        /// <summary>Uints of a Gaussian in <see cref="Splats"/>.</summary>
        public const int UintsEach = 16;

        /// <summary>Track of a Gaussian that has no detail.</summary>
        public const uint NoTrack = 0xFFFFFFFF;

        private const uint HangsOnNodes = 1u << 30;
        private const double Unorm16 = 65535;
        private const double Snorm16 = 32767;
        private readonly SplatCloud _cloud;
        private readonly ResidualModel _model;

        private PackedSplats(SplatCloud cloud, ResidualModel model)
        {
            _cloud = cloud;
            _model = model;
            Count = cloud.Count;
            ShDegree = cloud.ShDegree;
            HarmonicUints = (3 * (cloud.HarmonicCount - 1) + 1) / 2;
            Splats = new uint[UintsEach * Count];
            Harmonics = new uint[HarmonicUints * Count];
        }

        /// <summary>N.</summary>
        public int Count { get; }

        /// <summary>Degree of spherical harmonics, 0 to 3.</summary>
        public int ShDegree { get; }

        /// <summary>Uints of a Gaussian in <see cref="Harmonics"/>; 0 where the degree is 0.</summary>
        public int HarmonicUints { get; }

        /// <summary>[N, 16], 64 bytes a Gaussian.</summary>
        public uint[] Splats { get; }

        /// <summary>[N, <see cref="HarmonicUints"/>] halves of the degrees 1 and above.</summary>
        public uint[] Harmonics { get; }

        /// <summary>Packs Gaussians.</summary>
        /// <param name="cloud">as they are stored.</param>
        /// <param name="model">of the package; null where there is none.</param>
        /// <param name="tracks">of the package; null where it has no detail.</param>
        public static PackedSplats Of(SplatCloud cloud, ResidualModel model, TrackUnion tracks)
        {
            var packed = new PackedSplats(cloud, model);
            for (var i = 0; i < cloud.Count; i++)
            {
                packed.PackShape(i);
                packed.PackBinding(i);
                packed.PackHarmonics(i);
            }
            for (var track = 0; tracks != null && track < tracks.Count; track++)
            {
                packed.Splats[UintsEach * tracks.Gaussians[track] + 3] = (uint)track;
            }
            return packed;
        }

        private void PackShape(int i)
        {
            int at = UintsEach * i, row = 3 * i, colour = 3 * _cloud.HarmonicCount * i;
            for (var axis = 0; axis < 3; axis++)
            {
                Splats[at + axis] = Bits(_cloud.MeansM[row + axis]);
                Splats[at + 4 + axis] = Bits(_cloud.ScalesM[row + axis]);
            }
            Splats[at + 3] = NoTrack;
            Splats[at + 7] = Unsigned(_cloud.Opacities[i]) | HalfFloat.BitsOf(_cloud.Sh[colour + 2]) << 16;
            var quat = Quat.Row(_cloud.QuatsWxyz, i).Normalised();
            Splats[at + 8] = Signed(quat.W) | Signed(quat.X) << 16;
            Splats[at + 9] = Signed(quat.Y) | Signed(quat.Z) << 16;
            Splats[at + 11] = HalfFloat.Pair(_cloud.Sh[colour], _cloud.Sh[colour + 1]);
        }

        private void PackBinding(int i)
        {
            int at = UintsEach * i, slot = 4 * i;
            var joints = _cloud.Joints;
            Splats[at + 10] = joints[slot] | (uint)joints[slot + 1] << 8 | (uint)joints[slot + 2] << 16
                | (uint)joints[slot + 3] << 24;
            var weights = _cloud.Weights;
            Splats[at + 12] = Unsigned(weights[slot + 1]) | Unsigned(weights[slot + 2]) << 16;
            Splats[at + 13] = Unsigned(weights[slot + 3]) | (uint)_cloud.Parts[i] << 16;
            if (_model == null || _model.NodeCount == 0)
            {
                return;
            }
            uint w0 = NodeUnits(slot), w1 = NodeUnits(slot + 1), w2 = NodeUnits(slot + 2), w3 = NodeUnits(slot + 3);
            if (w0 + w1 + w2 + w3 == 0)
            {
                return;
            }
            var nodes = _model.NodeIndices;
            Splats[at + 14] = (uint)nodes[slot] | (uint)nodes[slot + 1] << 10 | (uint)nodes[slot + 2] << 20 | HangsOnNodes;
            Splats[at + 15] = (uint)nodes[slot + 3] | w1 << 10 | w2 << 17 | w3 << 24;
        }

        private void PackHarmonics(int i)
        {
            var from = 3 * _cloud.HarmonicCount * i + 3;
            var left = 3 * (_cloud.HarmonicCount - 1);
            for (var at = HarmonicUints * i; left > 0; at++, from += 2, left -= 2)
            {
                Harmonics[at] = HalfFloat.Pair(_cloud.Sh[from], left > 1 ? _cloud.Sh[from + 1] : 0);
            }
        }

        private uint NodeUnits(int slot)
        {
            return (uint)Math.Round(_model.NodeWeights[slot] * (double)FormatConstants.Model.WeightUnits);
        }

        private static uint Bits(float value)
        {
            return unchecked((uint)Floats.ToBits(value));
        }

        private static uint Unsigned(double value)
        {
            return (uint)Math.Round(Math.Min(Math.Max(value, 0), 1) * Unorm16);
        }

        private static uint Signed(double value)
        {
            return unchecked((uint)(int)Math.Round(Math.Min(Math.Max(value, -1), 1) * Snorm16)) & 0xFFFF;
        }
    }
}
