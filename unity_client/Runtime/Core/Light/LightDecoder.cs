using System;

namespace Ani3d
{
    /// <summary>
    /// Decodes a stream of light frames: pose and node motion (SPEC.md, "Light frames"). A refused frame changes
    /// nothing.
    /// </summary>
    public sealed class LightDecoder
    {
        private const int HeadBytes = 4;
        private const int KeyHeadBytes = 24;
        private const int Channels = 4;
        private const string Subject = "light frame";
        private readonly int _joints;
        private readonly int _nodes;
        private readonly int _poseCount;
        private readonly int[] _parents;
        private readonly byte[] _contextOf;
        private readonly double[] _steps = new double[Channels];
        private readonly long[] _coded;
        private readonly long[] _changes;
        private long[] _numbers;
        private long[] _spare;
        private int _number = -1;

        /// <summary>Creates a decoder that waits for a key frame.</summary>
        /// <param name="jointCount">J of the avatar.</param>
        /// <param name="model">of the avatar; null where it has no nodes.</param>
        public LightDecoder(int jointCount, ResidualModel model)
            : this(jointCount, model?.NodeCount ?? 0, model?.NodeParents)
        {
        }

        /// <summary>Creates a decoder of nodes whose parents are known.</summary>
        internal LightDecoder(int jointCount, int nodeCount, int[] nodeParents)
        {
            _joints = jointCount;
            _nodes = nodeCount;
            _parents = nodeParents;
            _poseCount = 3 + 3 * jointCount;
            var count = _poseCount + 6 * nodeCount;
            _coded = new long[count];
            _changes = new long[count];
            _numbers = new long[count];
            _spare = new long[count];
            var thresholds = FormatConstants.Rans.ContextThresholds;
            _contextOf = new byte[thresholds[thresholds.Count - 1] + 1];
            for (var weight = 0; weight < _contextOf.Length; weight++)
            {
                foreach (var threshold in thresholds)
                {
                    _contextOf[weight] += threshold <= weight ? (byte)1 : (byte)0;
                }
            }
        }

        /// <summary>Decodes the next payload.</summary>
        /// <param name="payload">as it came.</param>
        /// <param name="frame">of J joints and M nodes, to be written; its detail is null then.</param>
        public void Decode(ArraySegment<byte> payload, AvatarFrame frame)
        {
            if (payload.Count < HeadBytes)
            {
                throw LightSymbols.Corrupt("it ends early");
            }
            int layout = payload.Array[payload.Offset], kind = payload.Array[payload.Offset + 1];
            if (layout != FormatConstants.Light.Layout || kind > FormatConstants.Light.Change)
            {
                throw new RefusalException(RefusalCodes.LightFrameVersion, Subject, $"layout {layout}, kind {kind}");
            }
            var isKey = kind == FormatConstants.Light.Key;
            var number = Unsigned16(payload, 2);
            var steps = isKey ? ReadSteps(payload) : _steps;
            if (!isKey && (_number < 0 || number != (_number + 1) % FormatConstants.Light.FrameNumbers))
            {
                throw new RefusalException(
                    RefusalCodes.LightFrameMissed, Subject, $"a change to frame {number}, which is not the next one");
            }
            var head = isKey ? KeyHeadBytes : HeadBytes;
            DecodeNumbers(
                new LightSymbols(new ArraySegment<byte>(payload.Array, payload.Offset + head, payload.Count - head)),
                isKey);
            (_numbers, _spare) = (_spare, _numbers);
            _number = number;
            steps.CopyTo(_steps, 0);
            Write(frame);
        }

        private double[] ReadSteps(ArraySegment<byte> payload)
        {
            if (payload.Count < KeyHeadBytes)
            {
                throw LightSymbols.Corrupt("it ends early");
            }
            if (Unsigned16(payload, 4) != _joints || Unsigned16(payload, 6) != _nodes)
            {
                throw LightSymbols.Corrupt("a frame of another avatar");
            }
            var values = Floats.FromLittleEndian(
                new ArraySegment<byte>(payload.Array, payload.Offset + 8, 4 * Channels));
            foreach (var step in values)
            {
                if (!(step > 0 && step < FormatConstants.Light.StepBelow))
                {
                    throw LightSymbols.Corrupt($"a step of {step}");
                }
            }
            return Array.ConvertAll(values, step => (double)step);
        }

        private void DecodeNumbers(LightSymbols symbols, bool isKey)
        {
            for (var k = 0; k < _coded.Length; k++)
            {
                var siblings = k < _poseCount ? -1 : SiblingsOf(k);
                var weight = k < _poseCount ? PoseWeight(k) : NodeWeight(k, siblings);
                long u = symbols.Next(LightTables.Coded[_contextOf[Math.Min(weight, _contextOf.Length - 1)]]);
                if (u == FormatConstants.Light.Escape)
                {
                    u += symbols.NextLeb128();
                }
                _coded[k] = (u & 1) == 0 ? u / 2 : -(u + 1) / 2;
                _changes[k] = _coded[k] + (siblings < 0 ? 0 : Predicted(k, siblings));
            }
            symbols.Finish();
            for (var k = 0; k < _coded.Length; k++)
            {
                _spare[k] = (isKey ? 0 : _numbers[k]) + _changes[k];
                if (Math.Abs(_spare[k]) > FormatConstants.Light.MaxNumber)
                {
                    throw LightSymbols.Corrupt($"a number of {_spare[k]}");
                }
            }
        }

        // Where the node's row of parents begins; -1 where it has none.
        private int SiblingsOf(int k)
        {
            var node = (k - _poseCount) / 3 % _nodes;
            return node < FormatConstants.Model.NodeParents ? -1 : FormatConstants.Model.NodeParents * node;
        }

        private long PoseWeight(int k)
        {
            return 2 * Size(k - 1) + 2 * Size(k - 2);
        }

        private long NodeWeight(int k, int siblings)
        {
            long before = 0;
            for (var axis = (k - _poseCount) % 3; axis > 0; axis--)
            {
                before += Size(k - axis);
            }
            if (siblings < 0)
            {
                return FormatConstants.Light.OrphanWeight + 2 * before;
            }
            long sum = 0;
            for (var parent = 0; parent < FormatConstants.Model.NodeParents; parent++)
            {
                var first = FirstOf(k, _parents[siblings + parent]);
                sum += Size(first) + Size(first + 1) + Size(first + 2);
            }
            return sum / 3 + 2 * before;
        }

        private long Predicted(int k, int siblings)
        {
            var axis = (k - _poseCount) % 3;
            long sum = 1;
            for (var parent = 0; parent < FormatConstants.Model.NodeParents; parent++)
            {
                sum += _changes[FirstOf(k, _parents[siblings + parent]) + axis];
            }
            return sum >= 0 ? sum / 3 : -((2 - sum) / 3);
        }

        // Where the three numbers of a node begin, of the kind that number k is of.
        private int FirstOf(int k, int node)
        {
            var place = (k - _poseCount) / 3;
            return _poseCount + 3 * (place - place % _nodes + node);
        }

        private long Size(int k)
        {
            return k < 0 ? 0 : Math.Abs(_coded[k]);
        }

        private void Write(AvatarFrame frame)
        {
            frame.RootTranslationM = VectorAt(0, _steps[0]).ToFloat32();
            for (var joint = 0; joint < _joints; joint++)
            {
                frame.JointRotations[joint] = Quat.FromRotationVector(VectorAt(3 + 3 * joint, _steps[1])).ToFloat32();
            }
            for (var node = 0; node < _nodes; node++)
            {
                var at = _poseCount + 3 * node;
                frame.NodeDisplacementsM[node] = VectorAt(at, _steps[2]).ToFloat32();
                frame.NodeRotations[node] = Quat.FromRotationVector(VectorAt(at + 3 * _nodes, _steps[3])).ToFloat32();
            }
            frame.Detail = null;
        }

        private Vec3 VectorAt(int k, double step)
        {
            return new Vec3(_numbers[k] * step, _numbers[k + 1] * step, _numbers[k + 2] * step);
        }

        private static int Unsigned16(ArraySegment<byte> bytes, int at)
        {
            return bytes.Array[bytes.Offset + at] | bytes.Array[bytes.Offset + at + 1] << 8;
        }
    }
}
