using System;

namespace Ani3d
{
    /// <summary>
    /// Features of how joints move, and the displacements that follow from them (DRIVER.md, "Learned displacements").
    /// </summary>
    internal sealed class LearnedHistory
    {
        private const int MaxFilterSteps = 60;
        private const double FilterRateHz = 120;
        private const double MaxScore = 3;
        private readonly LearnedDriver _learned;
        private readonly Skeleton _skeleton;
        private readonly int _channelCount;
        private readonly double[] _channels;
        private readonly double[] _values;
        private readonly double[] _speeds;
        private readonly double[] _features;
        private Vec3 _place;
        private Vec3 _velocity;
        private Mat3 _rotation;

        /// <summary>Creates the history of a driver.</summary>
        public LearnedHistory(LearnedDriver learned, Skeleton skeleton)
        {
            _learned = learned;
            _skeleton = skeleton;
            _channelCount = FormatConstants.Driver.RootChannels + 3 * learned.Tracked.Length;
            var filters = learned.Poles.Length / 2;
            _channels = new double[_channelCount];
            _values = new double[filters * _channelCount];
            _speeds = new double[filters * _channelCount];
            _features = new double[_channelCount * (1 + 2 * filters)];
        }

        /// <summary>Forgets everything: the pose has stood for ever.</summary>
        public void Reset(RigidTransform[] joints)
        {
            _place = PlaceOf(0, joints);
            _velocity = default;
            _rotation = joints[0].Rotation;
            FillChannels(joints, default, default, default);
            for (var filter = 0; filter * _channelCount < _values.Length; filter++)
            {
                Array.Copy(_channels, 0, _values, filter * _channelCount, _channelCount);
            }
            Array.Clear(_speeds, 0, _speeds.Length);
        }

        /// <summary>Carries what is remembered of the root by x to R (x - from) + to.</summary>
        public void Carry(Mat3 turn, Vec3 from, Vec3 to)
        {
            _place = turn * (_place - from) + to;
            _velocity = turn * _velocity;
            _rotation = turn * _rotation;
        }

        /// <summary>Takes the next pose, and adds what was learned to displacements.</summary>
        /// <param name="joints">[J] transforms.</param>
        /// <param name="dt">seconds after the last pose.</param>
        /// <param name="displacementsM">[M].</param>
        public void Add(RigidTransform[] joints, double dt, Vec3[] displacementsM)
        {
            var place = PlaceOf(0, joints);
            var velocity = (1 / dt) * (place - _place);
            var acceleration = (1 / dt) * (velocity - _velocity);
            var turn = _rotation.Transposed() * joints[0].Rotation;
            var rate = (0.5 / dt) * new Vec3(turn.M21 - turn.M12, turn.M02 - turn.M20, turn.M10 - turn.M01);
            (_place, _velocity, _rotation) = (place, velocity, joints[0].Rotation);
            FillChannels(joints, velocity, rate, acceleration);
            Filter(dt);
            Score();
            AddBasis(displacementsM);
        }

        private Vec3 PlaceOf(int joint, RigidTransform[] joints)
        {
            return joints[joint].Apply(_skeleton.ZeroJointsM[joint]);
        }

        private void FillChannels(RigidTransform[] joints, Vec3 velocity, Vec3 rate, Vec3 acceleration)
        {
            var back = joints[0].Rotation.Transposed();
            var root = PlaceOf(0, joints);
            var at = 0;
            foreach (var joint in _learned.Tracked)
            {
                Put(back * (PlaceOf(joint, joints) - root), 3, ref at);
            }
            Put(back * new Vec3(0, -1, 0), 1, ref at);
            Put(back * velocity, 10, ref at);
            Put(rate, 20, ref at);
            Put(back * acceleration, 50, ref at);
            Put(new Vec3(rate.X * rate.X, rate.Y * rate.Y, rate.Z * rate.Z), 100, ref at);
            Put(new Vec3(rate.X * rate.Y, rate.Y * rate.Z, rate.Z * rate.X), 100, ref at);
        }

        private void Put(Vec3 value, double most, ref int at)
        {
            _channels[at++] = Clamped(value.X, most);
            _channels[at++] = Clamped(value.Y, most);
            _channels[at++] = Clamped(value.Z, most);
        }

        private static double Clamped(double value, double most)
        {
            return Math.Min(Math.Max(value, -most), most);
        }

        private void Filter(double dt)
        {
            // The last digits of a step of a whole number of periods must not make one more of them.
            var steps = (int)Math.Min(Math.Max(Math.Ceiling(FilterRateHz * dt - 1e-6), 1), MaxFilterSteps);
            var h = dt / steps;
            for (var filter = 0; filter * _channelCount < _values.Length; filter++)
            {
                double w = 2 * Math.PI * _learned.Poles[2 * filter], damping = _learned.Poles[2 * filter + 1];
                double pull = h * w * w, keep = 1 / (1 + 2 * damping * w * h + h * h * w * w);
                for (int k = 0, i = filter * _channelCount; k < _channelCount; k++, i++)
                {
                    for (var step = 0; step < steps; step++)
                    {
                        _speeds[i] = (_speeds[i] + pull * (_channels[k] - _values[i])) * keep;
                        _values[i] += h * _speeds[i];
                    }
                }
            }
        }

        private void Score()
        {
            Array.Copy(_channels, _features, _channelCount);
            var at = _channelCount;
            for (var filter = 0; filter * _channelCount < _values.Length; filter++)
            {
                var w = 2 * Math.PI * _learned.Poles[2 * filter];
                for (var k = 0; k < _channelCount; k++)
                {
                    _features[at + k] = _values[filter * _channelCount + k];
                    _features[at + _channelCount + k] = _speeds[filter * _channelCount + k] / w;
                }
                at += 2 * _channelCount;
            }
            for (var k = 0; k < _features.Length; k++)
            {
                _features[k] = Clamped((_features[k] - _learned.Means[k]) / _learned.Scales[k], MaxScore);
            }
        }

        private void AddBasis(Vec3[] displacementsM)
        {
            var width = 3 * displacementsM.Length;
            for (var row = 0; row < _learned.RowCount; row++)
            {
                var amount = 0.0;
                for (int k = 0, at = row * _features.Length; k < _features.Length; k++, at++)
                {
                    amount += _features[k] * _learned.Weights[at];
                }
                for (int node = 0, at = row * width; node < displacementsM.Length; node++, at += 3)
                {
                    displacementsM[node] += amount * new Vec3(
                        _learned.BasisM[at], _learned.BasisM[at + 1], _learned.BasisM[at + 2]);
                }
            }
        }
    }
}
