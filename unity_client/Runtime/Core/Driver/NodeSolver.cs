using System;

namespace Ani3d
{
    /// <summary>Substeps of nodes: air, gravity, following, links and capsules (DRIVER.md, "One step").</summary>
    internal sealed class NodeSolver
    {
        private const double Gravity = 9.81;
        private const double MaxSpeed = 12;
        private const double AirLimit = 0.3;
        private const double Tiny = 1e-12;
        private readonly DriverModel _driver;
        private readonly NodeState _state;
        private readonly double[] _gaps;
        private readonly double[] _lengths;
        private readonly Vec3[] _before;
        private readonly PosedCapsule[] _capsules;

        /// <summary>Creates a solver of a driver's nodes.</summary>
        public NodeSolver(DriverModel driver, NodeState state)
        {
            _driver = driver;
            _state = state;
            _before = new Vec3[state.RestM.Length];
            _capsules = new PosedCapsule[driver.Capsules.Length];
            _lengths = new double[driver.Links.Length];
            for (var k = 0; k < _lengths.Length; k++)
            {
                _lengths[k] = (state.RestM[driver.Links[k].First] - state.RestM[driver.Links[k].Second]).Length;
            }
            _gaps = new double[driver.Capsules.Length * state.RestM.Length];
            for (var k = 0; k < driver.Capsules.Length; k++)
            {
                for (var node = 0; node < state.RestM.Length; node++)
                {
                    _gaps[k * state.RestM.Length + node] = GapAtRest(driver.Capsules[k], node);
                }
            }
        }

        /// <summary>Makes one of N substeps.</summary>
        /// <param name="motion">what leads the nodes in this step.</param>
        /// <param name="number">1 to N.</param>
        public void Advance(DriverMotion motion, int number)
        {
            var share = (double)number / motion.Substeps;
            Array.Copy(_state.Places, _before, _before.Length);
            for (var node = 0; node < _before.Length; node++)
            {
                Lead(node, Vec3.Mix(_state.Targets[node], motion.Targets[node], share), motion);
            }
            for (var k = 0; k < _lengths.Length; k++)
            {
                Pull(_driver.Links[k], _lengths[k], motion.SubstepS);
            }
            for (var k = 0; k < _driver.Capsules.Length; k++)
            {
                KeepOut(k, motion, share);
            }
            for (var node = 0; node < _before.Length; node++)
            {
                _state.Velocities[node] = (1 / motion.SubstepS) * (_state.Places[node] - _before[node]);
            }
        }

        /// <summary>Takes the capsules as they are now, for <see cref="Outside"/>.</summary>
        public void PlaceCapsules()
        {
            for (var k = 0; k < _capsules.Length; k++)
            {
                _capsules[k] = new PosedCapsule(_driver.Capsules[k], _state.CapsuleA[k], _state.CapsuleB[k]);
            }
        }

        /// <summary>
        /// A place of a node, out of all capsules as they are placed; the same place where it is out.
        /// </summary>
        public Vec3 Outside(int node, Vec3 place)
        {
            for (var k = 0; k < _capsules.Length; k++)
            {
                var contact = _capsules[k].ContactOf(place);
                var reach = contact.Radius + _gaps[k * _before.Length + node];
                if (contact.IsWithin(reach))
                {
                    place = contact.Pushed(place, reach);
                }
            }
            return place;
        }

        // Thickness, or what there is between node and capsule at rest, if that is less.
        private double GapAtRest(DriverCapsule capsule, int node)
        {
            var contact = new PosedCapsule(capsule, capsule.A, capsule.B).ContactOf(
                _state.RestM[node] + _driver.HangM[node]);
            return Math.Min(_driver.Materials[_driver.Kinds[node]].ThicknessM, contact.Distance - contact.Radius);
        }

        private void Lead(int node, Vec3 target, DriverMotion motion)
        {
            if (_driver.Follow[node] == 0)
            {
                _state.Places[node] = target;
                return;
            }
            var material = _driver.Materials[_driver.Kinds[node]];
            var h = motion.SubstepS;
            var v = Braked(_state.Velocities[node], motion.Normals[node], material.Drag, h);
            var damping = Math.Max(material.DampingHz, motion.LeastDampingHz);
            var relative = (1 / (1 + h * damping)) * (v - motion.Carrier);
            v = motion.Carrier + Math.Min(1, MaxSpeed / (relative.Length + Tiny)) * relative - new Vec3(
                0, Gravity * h, 0);
            var x = _state.Places[node] + h * v;
            _state.Places[node] = x + (1 / (1 + _driver.Follow[node] / (h * h))) * (target - x);
        }

        // Air: along the normal of cloth as it meets the air, and on all sides where there is no normal.
        private static Vec3 Braked(Vec3 v, Vec3 normal, double drag, double h)
        {
            if (normal.X == 0 && normal.Y == 0 && normal.Z == 0)
            {
                return (1 / (1 + h * drag * v.Length)) * v;
            }
            var speed = Vec3.Dot(v, normal);
            return v - (Math.Min(drag * h * Math.Sqrt(Math.Abs(speed)), AirLimit) * speed) * normal;
        }

        private void Pull(DriverLink link, double length, double h)
        {
            double first = _driver.Follow[link.First] > 0 ? 1 : 0, second = _driver.Follow[link.Second] > 0 ? 1 : 0;
            if (first + second == 0)
            {
                return;
            }
            var d = _state.Places[link.First] - _state.Places[link.Second];
            var distance = d.Length + Tiny;
            var s = -(distance - length) / ((first + second + link.Compliance / (h * h)) * distance);
            _state.Places[link.First] += (first * s) * d;
            _state.Places[link.Second] -= (second * s) * d;
        }

        private void KeepOut(int k, DriverMotion motion, double share)
        {
            var a = Vec3.Mix(_state.CapsuleA[k], motion.CapsuleA[k], share);
            var b = Vec3.Mix(_state.CapsuleB[k], motion.CapsuleB[k], share);
            var capsule = new PosedCapsule(_driver.Capsules[k], a, b);
            for (var node = 0; node < _before.Length; node++)
            {
                if (_driver.Follow[node] == 0)
                {
                    continue;
                }
                var contact = capsule.ContactOf(_state.Places[node]);
                var reach = contact.Radius + _gaps[k * _before.Length + node];
                if (!contact.IsWithin(reach))
                {
                    continue;
                }
                var pushed = contact.Pushed(_state.Places[node], reach);
                var way = Vec3.Mix(
                    motion.CapsuleA[k] - _state.CapsuleA[k], motion.CapsuleB[k] - _state.CapsuleB[k], contact.U);
                var slide = pushed - _before[node] - (1.0 / motion.Substeps) * way;
                var normal = contact.Normal;
                var along = slide - Vec3.Dot(slide, normal) * normal;
                _state.Places[node] = pushed - _driver.Materials[_driver.Kinds[node]].Friction * along;
            }
        }
    }
}
