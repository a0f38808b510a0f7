using System;

namespace Ani3d
{
    /// <summary>
    /// Shows poses that were never baked: the driver moves cloth and hair. Cuts, pauses and clocks that go back are noticed.
    /// Nothing is allocated from frame to frame. One thread at a time.
    /// </summary>
    public sealed class LivePlayer
    {
        // A gap longer than this is a pause: cloth is put at rest instead of being swung through it.
        private const double PauseS = 0.5;
        private const double NominalStepS = 1.0 / 60;

        // What the joints of a person cannot do between two poses.
        private const double CutRad = 0.9;
        private const double CutRadS = 60;
        private readonly NodeDriver _driver;
        private readonly AvatarFrame _pose;
        private readonly AvatarFrame _next;
        private double _timeS;
        private bool _hasPose;

        /// <summary>Creates a player that shows the rest pose.</summary>
        /// <param name="avatar">that is shown; others may share it.</param>
        /// <param name="withDriver">whether cloth and hair move, where the package has a driver.</param>
        /// <exception cref="RefusalException">section "driver" is refused.</exception>
        public LivePlayer(PlayableAvatar avatar, bool withDriver = true)
        {
            Avatar = avatar ?? throw new ArgumentNullException(nameof(avatar));
            Frame = new GpuFrame(avatar);
            _pose = new AvatarFrame(avatar.JointCount, avatar.NodeCount);
            _next = new AvatarFrame(avatar.JointCount, avatar.NodeCount);
            var driver = withDriver && avatar.NodeCount > 0 ? avatar.Driver() : null;
            _driver = driver == null ? null : new NodeDriver(driver, avatar.Package.Skeleton, avatar.Model);
        }

        /// <summary>What is shown.</summary>
        public PlayableAvatar Avatar { get; }

        /// <summary>What the GPU needs of the last pose.</summary>
        public GpuFrame Frame { get; }

        /// <summary>The last pose, and the node motion that the driver made of it.</summary>
        public AvatarFrame Pose => _pose;

        /// <summary>How many poses were not taken: they had NaN or infinity, or a rotation without length.</summary>
        public int RefusedCount { get; private set; }

        /// <summary>How often the motion did not go on from the pose before.</summary>
        public int ResetCount { get; private set; }

        /// <summary>The newest pose of a source, where it has one.</summary>
        /// <returns>Whether <see cref="Frame"/> is a new one.</returns>
        public bool Update(IPoseSource source)
        {
            if (!source.TryRead(_next, out var timeS, out var isDiscontinuous))
            {
                return false;
            }
            if (source is IDrivenPoseSource)
            {
                return Show(_next);
            }
            return source is IPlacedPoseSource placed
                ? Step(_next, timeS, isDiscontinuous, placed.ToShown) : Step(_next, timeS, isDiscontinuous);
        }

        /// <summary>Shows a pose.</summary>
        /// <param name="pose">root translation and joint rotations; it may be the same object each time.</param>
        /// <param name="timeS">when it was, seconds on a clock that goes on.</param>
        /// <param name="isDiscontinuous">
        /// whether the motion does not go on from the pose before. A root that is put elsewhere need not be told.
        /// </param>
        /// <returns>
        /// Whether the pose was taken. One with numbers that are none is not: the player is as if it had not come.
        /// </returns>
        public bool Step(AvatarFrame pose, double timeS, bool isDiscontinuous = false)
        {
            if (!Drive(pose, timeS, isDiscontinuous))
            {
                return false;
            }
            Frame.SetMotion(_pose);
            return true;
        }

        /// <summary>Shows a pose of a space that stands still in one that moves: <see cref="IPlacedPoseSource"/>.</summary>
        /// <param name="pose">as of the other overload.</param>
        /// <param name="timeS">as of the other overload.</param>
        /// <param name="isDiscontinuous">as of the other overload.</param>
        /// <param name="toShown">from the space of the pose to the one in which it is shown.</param>
        /// <returns>Whether the pose was taken.</returns>
        public bool Step(AvatarFrame pose, double timeS, bool isDiscontinuous, RigidTransform toShown)
        {
            if (!Drive(pose, timeS, isDiscontinuous))
            {
                return false;
            }
            // The driver has seen the pose; nodes lie in the rest pose's space, so they stay as they are.
            var joint = Avatar.Package.Skeleton.ZeroJointsM[0];
            _pose.RootTranslationM = toShown.Apply(joint + _pose.RootTranslationM) - joint;
            _pose.JointRotations[0] = toShown.Rotation.ToQuaternion() * _pose.JointRotations[0];
            Frame.SetMotion(_pose);
            return true;
        }

        /// <summary>
        /// Shows a frame whose node motion is there already, as a server sends it. Detail of the frame is left out.
        /// </summary>
        /// <param name="frame">of J joints and M nodes.</param>
        /// <returns>Whether the frame was taken: one with numbers that are none is not.</returns>
        /// <exception cref="ArgumentException">it is of another avatar.</exception>
        public bool Show(AvatarFrame frame)
        {
            if (frame.JointRotations.Length != Avatar.JointCount || frame.NodeRotations.Length != Avatar.NodeCount)
            {
                throw new ArgumentException(
                    $"{frame.JointRotations.Length} joints and {frame.NodeRotations.Length} nodes; the avatar has "
                    + $"{Avatar.JointCount} and {Avatar.NodeCount}", nameof(frame));
            }
            if (!IsPose(frame, 0) || !AreNodes(frame))
            {
                RefusedCount++;
                return false;
            }
            _pose.RootTranslationM = frame.RootTranslationM;
            for (var joint = 0; joint < _pose.JointRotations.Length; joint++)
            {
                _pose.JointRotations[joint] = frame.JointRotations[joint].Normalised();
            }
            Array.Copy(frame.NodeDisplacementsM, _pose.NodeDisplacementsM, _pose.NodeDisplacementsM.Length);
            Array.Copy(frame.NodeRotations, _pose.NodeRotations, _pose.NodeRotations.Length);
            // A driver that takes over from here begins anew.
            _hasPose = false;
            Frame.SourceCount = 0;
            Frame.SetMotion(_pose);
            return true;
        }

        private bool Drive(AvatarFrame pose, double timeS, bool isDiscontinuous)
        {
            if (!IsPose(pose, timeS))
            {
                RefusedCount++;
                return false;
            }
            var dt = timeS - _timeS;
            var resets = !_hasPose || isDiscontinuous || !(dt > 0 && dt <= PauseS) || IsCut(pose, dt);
            _pose.RootTranslationM = pose.RootTranslationM;
            for (var joint = 0; joint < _pose.JointRotations.Length; joint++)
            {
                _pose.JointRotations[joint] = pose.JointRotations[joint].Normalised();
            }
            (_hasPose, _timeS) = (true, timeS);
            if (_driver != null)
            {
                if (resets)
                {
                    ResetCount++;
                    _driver.Reset(_pose);
                    dt = NominalStepS;
                }
                _driver.Step(_pose, dt);
            }
            Frame.SourceCount = 0;
            return true;
        }

        // Whether no motion of the joints below the root leads from the last pose to this one.
        private bool IsCut(AvatarFrame pose, double dt)
        {
            var turned = 0.0;
            var count = _pose.JointRotations.Length - 1;
            for (var joint = 1; joint <= count; joint++)
            {
                var cosine = Math.Abs(Quat.Dot(_pose.JointRotations[joint], pose.JointRotations[joint].Normalised()));
                turned += 2 * Math.Acos(Math.Min(cosine, 1)) / count;
            }
            return turned > CutRad && turned > CutRadS * dt;
        }

        private static bool AreNodes(AvatarFrame frame)
        {
            var usable = true;
            for (var node = 0; node < frame.NodeRotations.Length; node++)
            {
                var length = frame.NodeRotations[node].Length;
                usable &= frame.NodeDisplacementsM[node].IsFinite && length > 0 && !double.IsInfinity(length);
            }
            return usable;
        }

        private static bool IsPose(AvatarFrame pose, double timeS)
        {
            var usable = pose.RootTranslationM.IsFinite && !double.IsNaN(timeS) && !double.IsInfinity(timeS);
            foreach (var rotation in pose.JointRotations)
            {
                var length = rotation.Length;
                usable &= length > 0 && !double.IsInfinity(length);
            }
            return usable;
        }
    }
}
