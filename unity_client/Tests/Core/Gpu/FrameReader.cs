using System;

namespace Ani3d.Tests
{
    /// <summary>
    /// The runtime equation, worked out from what is uploaded to the GPU alone: the chain that the kernels are, in double
    /// precision.
    /// </summary>
    internal sealed class FrameReader
    {
        private readonly PlayableAvatar _avatar;
        private readonly GpuFrame _frame;
        private readonly uint[] _splats;
        private readonly uint[] _look;
        private readonly Vec3[][][] _slots = new Vec3[8][][];

        /// <summary>Reads a frame.</summary>
        public FrameReader(PlayableAvatar avatar, GpuFrame frame, PackedSplats splats, PackedLook look)
        {
            _avatar = avatar;
            _frame = frame;
            _splats = splats.Splats;
            _look = look?.Words;
            for (var slot = 0; slot < 2 * frame.SourceCount; slot++)
            {
                if (frame.Sources[slot / 2].HasDetail)
                {
                    _slots[slot] = Slot(frame.Slots[slot]);
                }
            }
        }

        /// <summary>Mean of a Gaussian, metres.</summary>
        public Vec3 Mean { get; private set; }

        /// <summary>Its covariance, square metres.</summary>
        public Mat3 Covariance { get; private set; }

        /// <summary>Its degree-0 harmonics.</summary>
        public Vec3 Colour { get; private set; }

        /// <summary>Works out Gaussian i.</summary>
        public void Pose(int i)
        {
            var at = 16 * i;
            var mean = new Vec3(Bits.Float(_splats[at]), Bits.Float(_splats[at + 1]), Bits.Float(_splats[at + 2]));
            var scale = new Vec3(Bits.Float(_splats[at + 4]), Bits.Float(_splats[at + 5]), Bits.Float(_splats[at + 6]));
            var colour = new Vec3(Bits.Half(_splats[at + 11], 0), Bits.Half(_splats[at + 11], 1), Bits.Half(_splats[at + 7], 1));
            var quat = new Quat(
                Bits.Snorm(_splats[at + 8], 0), Bits.Snorm(_splats[at + 8], 1), Bits.Snorm(_splats[at + 9], 0),
                Bits.Snorm(_splats[at + 9], 1)).Normalised();
            if (_look != null)
            {
                var l = 8 * i;
                mean += new Vec3(Bits.Float(_look[l]), Bits.Float(_look[l + 1]), Bits.Float(_look[l + 2]));
                scale = Scaled(scale, new Vec3(Bits.Float(_look[l + 4]), Bits.Float(_look[l + 5]), Bits.Float(_look[l + 6])));
                colour += new Vec3(Bits.Half(_look[l + 7], 0), Bits.Half(_look[l + 7], 1), Bits.Half(_look[l + 3], 1));
            }
            (mean, quat) = OnNodes(at, mean, quat);
            if (_splats[at + 3] != 0xFFFFFFFF && _frame.SourceCount > 0)
            {
                var (position, rotation, log, added) = Detail((int)_splats[at + 3], at);
                (mean, quat, scale, colour) = (mean + position, rotation * quat, Scaled(scale, log), colour + added);
            }
            Skin(at, mean, quat, scale);
            Colour = colour;
        }

        private static Vec3 Scaled(Vec3 scale, Vec3 log)
        {
            return new Vec3(scale.X * Math.Exp(log.X), scale.Y * Math.Exp(log.Y), scale.Z * Math.Exp(log.Z));
        }

        private Vec3[][] Slot(DetailSlot slot)
        {
            var channels = new Vec3[4][];
            for (var channel = DetailChannel.Position; channel <= DetailChannel.Colour; channel++)
            {
                if (_avatar.PlaceOf(channel) >= 0)
                {
                    var packed = _avatar.DetailOf(slot.Group.Group, channel);
                    var words = new uint[packed.Count];
                    Array.Copy(packed.Words, words, words.Length);
                    channels[(int)channel] = SlotReader.Values(
                        words, slot.Cosines, _avatar.ParentsOf(slot.Clip), channel != DetailChannel.Position, _avatar.Tracks.Count);
                }
            }
            return channels;
        }

        private (Vec3 Mean, Quat Quat) OnNodes(int at, Vec3 mean, Quat quat)
        {
            if (Bits.Field(_splats[at + 14], 30, 1) == 0)
            {
                return (mean, quat);
            }
            var nodes = new[]
            {
                Bits.Field(_splats[at + 14], 0, 10), Bits.Field(_splats[at + 14], 10, 10), Bits.Field(_splats[at + 14], 20, 10),
                Bits.Field(_splats[at + 15], 0, 10),
            };
            var weights = new double[4];
            weights[0] = 1;
            for (var k = 1; k < 4; k++)
            {
                weights[k] = Bits.Field(_splats[at + 15], 3 + 7 * k, 7) / 127.0;
                weights[0] -= weights[k];
            }
            var moved = default(Vec3);
            var sum = default(Quat);
            for (var k = 0; k < 4; k++)
            {
                var n = 8 * nodes[k];
                var values = _frame.Nodes;
                if (weights[k] > 1e-9)
                {
                    var q = new Quat(values[n], values[n + 1], values[n + 2], values[n + 3]);
                    moved += weights[k] * (Mat3.FromQuaternion(q) * mean + new Vec3(values[n + 4], values[n + 5], values[n + 6]));
                    sum += q.Times(Quat.Dot(q, sum) < 0 ? -weights[k] : weights[k]);
                }
            }
            return (moved, sum.Normalised() * quat);
        }

        private (Vec3 Position, Quat Rotation, Vec3 Log, Vec3 Colour) Detail(int track, int at)
        {
            Vec3 position = default, log = default, colour = default;
            var rotation = Quat.Identity;
            for (var k = 0; k < _frame.SourceCount; k++)
            {
                var source = _frame.Sources[k];
                Vec3[][] a = _slots[2 * k], b = _slots[2 * k + 1];
                Vec3 Between(DetailChannel channel) => a?[(int)channel] == null
                    ? default : Vec3.Mix(a[(int)channel][track], b[(int)channel][track], source.Fraction);
                var turn = a?[1] == null ? Quat.Identity : Mixed(Exp(a[1][track]), Exp(b[1][track]), source.Fraction);
                var share = k == 0 ? 1 : source.Share * MaskOf(at, k);
                position = Vec3.Mix(position, Between(DetailChannel.Position), share);
                log = Vec3.Mix(log, Between(DetailChannel.Scale), share);
                colour = Vec3.Mix(colour, Between(DetailChannel.Colour), share);
                rotation = k == 0 ? turn : Mixed(rotation, turn, share);
            }
            return (position, rotation, log, colour);
        }

        private static Quat Exp(Vec3 v)
        {
            var half = v.Length / 2;
            var factor = half < 1e-9 ? 0.5 : Math.Sin(half) / v.Length;
            return new Quat(Math.Cos(half), factor * v.X, factor * v.Y, factor * v.Z);
        }

        private static Quat Mixed(Quat a, Quat b, double share)
        {
            return (a.Times(1 - share) + b.Times(Quat.Dot(a, b) < 0 ? -share : share)).Normalised();
        }

        private double MaskOf(int at, int source)
        {
            var sum = 0.0;
            for (var k = 0; k < 4; k++)
            {
                sum += WeightOf(at, k) * _frame.Joints[16 * Bits.Field(_splats[at + 10], 8 * k, 8) + 11 + source];
            }
            return sum;
        }

        private double WeightOf(int at, int slot)
        {
            double one = Bits.Unorm(_splats[at + 12], 0), two = Bits.Unorm(_splats[at + 12], 1), three = Bits.Unorm(_splats[at + 13], 0);
            return slot == 0 ? 1 - one - two - three : slot == 1 ? one : slot == 2 ? two : three;
        }

        private void Skin(int at, Vec3 mean, Quat quat, Vec3 scale)
        {
            var linear = Mat3.Zero;
            var offset = default(Vec3);
            for (var k = 0; k < 4; k++)
            {
                var j = 16 * Bits.Field(_splats[at + 10], 8 * k, 8);
                var a = _frame.Joints;
                var weight = WeightOf(at, k);
                linear += weight * new Mat3(
                    a[j], a[j + 1], a[j + 2], a[j + 4], a[j + 5], a[j + 6], a[j + 8], a[j + 9], a[j + 10]);
                offset += weight * new Vec3(a[j + 3], a[j + 7], a[j + 11]);
            }
            var axes = (linear * Mat3.FromQuaternion(quat)).ScaledColumns(scale);
            Mean = linear * mean + offset;
            Covariance = axes * axes.Transposed();
        }
    }
}
