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
        private readonly DriverLink[] _links;
        private readonly NodeState _state;
        private readonly Mat3[] _spreads;
        private readonly double[] _squares;
        private readonly Vec3[] _shown;

        /// <summary>Creates the rotations of a driver's nodes.</summary>
        public NodeTurns(DriverModel driver, NodeState state)
        {
            _links = driver.Links;
            _state = state;
            _spreads = new Mat3[state.RestM.Length];
            _squares = new double[state.RestM.Length];
            _shown = new Vec3[state.RestM.Length];
        }

        /// <summary>Turns all nodes to displacements as they are shown.</summary>
        public void Update(Vec3[] displacements)
        {
            for (var node = 0; node < _shown.Length; node++)
            {
                _shown[node] = _state.Matrices[node].Apply(_state.RestM[node] + displacements[node]);
                _spreads[node] = Mat3.Zero;
                _squares[node] = 0;
            }
            foreach (var link in _links)
            {
                var rest = _state.RestM[link.Second] - _state.RestM[link.First];
                var product = Mat3.Outer(_shown[link.Second] - _shown[link.First], rest);
                var square = Vec3.Dot(rest, rest);
                _spreads[link.First] += product;
                _spreads[link.Second] += product;
                _squares[link.First] += square;
                _squares[link.Second] += square;
            }
            for (var node = 0; node < _shown.Length; node++)
            {
                var pull = RestPull * _squares[node] + LeastPull;
                var bundle = NodeState.Inverse(_state.Matrices[node].Rotation) * _spreads[node] + pull * Mat3.Identity;
                if (TryNearestRotation(bundle, out var rotation))
                {
                    _state.Rotations[node] = rotation.ToQuaternion().OnTheSideOf(_state.Rotations[node]);
                }
            }
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
