// A Humanoid whose bones a test moves itself.
using System.Collections.Generic;

namespace UnityEngine
{
    public sealed class Avatar : Object
    {
        public bool isValid { get; set; } = true;

        public HumanDescription humanDescription { get; set; }
    }

    public struct HumanDescription
    {
        public SkeletonBone[] skeleton;
    }

    public struct SkeletonBone
    {
        public string name;
        public Vector3 position;
        public Quaternion rotation;
        public Vector3 scale;
    }

    public enum AnimatorCullingMode
    {
        AlwaysAnimate = 0, CullCompletely = 2,
    }

    public sealed class Animator : Behaviour
    {
        public Avatar avatar { get; set; }

        public bool isHuman { get; set; } = true;

        public AnimatorCullingMode cullingMode { get; set; } = AnimatorCullingMode.CullCompletely;

        public Dictionary<HumanBodyBones, Transform> Bones { get; } = new Dictionary<HumanBodyBones, Transform>();

        public Transform GetBoneTransform(HumanBodyBones bone)
        {
            return Bones.TryGetValue(bone, out var found) ? found : null;
        }
    }

    // Numbers as Unity has them; fingers are left out.
    public enum HumanBodyBones
    {
        Hips = 0, LeftUpperLeg = 1, RightUpperLeg = 2, LeftLowerLeg = 3, RightLowerLeg = 4, LeftFoot = 5, RightFoot = 6, Spine = 7,
        Chest = 8, Neck = 9, Head = 10, LeftShoulder = 11, RightShoulder = 12, LeftUpperArm = 13, RightUpperArm = 14,
        LeftLowerArm = 15, RightLowerArm = 16, LeftHand = 17, RightHand = 18, LeftToes = 19, RightToes = 20, UpperChest = 54,
        LastBone = 55,
    }

    public class Renderer : Component
    {
        public bool enabled { get; set; } = true;

        public Rendering.ShadowCastingMode shadowCastingMode { get; set; } = Rendering.ShadowCastingMode.On;
    }

    public sealed class SkinnedMeshRenderer : Renderer
    {
    }
}

namespace UnityEngine.Rendering
{
    public enum ShadowCastingMode
    {
        Off = 0, On = 1, TwoSided = 2, ShadowsOnly = 3,
    }
}
