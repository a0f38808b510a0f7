using System;

namespace Ani3d
{
    /// <summary>Rotations of nodes, read from where their links lead.</summary>
    internal sealed class NodeTurns
    {
        private const double RestPull = 0.02;
        private const double LeastPull = 1e-12;
        private const int RootRounds = 40;
        private const double RootPrecision = 1e-10;

        // Below this, relative to a bundle's size, a half turn either way fits as well.
        private const double Undecided = 1e-12;
        private readonly int[] _firsts;
        private readonly int[] _seconds;
        private readonly Vec3[] _rests;
        private readonly NodeState _state;
        private readonly double[] _spreads;
        private readonly double[] _squares;
        private readonly Vec3[] _shown;

        /// <summary>Creates the rotations of a driver's nodes.</summary>
        public NodeTurns(DriverModel driver, NodeState state)
        {
            _firsts = Array.ConvertAll(driver.Links, link => link.First);
            _seconds = Array.ConvertAll(driver.Links, link => link.Second);
            _rests = Array.ConvertAll(driver.Links, link => state.RestM[link.Second] - state.RestM[link.First]);
            _state = state;
            _spreads = new double[9 * state.RestM.Length];
            _squares = new double[state.RestM.Length];
            _shown = new Vec3[state.RestM.Length];
            for (var k = 0; k < _rests.Length; k++)
            {
                var square = Vec3.Dot(_rests[k], _rests[k]);
                _squares[_firsts[k]] += square;
                _squares[_seconds[k]] += square;
            }
        }

        /// <summary>Turns all nodes to displacements as they are shown.</summary>
        public void Update(Vec3[] displacements)
        {
            for (var node = 0; node < _shown.Length; node++)
            {
                _shown[node] = _state.Matrices[node].Apply(_state.RestM[node] + displacements[node]);
            }
            Array.Clear(_spreads, 0, _spreads.Length);
            AddLinks();
            for (var node = 0; node < _shown.Length; node++)
            {
                var pull = RestPull * _squares[node] + LeastPull;
                var bundle = NodeState.Inverse(_state.Matrices[node].Rotation) * SpreadOf(node) + pull * Mat3.Identity;
                if (TryNearestRotation(bundle, out var rotation))
                {
                    _state.Rotations[node] = rotation.ToQuaternion().OnTheSideOf(_state.Rotations[node]);
                }
            }
        }

        // Spelled out: Mono makes each operator of matrices a call that copies.
        private void AddLinks()
        {
            for (var k = 0; k < _firsts.Length; k++)
            {
                int one = _firsts[k], two = _seconds[k];
                Vec3 a = _shown[one], b = _shown[two], rest = _rests[k];
                AddLink(9 * one, b.X - a.X, b.Y - a.Y, b.Z - a.Z, rest);
                AddLink(9 * two, b.X - a.X, b.Y - a.Y, b.Z - a.Z, rest);
            }
        }

        private void AddLink(int at, double x, double y, double z, Vec3 rest)
        {
            var spreads = _spreads;
            double rx = rest.X, ry = rest.Y, rz = rest.Z;
            spreads[at] += x * rx;
            spreads[at + 1] += x * ry;
            spreads[at + 2] += x * rz;
            spreads[at + 3] += y * rx;
            spreads[at + 4] += y * ry;
            spreads[at + 5] += y * rz;
            spreads[at + 6] += z * rx;
            spreads[at + 7] += z * ry;
            spreads[at + 8] += z * rz;
        }

        private Mat3 SpreadOf(int node)
        {
            var s = _spreads;
            var at = 9 * node;
            return new Mat3(s[at], s[at + 1], s[at + 2], s[at + 3], s[at + 4], s[at + 5], s[at + 6], s[at + 7], s[at + 8]);
        }

        // The trace of the stretch is the largest root of Horn's quartic; Cayley and Hamilton give the rotation.
        private static bool TryNearestRotation(Mat3 c, out Mat3 rotation)
        {
            var cofactors = c.Cofactors();
            double squared = c.SquaredSize, minors = cofactors.SquaredSize, determinant = c.Determinant;
            var trace = Math.Sqrt(3 * squared);
            for (var round = 0; round < RootRounds; round++)
            {
                var slope = 4 * (trace * (trace * trace - squared) - 2 * determinant);
                if (!(slope > 0))
                {
                    break;
                }
                var value = (trace * trace - 2 * squared) * trace * trace - 8 * determinant * trace;
                var step = (value + squared * squared - 4 * minors) / slope;
                trace -= step;
                if (!(step > RootPrecision * trace))
                {
                    break;
                }
            }
            var second = (trace * trace - squared) / 2;
            var scale = trace * second - determinant;
            if (!(scale > Undecided * squared * trace))
            {
                rotation = Mat3.Identity;
                return false;
            }
            var cubic = c * (c.Transposed() * c);
            rotation = (1 / scale) * (trace * cofactors + (trace * trace - second) * c + (-1) * cubic);
            return true;
        }
    }
}
