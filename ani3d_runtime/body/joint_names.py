"""What joints are called: the SMPL family's layouts, and other tools' names for the same joints.

Every table takes their name to ours. Ours are SMPL-X's, of which SMPL's 24 (but for its two hands) and SMPL-H's 52 are
part.
"""

from __future__ import annotations

from ani3d_runtime.body.model import SMPL_JOINT_NAMES

_BODY = SMPL_JOINT_NAMES[:22]
_FINGERS = tuple(
    f"{side}_{finger}{bone}"
    for side in ("left", "right")
    for finger in ("index", "middle", "pinky", "ring", "thumb")
    for bone in (1, 2, 3)
)
SMPLH_JOINT_NAMES = (*_BODY, *_FINGERS)
SMPLX_JOINT_NAMES = (*_BODY, "jaw", "left_eye_smplhf", "right_eye_smplhf", *_FINGERS)

LAYOUTS = {len(names): names for names in (_BODY, SMPL_JOINT_NAMES, SMPLH_JOINT_NAMES, SMPLX_JOINT_NAMES)}
"""Joint names of the SMPL family by their number: 22 (the body alone), 24, 52, 55."""

# Without these a body cannot be placed or walk.
REQUIRED = (
    "pelvis",
    *(f"{side}_{joint}" for side in ("left", "right") for joint in ("hip", "knee", "ankle", "shoulder", "elbow")),
)


def _both_sides(left: dict[str, str], theirs: tuple[str, str]) -> dict[str, str]:
    """A table of the left side's joints, and the same for the right side's."""
    mirrored = {name.replace(*theirs): ours.replace("left", "right") for name, ours in left.items()}
    return {**left, **mirrored}


_SHARED = {
    "Hips": "pelvis",
    "Neck": "neck",
    "Head": "head",
    **_both_sides(
        {
            "LeftUpLeg": "left_hip",
            "LeftLeg": "left_knee",
            "LeftFoot": "left_ankle",
            "LeftToeBase": "left_foot",
            "LeftShoulder": "left_collar",
            "LeftArm": "left_shoulder",
            "LeftForeArm": "left_elbow",
            "LeftHand": "left_wrist",
        },
        ("Left", "Right"),
    ),
}
_MIXAMO_FINGERS = {
    f"{side}Hand{finger}{bone}": f"{side.lower()}_{finger.lower()}{bone}"
    for side in ("Left", "Right")
    for finger in ("Thumb", "Index", "Middle", "Ring", "Pinky")
    for bone in (1, 2, 3)
}
CMU = {**_SHARED, "LowerBack": "spine1", "Spine": "spine2", "Spine1": "spine3"}
MIXAMO = {**_SHARED, "Spine": "spine1", "Spine1": "spine2", "Spine2": "spine3", **_MIXAMO_FINGERS}
ANATOMICAL = {
    "Hips": "pelvis",
    "Ab": "spine1",
    "Chest": "spine2",
    "Chest2": "spine3",
    "Neck": "neck",
    "Head": "head",
    **_both_sides(
        {
            "LeftHip": "left_hip",
            "LeftKnee": "left_knee",
            "LeftAnkle": "left_ankle",
            "LeftToes": "left_foot",
            "LeftToe": "left_foot",
            "LeftCollar": "left_collar",
            "LeftShoulder": "left_shoulder",
            "LeftElbow": "left_elbow",
            "LeftWrist": "left_wrist",
        },
        ("Left", "Right"),
    ),
}
SMPL = {name: name for name in (*SMPL_JOINT_NAMES, *SMPLX_JOINT_NAMES)}

# Unity's HumanBodyBones, https://docs.unity3d.com/ScriptReference/HumanBodyBones.html
UNITY = {
    "Hips": "pelvis",
    "Spine": "spine1",
    "Chest": "spine2",
    "UpperChest": "spine3",
    "Neck": "neck",
    "Head": "head",
    "Jaw": "jaw",
    **_both_sides(
        {
            "LeftUpperLeg": "left_hip",
            "LeftLowerLeg": "left_knee",
            "LeftFoot": "left_ankle",
            "LeftToes": "left_foot",
            "LeftShoulder": "left_collar",
            "LeftUpperArm": "left_shoulder",
            "LeftLowerArm": "left_elbow",
            "LeftHand": "left_wrist",
            "LeftEye": "left_eye_smplhf",
            **{
                f"Left{theirs}{phalanx}": f"left_{ours}{bone}"
                for theirs, ours in (
                    ("Thumb", "thumb"),
                    ("Index", "index"),
                    ("Middle", "middle"),
                    ("Ring", "ring"),
                    ("Little", "pinky"),
                )
                for bone, phalanx in enumerate(("Proximal", "Intermediate", "Distal"), start=1)
            },
        },
        ("Left", "Right"),
    ),
}
# VRM's humanoid: the same in camel case; version 1 counts the thumb from its metacarpal,
# https://github.com/vrm-c/vrm-specification/blob/master/specification/VRMC_vrm-1.0/humanoid.md
VRM = {
    **{name[0].lower() + name[1:]: ours for name, ours in UNITY.items()},
    **{
        f"{side}Thumb{phalanx}": f"{side}_thumb{bone}"
        for side in ("left", "right")
        for bone, phalanx in enumerate(("Metacarpal", "Proximal", "Distal"), start=1)
    },
}
_UNREAL_LIMBS = _both_sides(
    {
        "thigh_l": "left_hip",
        "calf_l": "left_knee",
        "foot_l": "left_ankle",
        "ball_l": "left_foot",
        "clavicle_l": "left_collar",
        "upperarm_l": "left_shoulder",
        "lowerarm_l": "left_elbow",
        "hand_l": "left_wrist",
        **{
            f"{finger}_0{bone}_l": f"left_{finger}{bone}"
            for finger in ("thumb", "index", "middle", "ring", "pinky")
            for bone in (1, 2, 3)
        },
    },
    ("_l", "_r"),
)
_UNREAL_TRUNK = {"pelvis": "pelvis", "neck_01": "neck", "head": "head", **_UNREAL_LIMBS}
# Unreal Engine 4's mannequin has three joints in its spine, that of 5 has five.
UNREAL_4 = {**_UNREAL_TRUNK, "spine_01": "spine1", "spine_02": "spine2", "spine_03": "spine3"}
UNREAL_5 = {**_UNREAL_TRUNK, "spine_01": "spine1", "spine_03": "spine2", "spine_05": "spine3"}

STYLES = {
    "CMU": CMU,
    "Mixamo": MIXAMO,
    "anatomical": ANATOMICAL,
    "SMPL": SMPL,
    "Unity": UNITY,
    "VRM": VRM,
    "Unreal 5": UNREAL_5,
    "Unreal 4": UNREAL_4,
}
"""Name tables by what the naming is called. Of two that explain as many joints of a skeleton, the first is meant."""

# Where a joint hangs when a source says only its name, as VMC does: Unity's human without the joints it lacks.
UNITY_PARENTS = {
    "Hips": "",
    "Spine": "Hips",
    "Chest": "Spine",
    "UpperChest": "Chest",
    "Neck": "UpperChest",
    "Head": "Neck",
    "Jaw": "Head",
    **{
        name.replace("Left", side): parent.replace("Left", side)
        for side in ("Left", "Right")
        for name, parent in {
            "LeftEye": "Head",
            "LeftUpperLeg": "Hips",
            "LeftLowerLeg": "LeftUpperLeg",
            "LeftFoot": "LeftLowerLeg",
            "LeftToes": "LeftFoot",
            "LeftShoulder": "UpperChest",
            "LeftUpperArm": "LeftShoulder",
            "LeftLowerArm": "LeftUpperArm",
            "LeftHand": "LeftLowerArm",
            **{
                f"Left{finger}{phalanx}": f"Left{finger}{before}" if before else "LeftHand"
                for finger in ("Thumb", "Index", "Middle", "Ring", "Little")
                for before, phalanx in (("", "Proximal"), ("Proximal", "Intermediate"), ("Intermediate", "Distal"))
            },
        }.items()
    },
}
