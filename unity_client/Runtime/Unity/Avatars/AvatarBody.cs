using UnityEngine;

namespace Ani3d
{
    /// <summary>
    /// What the engine has to know of a Gaussian avatar's body, since it is no mesh: made of the capsules of the package's
    /// driver, which hang on joints and follow them.
    /// </summary>
    public abstract class AvatarBody : MonoBehaviour
    {
        private readonly AvatarCapsules _capsules = new AvatarCapsules();
        private GaussianAvatar _avatar;

        /// <summary>Capsules that there are; 0 until the avatar is loaded, or where its package has no driver.</summary>
        public int CapsuleCount { get; private set; }

        /// <summary>Gives an object of a capsule what it is for.</summary>
        /// <param name="made">a child of its joint's object.</param>
        /// <param name="capsule">in the rest pose.</param>
        /// <param name="toJoint">from the rest pose to the joint's space, in the package's frame.</param>
        internal abstract void Dress(GameObject made, DriverCapsule capsule, RigidTransform toJoint);

        /// <summary>Makes capsules as the avatar is loaded.</summary>
        protected virtual void OnEnable()
        {
            _avatar = GetComponent<GaussianAvatar>();
            _avatar.Loaded += Make;
            if (_avatar.State == AvatarState.Ready)
            {
                Make(_avatar);
            }
        }

        /// <summary>Destroys them.</summary>
        protected virtual void OnDisable()
        {
            _avatar.Loaded -= Make;
            _capsules.Destroy();
            CapsuleCount = 0;
        }

        private void Make(GaussianAvatar avatar)
        {
            try
            {
                CapsuleCount = _capsules.Make(avatar, Dress);
                if (CapsuleCount == 0)
                {
                    Debug.LogWarning(
                        $"{name}: the package has no driver, expected one for {GetType().Name}. Bake it with ani3d bake, which "
                        + "writes one unless it is told otherwise.", this);
                }
            }
            catch (RefusalException refusal)
            {
                Debug.LogError($"{name}: {refusal.Message}", this);
            }
        }
    }
}
