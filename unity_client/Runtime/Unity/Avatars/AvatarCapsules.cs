using System.Collections.Generic;
using UnityEngine;

namespace Ani3d
{
    /// <summary>Objects that hang on joints, one for each capsule that the package's driver knows of its body.</summary>
    internal sealed class AvatarCapsules
    {
        private readonly List<GameObject> _made = new List<GameObject>();

        /// <summary>Makes an object for each capsule, at its place in its joint's space.</summary>
        /// <param name="avatar">a loaded one.</param>
        /// <param name="dress">gives the object what it is for.</param>
        /// <returns>How many there are; 0 where the package has no driver.</returns>
        /// <exception cref="RefusalException">section "driver" is refused.</exception>
        public int Make(GaussianAvatar avatar, System.Action<GameObject, DriverCapsule, RigidTransform> dress)
        {
            Destroy();
            var shared = avatar.Show.Shared;
            var driver = shared.Playable.Driver();
            if (driver == null)
            {
                return 0;
            }
            foreach (var capsule in driver.Capsules)
            {
                var rest = shared.RestJoints[capsule.Joint];
                var turned = rest.Rotation.Transposed();
                var toJoint = new RigidTransform(turned, -1 * (turned * rest.Offset));
                var joint = avatar.FindJoint(avatar.Package.Skeleton.JointNames[capsule.Joint]);
                var made = new GameObject("capsule " + _made.Count) { hideFlags = HideFlags.DontSave, layer = avatar.gameObject.layer };
                made.transform.SetParent(joint, false);
                dress(made, capsule, toJoint);
                _made.Add(made);
            }
            return _made.Count;
        }

        /// <summary>Destroys them.</summary>
        public void Destroy()
        {
            foreach (var each in _made)
            {
                if (each != null)
                {
                    DrawingKernels.Destroy(each);
                }
            }
            _made.Clear();
        }
    }
}
