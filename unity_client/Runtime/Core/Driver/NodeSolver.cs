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
        private readonly int[] _firsts;
        private readonly int[] _seconds;
        private readonly double[] _compliances;
        private readonly double[] _isFree;
        private readonly DriverMaterial[] _materials;
        private readonly Vec3[] _before;
        private readonly PosedCapsule[] _capsules;

        /// <summary>Creates a solver of a driver's nodes.</summary>
        public NodeSolver(DriverModel driver, NodeState state)
        {
            _driver = driver;
            _state = state;
            _before = new Vec3[state.RestM.Length];
            _capsules = new PosedCapsule[driver.Capsules.Length];
            _firsts = Array.ConvertAll(driver.Links, link => link.First);
            _seconds = Array.ConvertAll(driver.Links, link => link.Second);
            _compliances = Array.ConvertAll(driver.Links, link => link.Compliance);
            _isFree = Array.ConvertAll(driver.Follow, follow => follow > 0 ? 1.0 : 0);
            _materials = Array.ConvertAll(driver.Kinds, kind => driver.Materials[kind]);
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
            Lead(motion, share);
            Pull(motion.SubstepS);
            for (var k = 0; k < _driver.Capsules.Length; k++)
            {
                KeepOut(k, motion, share);
            }
            var rate = 1 / motion.SubstepS;
            for (var node = 0; node < _before.Length; node++)
            {
                Vec3 now = _state.Places[node], then = _before[node];
                _state.Velocities[node] = new Vec3(
                    rate * (now.X - then.X), rate * (now.Y - then.Y), rate * (now.Z - then.Z));
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
                var gap = _gaps[k * _before.Length + node];
                if (_capsules[k].IsNear(place, gap))
                {
                    var contact = _capsules[k].ContactOf(place);
                    place = contact.Pushed(place, contact.Radius + gap);
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

        // Sums are spelled out below: Mono makes each operator of vectors a call that copies, ten times as slow.
        private void Lead(DriverMotion motion, double share)
        {
            for (var node = 0; node < _before.Length; node++)
            {
                Vec3 from = _state.Targets[node], to = motion.Targets[node];
                var target = new Vec3(
                    from.X * (1 - share) + to.X * share, from.Y * (1 - share) + to.Y * share,
                    from.Z * (1 - share) + to.Z * share);
                if (_driver.Follow[node] == 0)
                {
                    _state.Places[node] = target;
                    continue;
                }
                Lead(node, target, motion);
            }
        }

        private void Lead(int node, Vec3 target, DriverMotion motion)
        {
            var material = _materials[node];
            var h = motion.SubstepS;
            var carrier = motion.Carrier;
            var v = Braked(_state.Velocities[node], motion.Normals[node], material.Drag, h);
            var factor = 1 / (1 + h * Math.Max(material.DampingHz, motion.LeastDampingHz));
            double x = factor * (v.X - carrier.X), y = factor * (v.Y - carrier.Y), z = factor * (v.Z - carrier.Z);
            var limit = Math.Min(1, MaxSpeed / (Math.Sqrt(x * x + y * y + z * z) + Tiny));
            var place = _state.Places[node];
            x = place.X + h * (carrier.X + limit * x - 0);
            y = place.Y + h * (carrier.Y + limit * y - Gravity * h);
            z = place.Z + h * (carrier.Z + limit * z - 0);
            var pull = 1 / (1 + _driver.Follow[node] / (h * h));
            _state.Places[node] = new Vec3(x + pull * (target.X - x), y + pull * (target.Y - y), z + pull * (target.Z - z));
        }

        // Air: along the normal of cloth as it meets the air, and on all sides where there is no normal.
        private static Vec3 Braked(Vec3 v, Vec3 normal, double drag, double h)
        {
            double x = v.X, y = v.Y, z = v.Z, nx = normal.X, ny = normal.Y, nz = normal.Z;
            if (nx == 0 && ny == 0 && nz == 0)
            {
                var factor = 1 / (1 + h * drag * Math.Sqrt(x * x + y * y + z * z));
                return new Vec3(factor * x, factor * y, factor * z);
            }
            var speed = x * nx + y * ny + z * nz;
            var lost = Math.Min(drag * h * Math.Sqrt(Math.Abs(speed)), AirLimit) * speed;
            return new Vec3(x - lost * nx, y - lost * ny, z - lost * nz);
        }

        private void Pull(double h)
        {
            var places = _state.Places;
            for (var k = 0; k < _lengths.Length; k++)
            {
                int one = _firsts[k], two = _seconds[k];
                double first = _isFree[one], second = _isFree[two];
                if (first + second == 0)
                {
                    continue;
                }
                Vec3 a = places[one], b = places[two];
                double x = a.X - b.X, y = a.Y - b.Y, z = a.Z - b.Z;
                var distance = Math.Sqrt(x * x + y * y + z * z) + Tiny;
                var s = -(distance - _lengths[k]) / ((first + second + _compliances[k] / (h * h)) * distance);
                double forth = first * s, back = second * s;
                places[one] = new Vec3(a.X + forth * x, a.Y + forth * y, a.Z + forth * z);
                places[two] = new Vec3(b.X - back * x, b.Y - back * y, b.Z - back * z);
            }
        }

        private void KeepOut(int k, DriverMotion motion, double share)
        {
            var a = Vec3.Mix(_state.CapsuleA[k], motion.CapsuleA[k], share);
            var b = Vec3.Mix(_state.CapsuleB[k], motion.CapsuleB[k], share);
            var capsule = new PosedCapsule(_driver.Capsules[k], a, b);
            for (int node = 0, gap = k * _before.Length; node < _before.Length; node++, gap++)
            {
                if (_isFree[node] != 0 && capsule.IsNear(_state.Places[node], _gaps[gap]))
                {
                    KeepOut(k, node, capsule, motion);
                }
            }
        }

        private void KeepOut(int k, int node, PosedCapsule capsule, DriverMotion motion)
        {
            var contact = capsule.ContactOf(_state.Places[node]);
            var pushed = contact.Pushed(_state.Places[node], contact.Radius + _gaps[k * _before.Length + node]);
            var way = Vec3.Mix(
                motion.CapsuleA[k] - _state.CapsuleA[k], motion.CapsuleB[k] - _state.CapsuleB[k], contact.U);
            var slide = pushed - _before[node] - (1.0 / motion.Substeps) * way;
            var normal = contact.Normal;
            var along = slide - Vec3.Dot(slide, normal) * normal;
            _state.Places[node] = pushed - _materials[node].Friction * along;
        }
    }
}
