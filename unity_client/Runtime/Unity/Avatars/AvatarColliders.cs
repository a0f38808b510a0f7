using UnityEngine;

namespace Ani3d
{
    /// <summary>Capsule colliders on the limbs of a Gaussian avatar: for ray casts, triggers, and things that bounce off it.</summary>
    [AddComponentMenu("ani3d/Avatar Colliders")]
    [DisallowMultipleComponent]
    [RequireComponent(typeof(GaussianAvatar))]
    public sealed class AvatarColliders : AvatarBody
    {
        [SerializeField, Tooltip("Whether they only tell of what they meet.")]
        private bool isTrigger = false;

        /// <inheritdoc/>
        internal override void Dress(GameObject made, DriverCapsule capsule, RigidTransform toJoint)
        {
            var placed = CapsulePlacement.Of(capsule, toJoint);
            // Already in Unity's hand.
            var (centre, rotation) = (placed.Centre, placed.Rotation);
            made.transform.localPosition = new Vector3((float)centre.X, (float)centre.Y, (float)centre.Z);
            made.transform.localRotation = new Quaternion(
                (float)rotation.X, (float)rotation.Y, (float)rotation.Z, (float)rotation.W);
            var body = made.AddComponent<Rigidbody>();
            body.isKinematic = true;
            body.useGravity = false;
            var collider = made.AddComponent<CapsuleCollider>();
            collider.direction = 1;
            collider.height = (float)placed.HeightM;
            collider.radius = (float)placed.RadiusM;
            collider.isTrigger = isTrigger;
        }
    }
}
