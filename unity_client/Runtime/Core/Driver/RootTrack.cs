using System;

namespace Ani3d
{
    /// <summary>
    /// What the driver remembers of the root, and whether it was put elsewhere (DRIVER.md, "Carrying").
    /// </summary>
    internal sealed class RootTrack
    {
        private double _seenMs;
        private Vec3 _velocityMs;
        private double _turningRadS;
        private bool _wasCarried;

        /// <summary>Place of the root joint, metres.</summary>
        public Vec3 PlaceM { get; private set; }

        /// <summary>Rotation of the root's transform.</summary>
        public Mat3 Rotation { get; private set; } = Mat3.Identity;

        /// <summary>True if the root stopped right after it was put elsewhere: who fell begins anew.</summary>
        public bool HasStopped { get; private set; }

        /// <summary>Forgets everything: the root has always stood here.</summary>
        public void Reset(Vec3 placeM, Mat3 rotation)
        {
            PlaceM = placeM;
            Rotation = rotation;
            _seenMs = _turningRadS = 0;
            _velocityMs = default;
            _wasCarried = HasStopped = false;
        }

        /// <summary>Takes the root's next place.</summary>
        /// <param name="placeM">metres.</param>
        /// <param name="rotation">of the root's transform.</param>
        /// <param name="dt">seconds after the last one.</param>
        /// <param name="turn">the rotation since then.</param>
        /// <param name="to">where what was at the last place is carried to.</param>
        /// <returns>Whether all that is remembered is to be carried.</returns>
        public bool Moves(Vec3 placeM, Mat3 rotation, double dt, out Mat3 turn, out Vec3 to)
        {
            turn = rotation * Rotation.Transposed();
            var way = placeM - PlaceM;
            var shift = way.Length;
            var angle = Math.Acos(Math.Min(Math.Max((turn.Trace - 1) / 2, -1), 1));
            var jumped = Exceeds(
                shift - _seenMs * dt, FormatConstants.Driver.CarryJumpM, FormatConstants.Driver.CarryJumpMS, dt);
            var rushed = Exceeds(
                shift - _velocityMs.Length * dt, FormatConstants.Driver.CarryShiftM,
                FormatConstants.Driver.CarryShiftMS, dt);
            var spun = Exceeds(
                angle - _turningRadS * dt, FormatConstants.Driver.CarryTurnRad, FormatConstants.Driver.CarryTurnRadS,
                dt);
            var carried = jumped || rushed || spun;
            _seenMs = shift / dt;
            HasStopped = !carried && _wasCarried && _velocityMs.Length - _seenMs > FormatConstants.Driver.CarryStopMS;
            _wasCarried = carried;
            if (carried)
            {
                _velocityMs = turn * _velocityMs;
            }
            else
            {
                _velocityMs = (1 / dt) * way;
                _turningRadS = angle / dt;
            }
            to = placeM - dt * _velocityMs;
            PlaceM = placeM;
            Rotation = rotation;
            return carried;
        }

        private static bool Exceeds(double excess, double least, double rate, double dt)
        {
            return excess > Math.Max(least, rate * dt);
        }
    }
}
