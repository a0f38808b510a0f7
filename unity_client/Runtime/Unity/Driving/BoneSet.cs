using System.Collections.Generic;
using UnityEngine;

namespace Ani3d
{
    /// <summary>
    /// The bones of a character, and the pose that they have in common with an avatar: of a Humanoid its T-pose, of another
    /// hierarchy the pose that it had when it was taken.
    /// </summary>
    internal sealed class BoneSet
    {
        private readonly Transform _root;
        private readonly Transform[] _bones;
        private readonly string[] _joints;
        private readonly Vec3[] _places;
        private readonly Quat[] _rotations;

        private BoneSet(Transform root, List<Transform> bones, List<string> joints)
        {
            _root = root;
            _bones = bones.ToArray();
            _joints = joints?.ToArray();
            _places = new Vec3[_bones.Length];
            _rotations = new Quat[_bones.Length];
        }

        /// <summary>The bones.</summary>
        public Transform[] Bones => _bones;

        /// <summary>Whether the Animator has a human's bones.</summary>
        public static bool IsHuman(Animator animator)
        {
            return animator && animator.avatar && animator.avatar.isValid && animator.isHuman;
        }

        /// <summary>The bones of a Humanoid, in its T-pose.</summary>
        public static BoneSet OfHuman(Animator animator)
        {
            var bones = new List<Transform>();
            var joints = new List<string>();
            for (var bone = HumanBodyBones.Hips; bone < HumanBodyBones.LastBone; bone++)
            {
                var found = animator.GetBoneTransform(bone);
                var joint = JointNaming.OfHumanBone(bone.ToString());
                if (found && joint != null)
                {
                    bones.Add(found);
                    joints.Add(joint);
                }
            }
            var set = new BoneSet(animator.transform, bones, joints);
            var posed = new Dictionary<string, SkeletonBone>();
            foreach (var each in animator.avatar.humanDescription.skeleton ?? new SkeletonBone[0])
            {
                posed[each.name] = each;
            }
            set.Take(posed);
            return set;
        }

        /// <summary>All objects below one, in the pose that they have now.</summary>
        public static BoneSet OfHierarchy(Transform root)
        {
            var bones = new List<Transform>();
            Collect(root, bones);
            var set = new BoneSet(root, bones, null);
            set.Take(new Dictionary<string, SkeletonBone>());
            return set;
        }

        /// <summary>The skeleton in the reference pose.</summary>
        /// <param name="mapping">bones of other names.</param>
        /// <exception cref="RefusalException">bones are missing, or it does not stand.</exception>
        public StandingSkeleton Standing(IEnumerable<BoneMapping> mapping)
        {
            if (_joints != null)
            {
                return new StandingSkeleton(_joints, _places, _rotations);
            }
            var names = new string[_bones.Length];
            for (var bone = 0; bone < names.Length; bone++)
            {
                names[bone] = _bones[bone].name;
            }
            return new StandingSkeleton(JointNaming.Recognise(names, BoneMapping.Table(mapping)).Joints, _places, _rotations);
        }

        private static void Collect(Transform parent, List<Transform> bones)
        {
            bones.Add(parent);
            for (var child = 0; child < parent.childCount; child++)
            {
                // What hangs on an avatar's joints has their names, and is no bone that leads.
                if (!parent.GetChild(child).GetComponent<GaussianAvatar>())
                {
                    Collect(parent.GetChild(child), bones);
                }
            }
        }

        private void Take(Dictionary<string, SkeletonBone> posed)
        {
            for (var bone = 0; bone < _bones.Length; bone++)
            {
                var placed = InRoot(_bones[bone], posed);
                _places[bone] = placed.Place;
                _rotations[bone] = placed.Rotation;
            }
        }

        // Where a bone is in the root's space, in the frame of packages; what a pose does not tell is as it is now.
        private Placed InRoot(Transform bone, Dictionary<string, SkeletonBone> posed)
        {
            if (bone == null || bone == _root)
            {
                return new Placed { Rotation = Quat.Identity, Scale = 1 };
            }
            var parent = InRoot(bone.parent, posed);
            Vector3 place = bone.localPosition, scale = bone.localScale;
            var rotation = bone.localRotation;
            if (posed.TryGetValue(bone.name, out var told))
            {
                (place, rotation, scale) = (told.position, told.rotation, told.scale);
            }
            return new Placed
            {
                Place = parent.Place + parent.Rotation.Rotate(parent.Scale * UnitySpace.FromUnity(place)),
                Rotation = (parent.Rotation * UnitySpace.FromUnity(rotation)).Normalised(),
                // Rigs are scaled alike along all axes, or not at all.
                Scale = parent.Scale * scale.y,
            };
        }

        private struct Placed
        {
            public Vec3 Place;
            public Quat Rotation;
            public double Scale;
        }
    }
}
