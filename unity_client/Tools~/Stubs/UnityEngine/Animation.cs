// UnityEngine: the Animator and humanoid skeletons (com.unity.modules.animation). ALL unless said.
using System;

namespace UnityEngine
{
    public class Avatar : Object
    {
        public extern bool isValid { get; }
        public extern bool isHuman { get; }
        public extern HumanDescription humanDescription { get; }
    }

    public struct HumanDescription
    {
        public HumanBone[] human;
        public SkeletonBone[] skeleton;
    }

    public struct HumanBone
    {
        public extern string boneName { get; set; }
        public extern string humanName { get; set; }
    }

    // Fields of the skeleton of a HumanDescription: the pose in which the avatar was made, usually its T-pose.
    public struct SkeletonBone
    {
        public string name;
        public Vector3 position;
        public Quaternion rotation;
        public Vector3 scale;
    }

    public class RuntimeAnimatorController : Object
    {
    }

    public enum AnimatorCullingMode
    {
        AlwaysAnimate = 0, CullUpdateTransforms = 1, CullCompletely = 2,
    }

    public class Animator : Behaviour
    {
        public extern bool isHuman { get; }
        public extern float humanScale { get; }
        public extern Avatar avatar { get; set; }
        public extern bool applyRootMotion { get; set; }
        public extern float speed { get; set; }
        public extern AnimatorCullingMode cullingMode { get; set; }
        public extern RuntimeAnimatorController runtimeAnimatorController { get; set; }
        // From 2022.3 it throws where the avatar is none, invalid or not human; before, it checks the range alone.
        public extern Transform GetBoneTransform(HumanBodyBones humanBoneId);
    }

    public enum HumanBodyBones
    {
        Hips = 0, LeftUpperLeg, RightUpperLeg, LeftLowerLeg, RightLowerLeg, LeftFoot, RightFoot, Spine, Chest, Neck, Head,
        LeftShoulder, RightShoulder, LeftUpperArm, RightUpperArm, LeftLowerArm, RightLowerArm, LeftHand, RightHand, LeftToes,
        RightToes, LeftEye, RightEye, Jaw, LeftThumbProximal, LeftThumbIntermediate, LeftThumbDistal, LeftIndexProximal,
        LeftIndexIntermediate, LeftIndexDistal, LeftMiddleProximal, LeftMiddleIntermediate, LeftMiddleDistal, LeftRingProximal,
        LeftRingIntermediate, LeftRingDistal, LeftLittleProximal, LeftLittleIntermediate, LeftLittleDistal, RightThumbProximal,
        RightThumbIntermediate, RightThumbDistal, RightIndexProximal, RightIndexIntermediate, RightIndexDistal,
        RightMiddleProximal, RightMiddleIntermediate, RightMiddleDistal, RightRingProximal, RightRingIntermediate,
        RightRingDistal, RightLittleProximal, RightLittleIntermediate, RightLittleDistal, UpperChest = 54, LastBone = 55,
    }
}
