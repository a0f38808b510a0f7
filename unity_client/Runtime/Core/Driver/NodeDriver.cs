using System;

namespace Ani3d
{
    /// <summary>
    /// Moves control nodes in motions that were never baked (DRIVER.md). Nothing is allocated in a step.
    /// </summary>
    public sealed class NodeDriver
    {
        private const double LeastStepS = 1e-3;
        private const double LongestStepS = 0.5;
        private const double SubstepRateHz = 240;
        private const int MaxSubsteps = 16;
        private const int ResetSteps = 12;
        private const double ResetStepS = 1.0 / 30;
        private const double ResetDampingHz = 6;
        private const double FarthestRootM = 1e5;
        private const double Tiny = 1e-12;
        private readonly DriverModel _driver;
        private readonly Skeleton _skeleton;
        private readonly JointTransforms _kinematics;
        private readonly RigidTransform[] _joints;
        private readonly NodeState _state;
        private readonly NodeSolver _solver;
        private readonly NodeTurns _turns;
        private readonly LearnedHistory _history;
        private readonly RootTrack _root = new RootTrack();
        private readonly DriverMotion _motion;
        private readonly Vec3[] _shown;

        /// <summary>Creates a driver; <see cref="Reset"/> comes before the first step.</summary>
        /// <param name="driver">of the package.</param>
        /// <param name="skeleton">of the package.</param>
        /// <param name="model">of the package.</param>
        public NodeDriver(DriverModel driver, Skeleton skeleton, ResidualModel model)
            : this(driver, skeleton, Vec3.Rows(model.NodeRestM))
        {
        }

        /// <summary>Creates a driver of nodes at rest positions, metres.</summary>
        internal NodeDriver(DriverModel driver, Skeleton skeleton, Vec3[] nodeRestM)
        {
            _driver = driver;
            _skeleton = skeleton;
            _kinematics = new JointTransforms(skeleton);
            _joints = new RigidTransform[skeleton.JointCount];
            _state = new NodeState(driver, nodeRestM);
            _solver = new NodeSolver(driver, _state);
            _turns = new NodeTurns(driver, _state);
            _history = new LearnedHistory(driver.Learned, skeleton);
            _motion = new DriverMotion(_state.RestM.Length, driver.Capsules.Length);
            _shown = new Vec3[_state.RestM.Length];
        }

        /// <summary>Begins in a pose: cloth and hair come to rest in it.</summary>
        public void Reset(AvatarFrame pose)
        {
            if (!IsUsable(pose))
            {
                return;
            }
            _kinematics.Evaluate(pose.RootTranslationM, pose.JointRotations, _joints);
            Array.Fill(_state.Rotations, Quat.Identity);
            Lead();
            Array.Copy(_motion.Targets, _state.Places, _shown.Length);
            TakeOver();
            Array.Clear(_state.Velocities, 0, _shown.Length);
            for (var step = 0; step < ResetSteps; step++)
            {
                Swing(ResetStepS, ResetDampingHz);
                _turns.Update(_shown);
            }
            Array.Clear(_state.Velocities, 0, _shown.Length);
            _root.Reset(RootPlace(), _joints[0].Rotation);
            _history.Reset(_joints);
        }

        /// <summary>
        /// Moves nodes to the next pose. A pose with NaN, without length or 100 km away is not taken.
        /// </summary>
        /// <param name="pose">joints as they are now; node motion is written into it.</param>
        /// <param name="seconds">after the last pose.</param>
        public void Step(AvatarFrame pose, double seconds)
        {
            if (IsUsable(pose))
            {
                // Written so that NaN is the shortest step, too.
                Advance(pose, seconds > LeastStepS ? Math.Min(seconds, LongestStepS) : LeastStepS);
            }
            Array.Copy(_shown, pose.NodeDisplacementsM, _shown.Length);
            Array.Copy(_state.Rotations, pose.NodeRotations, _shown.Length);
        }

        private static bool IsUsable(AvatarFrame pose)
        {
            var root = pose.RootTranslationM;
            var usable = root.IsFinite && Math.Abs(root.X) < FarthestRootM && Math.Abs(root.Y) < FarthestRootM
                && Math.Abs(root.Z) < FarthestRootM;
            foreach (var rotation in pose.JointRotations)
            {
                var length = rotation.Length;
                usable &= length > 0 && !double.IsInfinity(length);
            }
            return usable;
        }

        private void Advance(AvatarFrame pose, double dt)
        {
            _kinematics.Evaluate(pose.RootTranslationM, pose.JointRotations, _joints);
            var from = _root.PlaceM;
            if (_root.Moves(RootPlace(), _joints[0].Rotation, dt, out var turn, out var to))
            {
                _state.Carry(turn, from, to);
                _history.Carry(turn, from, to);
            }
            else if (_root.HasStopped)
            {
                Reset(pose);
            }
            Swing(dt, 0);
            for (var node = 0; node < _shown.Length; node++)
            {
                _shown[node] = _driver.Materials[_driver.Kinds[node]].Share * _shown[node];
            }
            if (_driver.Learned.RowCount > 0)
            {
                _history.Add(_joints, dt, _shown);
            }
            _solver.PlaceCapsules();
            for (var node = 0; node < _shown.Length; node++)
            {
                _shown[node] = Outside(node, WithinReach(_shown[node]));
            }
            _turns.Update(_shown);
        }

        private Vec3 RootPlace()
        {
            return _joints[0].Apply(_skeleton.ZeroJointsM[0]);
        }

        // Matrices, targets and ends of capsules in the pose whose joints are known.
        private void Lead()
        {
            for (var node = 0; node < _shown.Length; node++)
            {
                _state.Matrices[node] = RigidTransform.Blended(_joints, _driver.Joints, _driver.Weights, node);
                _motion.Targets[node] = _state.Matrices[node].Apply(_state.RestM[node] + _driver.HangM[node]);
            }
            for (var k = 0; k < _driver.Capsules.Length; k++)
            {
                _motion.CapsuleA[k] = _joints[_driver.Capsules[k].Joint].Apply(_driver.Capsules[k].A);
                _motion.CapsuleB[k] = _joints[_driver.Capsules[k].Joint].Apply(_driver.Capsules[k].B);
            }
        }

        // What led this step is what the next one begins with.
        private void TakeOver()
        {
            (_state.Targets, _motion.Targets) = (_motion.Targets, _state.Targets);
            (_state.CapsuleA, _motion.CapsuleA) = (_motion.CapsuleA, _state.CapsuleA);
            (_state.CapsuleB, _motion.CapsuleB) = (_motion.CapsuleB, _state.CapsuleB);
        }

        // One step of the physics; displacements are in `_shown` then.
        private void Swing(double dt, double leastDampingHz)
        {
            for (var node = 0; node < _shown.Length; node++)
            {
                _motion.Normals[node] = TurnedNormal(node);
            }
            Lead();
            var way = default(Vec3);
            for (var node = 0; node < _shown.Length; node++)
            {
                way += _motion.Targets[node] - _state.Targets[node];
            }
            _motion.Carrier = (1 / (dt * Math.Max(_shown.Length, 1))) * way;
            _motion.Substeps = (int)Math.Min(Math.Max(Math.Round(SubstepRateHz * dt), 1), MaxSubsteps);
            _motion.SubstepS = dt / _motion.Substeps;
            _motion.LeastDampingHz = leastDampingHz;
            for (var number = 1; number <= _motion.Substeps; number++)
            {
                _solver.Advance(_motion, number);
            }
            TakeOver();
            for (var node = 0; node < _shown.Length; node++)
            {
                _shown[node] = Displacement(node);
            }
        }

        private Vec3 TurnedNormal(int node)
        {
            var rest = _driver.Normals[node];
            if (rest.X == 0 && rest.Y == 0 && rest.Z == 0)
            {
                return rest;
            }
            var turned = _state.Matrices[node].Rotation * (Mat3.FromQuaternion(_state.Rotations[node]) * rest);
            return (1 / (turned.Length + Tiny)) * turned;
        }

        private Vec3 Displacement(int node)
        {
            var u = _state.DisplacementAt(node, _state.Places[node]);
            var length = u.Length;
            if (length <= _driver.ReachM)
            {
                return u;
            }
            var cut = u.IsFinite ? (_driver.ReachM / length) * u : default;
            _state.Places[node] = _state.Matrices[node].Apply(_state.RestM[node] + cut);
            _state.Velocities[node] = default;
            return cut;
        }

        private Vec3 WithinReach(Vec3 displacement)
        {
            var length = displacement.Length;
            return length <= _driver.ReachM ? displacement : (_driver.ReachM / length) * displacement;
        }

        // What is shown, out of the capsules.
        private Vec3 Outside(int node, Vec3 displacement)
        {
            if (_driver.Follow[node] == 0)
            {
                return displacement;
            }
            var place = _state.Matrices[node].Apply(_state.RestM[node] + displacement);
            var outside = _solver.Outside(node, place);
            var moved = outside.X != place.X || outside.Y != place.Y || outside.Z != place.Z;
            return moved ? WithinReach(_state.DisplacementAt(node, outside)) : displacement;
        }
    }
}
