using System;
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Rendering;

namespace Ani3d
{
    /// <summary>
    /// One avatar of a loaded package: who plays it, what is drawn of it, and its buffers. The component owns it from the end
    /// of loading until it is disabled.
    /// </summary>
    internal sealed class AvatarShow : IDisposable
    {
        private readonly SharedAvatar _shared;
        private readonly AvatarBuffers _buffers;
        private readonly LevelFade _fade = new LevelFade();
        private readonly FrameMemory _memory;
        private readonly int _lastLevel;
        private LivePlayer _live;
        private SequencePlayer _sequence;
        private GpuFrame _frame;
        private AvatarFrame _pose;
        private int _level;
        private float _gain = 1;
        private bool _wasSeen;
        private bool _isStale;

        /// <summary>Creates the show of a package that is loaded.</summary>
        public AvatarShow(SharedAvatar shared)
        {
            _shared = shared;
            _buffers = new AvatarBuffers(shared);
            _memory = new FrameMemory(shared.Playable.JointCount, shared.Playable.NodeCount);
            _lastLevel = shared.LevelEnds.Length - 1;
            Clips = new ClipPlayer(shared.Playable);
            _frame = Clips.Frame;
            _pose = Clips.Pose;
            RestIn(_pose);
            Drawn.Degree = shared.Playable.Package.Manifest.ShDegree;
        }

        /// <summary>What plays clips.</summary>
        public ClipPlayer Clips { get; }

        /// <summary>What plays what a sequencer says; made when it is first asked for.</summary>
        public SequencePlayer Sequence => _sequence ??= new SequencePlayer(_shared.Playable);

        /// <summary>What cameras draw.</summary>
        public DrawnAvatar Drawn { get; } = new DrawnAvatar();

        /// <summary>The package.</summary>
        public SharedAvatar Shared => _shared;

        /// <summary>[J] A_j of what is shown.</summary>
        public RigidTransform[] Joints => _frame.JointTransforms;

        /// <summary>Pose and node motion of what is shown.</summary>
        public AvatarFrame Pose => _pose;

        /// <summary>Level of detail that is shown, or gone to.</summary>
        public int Level => _level;

        /// <summary>Times the residual layer; 0 is the rigid layer alone.</summary>
        public float Gain
        {
            get => _gain;
            set
            {
                _isStale |= _gain != value;
                _gain = value;
            }
        }

        /// <summary>Whether what is drawn is not what is shown yet.</summary>
        public bool IsStale => _isStale || _buffers.IsLost || Drawn.Posed == null;

        /// <summary>Lets clips go on, takes the newest pose of a source, or what a sequencer shows.</summary>
        /// <param name="seconds">since the last time.</param>
        /// <param name="source">of poses; null for clips.</param>
        /// <param name="isSequenced">whether a sequencer leads.</param>
        /// <returns>Whether another frame is shown.</returns>
        /// <exception cref="RefusalException">what is to be shown is refused; what is shown stays.</exception>
        public bool Advance(double seconds, IPoseSource source, bool isSequenced)
        {
            var before = _frame;
            if (isSequenced)
            {
                (_frame, _pose) = (Sequence.Frame, Sequence.Pose);
            }
            else if (source == null)
            {
                Clips.Update(seconds);
                (_frame, _pose) = (Clips.Frame, Clips.Pose);
            }
            else
            {
                _live ??= new LivePlayer(_shared.Playable);
                if (_live.Update(source) || ReferenceEquals(_frame, _live.Frame))
                {
                    (_frame, _pose) = (_live.Frame, _live.Pose);
                }
            }
            if (!ReferenceEquals(before, _frame))
            {
                _buffers.Forget();
            }
            if (!_memory.Take(_frame))
            {
                return false;
            }
            _isStale = true;
            Drawn.Bounds = _shared.Reach.In(_frame.JointTransforms);
            return true;
        }

        /// <summary>Goes towards a level of detail.</summary>
        /// <param name="seconds">since the last time.</param>
        public void FadeLevel(double seconds)
        {
            _isStale |= _fade.Advance(_level, seconds);
        }

        /// <summary>Shows a level, by and by; at once where it was not seen before.</summary>
        /// <param name="level">0 to the last; more is the last.</param>
        /// <param name="isSeen">whether a camera has seen it at the last one.</param>
        public void ShowLevel(int level, bool isSeen)
        {
            _level = Math.Min(Math.Max(level, 0), _lastLevel);
            if (!_wasSeen)
            {
                _fade.Jump(_level);
                _isStale = true;
            }
            _wasSeen |= isSeen;
        }

        /// <summary>Records what brings its Gaussians up to date, where they are not.</summary>
        public bool Prepare(CommandBuffer commands, DrawingKernels kernels)
        {
            if (!IsStale || Drawn.Bounds.IsEmpty)
            {
                return false;
            }
            Drawn.Count = _buffers.Record(commands, kernels, _frame, _pose, _fade, _gain);
            Drawn.Posed = _buffers.Posed;
            Drawn.Harmonics = _shared.Buffers.Harmonics;
            Drawn.Version++;
            _isStale = false;
            return true;
        }

        /// <summary>Where a joint is in the frame of the object, in Unity's space.</summary>
        public void PlaceOf(int joint, out Vector3 place, out Quaternion rotation)
        {
            var rest = _shared.RestJoints[joint];
            var posed = _frame.JointTransforms[joint];
            place = UnitySpace.ToUnity(posed.Apply(rest.Offset));
            rotation = UnitySpace.ToUnity((posed.Rotation * rest.Rotation).ToQuaternion());
        }

        /// <summary>Gives all but the shared package back.</summary>
        public void Dispose()
        {
            Clips.Dispose();
            _sequence?.Dispose();
            _buffers.Dispose();
            Drawn.Count = 0;
            Drawn.Posed = null;
        }

        private void RestIn(AvatarFrame pose)
        {
            var skeleton = _shared.Playable.Package.Skeleton;
            pose.RootTranslationM = skeleton.RestTranslationM;
            for (var joint = 0; joint < pose.JointRotations.Length; joint++)
            {
                pose.JointRotations[joint] = skeleton.RestRotations[joint];
            }
        }
    }
}
