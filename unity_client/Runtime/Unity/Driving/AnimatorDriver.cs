using System;
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Rendering;

namespace Ani3d
{
    /// <summary>
    /// Lets a character move a <see cref="GaussianAvatar"/>: a Humanoid Animator, or any hierarchy of bones whose names are known
    /// (Mixamo, Unreal, VRM, CMU, SMPL, plain anatomy) or mapped. Cloth and hair are moved by the driver of the package, here and
    /// without a server. Bones are read in LateUpdate, after animation and most constraints.
    /// </summary>
    [AddComponentMenu("ani3d/Animator Driver")]
    [DisallowMultipleComponent]
    [RequireComponent(typeof(GaussianAvatar))]
    public sealed class AnimatorDriver : MonoBehaviour, IPlacedPoseSource
    {
        [SerializeField, Tooltip("A Humanoid that leads. Leave it empty for another hierarchy.")]
        private Animator animator = default;

        [SerializeField, Tooltip("The object above all bones of a hierarchy that is no Humanoid. It stands upright at first.")]
        private Transform hierarchy = default;

        [SerializeField, Tooltip("Bones of a hierarchy that have names of their own.")]
        private BoneMapping[] mapping = Array.Empty<BoneMapping>();

        [SerializeField, Tooltip("What becomes of the character's own meshes.")]
        private DrivingMeshes meshes = DrivingMeshes.ShadowsOnly;

        [SerializeField, Tooltip("Whether cloth and hair feel the movement of the object, and not of the bones alone.")]
        private bool feelsObject = true;

        [SerializeField, Tooltip("Raises the avatar, metres; for soles that do not meet the ground.")]
        private float height = 0;

        private readonly List<Renderer> _hidden = new List<Renderer>();
        private readonly List<ShadowCastingMode> _shadows = new List<ShadowCastingMode>();
        private GaussianAvatar _avatar;
        private Animator _kept;
        private AnimatorCullingMode _culling;
        private BoneSet _bones;
        private Retargeter _retargeter;
        private Quat[] _rotations;
        private Vec3 _rootJoint;
        private double _timeS = double.NegativeInfinity;
        private bool _isCut;
        private bool _isTold;

        /// <summary>The character was matched with the avatar, or it was not: <see cref="Refusal"/> says why.</summary>
        public event Action<AnimatorDriver> Matched;

        /// <summary>The Humanoid that leads.</summary>
        public Animator Animator
        {
            get => animator;
            set
            {
                animator = value;
                TakeReference();
            }
        }

        /// <summary>The object above all bones of a hierarchy that is no Humanoid.</summary>
        public Transform Hierarchy
        {
            get => hierarchy;
            set
            {
                hierarchy = value;
                TakeReference();
            }
        }

        /// <summary>What takes bones to joints; null until the avatar is loaded, or where it was refused.</summary>
        public Retargeter Retargeter => _retargeter;

        /// <summary>Why the character cannot lead the avatar, with a code and what to do; null where it can.</summary>
        public RefusalException Refusal { get; private set; }

        /// <inheritdoc/>
        RigidTransform IPlacedPoseSource.ToShown => ToShown;

        private RigidTransform ToShown { get; set; } = new RigidTransform(Mat3.Identity, default);

        private Transform Root => BoneSet.IsHuman(animator) ? animator.transform : hierarchy;

        /// <summary>
        /// Takes the pose that the character has now as the one in which it stands like the avatar's zero pose. A Humanoid
        /// brings its T-pose along, and is not looked at.
        /// </summary>
        public void TakeReference()
        {
            _bones = null;
            ShowMeshes();
            HideMeshes();
            LetGo();
            if (BoneSet.IsHuman(animator))
            {
                // Without a renderer that is seen, Unity would not move its bones.
                KeepMoving();
                _bones = BoneSet.OfHuman(animator);
            }
            else if (hierarchy)
            {
                _bones = BoneSet.OfHierarchy(hierarchy);
            }
            Match(_avatar);
        }

        /// <summary>Says that the next pose does not go on from the last one: cloth and hair begin at rest.</summary>
        public void Cut()
        {
            _isCut = true;
        }

        /// <inheritdoc/>
        bool IPoseSource.TryRead(AvatarFrame pose, out double timeS, out bool isDiscontinuous)
        {
            timeS = Time.timeAsDouble;
            isDiscontinuous = _isCut;
            var root = Root;
            TellOnce();
            // A game that stands still is no pause: nothing is new.
            if (_retargeter == null || !root || timeS == _timeS || !Read(root, pose))
            {
                return false;
            }
            _timeS = timeS;
            _isCut = false;
            return true;
        }

        private void OnEnable()
        {
            _avatar = GetComponent<GaussianAvatar>();
            _avatar.Loaded += Match;
            _avatar.PoseSource = this;
            _isCut = true;
            // An avatar lies below its character, or above it.
            animator = animator || hierarchy ? animator : GetComponentInParent<Animator>();
            animator = animator || hierarchy ? animator : GetComponentInChildren<Animator>();
            TakeReference();
        }

        private void OnDisable()
        {
            _avatar.Loaded -= Match;
            if (ReferenceEquals(_avatar.PoseSource, this))
            {
                _avatar.PoseSource = null;
            }
            ShowMeshes();
            LetGo();
        }

        private void KeepMoving()
        {
            if (isActiveAndEnabled)
            {
                (_kept, _culling) = (animator, animator.cullingMode);
                animator.cullingMode = AnimatorCullingMode.AlwaysAnimate;
            }
        }

        private void LetGo()
        {
            if (_kept)
            {
                _kept.cullingMode = _culling;
            }
            _kept = null;
        }

        private void Match(GaussianAvatar avatar)
        {
            _retargeter = null;
            Refusal = null;
            if (avatar == null || avatar.Package == null)
            {
                return;
            }
            try
            {
                _retargeter = new Retargeter(Bones().Standing(mapping), avatar.Package.Skeleton);
                _rotations = new Quat[_bones.Bones.Length];
                _rootJoint = avatar.Package.Skeleton.ZeroJointsM[0];
            }
            catch (RefusalException refusal)
            {
                Refusal = refusal;
                _isTold = false;
            }
            Matched?.Invoke(this);
        }

        // Not before it is to be shown: a script may still be about to say who leads.
        private void TellOnce()
        {
            if (Refusal != null && !_isTold)
            {
                _isTold = true;
                Debug.LogError($"{name}: {Refusal.Message}", this);
            }
        }

        private BoneSet Bones()
        {
            return _bones ?? throw new RefusalException(
                RefusalCodes.SourceInvalid, name, animator ? "an Animator that is no Humanoid, and no hierarchy" : "no character",
                "a Humanoid Animator, or the object above all bones", "Set Animator or Hierarchy of the AnimatorDriver.");
        }

        // The pose in the root's space, and, where cloth is to feel it, in the world's.
        private bool Read(Transform root, AvatarFrame pose)
        {
            var turn = UnitySpace.FromUnity(root.rotation);
            var back = turn.Conjugated();
            var bones = _bones.Bones;
            for (var bone = 0; bone < bones.Length; bone++)
            {
                if (!bones[bone])
                {
                    return false;
                }
                _rotations[bone] = back * UnitySpace.FromUnity(bones[bone].rotation);
            }
            var left = root.InverseTransformPoint(bones[_retargeter.LeftHipBone].position);
            var right = root.InverseTransformPoint(bones[_retargeter.RightHipBone].position);
            _retargeter.Pose(_rotations, UnitySpace.FromUnity(left), UnitySpace.FromUnity(right), pose);
            pose.RootTranslationM += new Vec3(0, height, 0);
            if (feelsObject)
            {
                Place(pose, turn, root.position);
            }
            return true;
        }

        // In metres of the avatar: an object of another scale is another world to it.
        private void Place(AvatarFrame pose, Quat turn, Vector3 position)
        {
            var scale = Math.Max(Math.Abs(_avatar.transform.lossyScale.y), 1e-6f);
            var offset = (1.0 / scale) * UnitySpace.FromUnity(position);
            pose.RootTranslationM = turn.Rotate(_rootJoint + pose.RootTranslationM) + offset - _rootJoint;
            pose.JointRotations[0] = turn * pose.JointRotations[0];
            var back = Mat3.FromQuaternion(turn.Conjugated());
            ToShown = new RigidTransform(back, -1 * (back * offset));
        }

        private void HideMeshes()
        {
            var root = Root;
            if (meshes == DrivingMeshes.Shown || !root || !isActiveAndEnabled)
            {
                return;
            }
            foreach (var each in root.GetComponentsInChildren<SkinnedMeshRenderer>(true))
            {
                // Clothes that the game has switched off stay off.
                if (!each.enabled)
                {
                    continue;
                }
                _hidden.Add(each);
                _shadows.Add(each.shadowCastingMode);
                each.shadowCastingMode = ShadowCastingMode.ShadowsOnly;
                each.enabled = meshes == DrivingMeshes.ShadowsOnly;
            }
        }

        private void ShowMeshes()
        {
            for (var i = 0; i < _hidden.Count; i++)
            {
                if (_hidden[i])
                {
                    _hidden[i].enabled = true;
                    _hidden[i].shadowCastingMode = _shadows[i];
                }
            }
            _hidden.Clear();
            _shadows.Clear();
        }
    }
}
