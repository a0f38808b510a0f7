"""Motions as real tools write them land on the same body, or are doubted; none is wrong in silence."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from ani3d_runtime.bake.settings import BakeSettings
from ani3d_runtime.body.mapping import guess_mapping
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers import MotionOptions, read_motion
from ani3d_runtime.body.readers.motion_file import refuse_idle_for_all
from ani3d_runtime.errors import Ani3dError, UsageError

SKELETON = load_builtin_body().skeleton
JOINTS = SKELETON.joint_names
FRAMES, FPS = 24, 30
# A walker of 1.5 m from ankle to head: joint, parent, offset in metres in a T pose, Y up, facing +Z.
BONES = {
    "Hips": ("", (0, 0.95, 0)),
    "Spine": ("Hips", (0, 0.1, 0)),
    "Spine1": ("Spine", (0, 0.13, 0)),
    "Spine2": ("Spine1", (0, 0.13, 0)),
    "Neck": ("Spine2", (0, 0.16, 0)),
    "Head": ("Neck", (0, 0.1, 0.02)),
    **{
        f"{side}{bone}": (parent if parent in ("Spine2", "Hips") else f"{side}{parent}", (sign * x, y, z))
        for side, sign in (("Left", 1), ("Right", -1))
        for bone, parent, (x, y, z) in (
            ("Shoulder", "Spine2", (0.04, 0.1, 0)),
            ("Arm", "Shoulder", (0.13, 0, 0)),
            ("ForeArm", "Arm", (0.27, 0, 0)),
            ("Hand", "ForeArm", (0.25, 0, 0)),
            ("UpLeg", "Hips", (0.09, -0.03, 0)),
            ("Leg", "UpLeg", (0, -0.42, 0)),
            ("Foot", "Leg", (0, -0.42, 0)),
            ("ToeBase", "Foot", (0, -0.06, 0.13)),
        )
    },
}
NAMES = list(BONES)


def euler(joint: str, frame: int) -> tuple[float, float, float]:
    """Degrees about X, Y and Z of a walk with lowered arms, applied Z first."""
    swing = np.sin(2 * np.pi * frame / 16)
    sign = 1 if joint.startswith("Left") else -1
    return {
        "Hips": (0, 4 * swing, 0),
        "Spine": (3, -3 * swing, 0),
        "Head": (0, 2 * swing, 0),
        **{f"{side}UpLeg": (-25 * sign * swing - 4, 0, 0) for side in ("Left", "Right")},
        **{f"{side}Leg": (15 + 12 * sign * swing, 0, 0) for side in ("Left", "Right")},
        **{f"{side}Foot": (-8 - 4 * sign * swing, 0, 0) for side in ("Left", "Right")},
        **{f"{side}Arm": (0, 18 * swing, -65 * sign) for side in ("Left", "Right")},
        **{f"{side}ForeArm": (0, -12 * sign, 0) for side in ("Left", "Right")},
    }.get(joint, (0, 0, 0))


@dataclass
class Capture:
    """A motion on a rig: global rotations and places, from which every dialect is written."""

    turns: dict[str, np.ndarray]
    places: dict[str, np.ndarray]


def walked(first: Callable[[str, int], tuple[float, float, float]] = euler) -> Capture:
    turns: dict[str, np.ndarray] = {}
    places: dict[str, np.ndarray] = {}
    for name, (parent, offset) in BONES.items():
        angles = np.array([first(name, frame) for frame in range(FRAMES)])
        local = Rotation.from_euler("ZXY", angles[:, [2, 0, 1]], degrees=True).as_matrix()
        if parent:
            turns[name] = turns[parent] @ local
            places[name] = places[parent] + turns[parent] @ np.array(offset)
        else:
            turns[name] = local
            step = np.arange(FRAMES)
            places[name] = np.stack([0 * step, 0.93 + 0.02 * np.cos(step), 0.04 * step], axis=1)
    return Capture(turns, places)


def degrees_of(turns: np.ndarray) -> np.ndarray:
    """Angles about Z, X and Y; where two axes fall together, any of the angles that give the turn."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Rotation.from_matrix(turns).as_euler("ZXY", degrees=True)


def write(
    path: Path,
    capture: Capture,
    *,
    frames: dict[str, np.ndarray] | None = None,
    world: np.ndarray | None = None,
    unit: float = 0.01,
    above: Sequence[tuple[str, np.ndarray]] = (),
    rename: Callable[[str], str] = str,
    path_unit: float | None = None,
    inner_positions: bool = False,
) -> Path:
    """Write a capture as BVH.

    ``frames`` are the frames of bones in the zero pose (identity: the T pose is the zero pose); ``world`` turns all;
    ``above`` are joints over the hips with still turns; ``inner_positions`` gives all six channels and no offset.
    """
    frames = frames or {}
    world = np.eye(3) if world is None else world
    frame_of = {name: frames.get(name, np.eye(3)) for name in NAMES}
    turns = {name: world @ capture.turns[name] @ frame_of[name] for name in NAMES}
    places = {name: capture.places[name] @ world.T for name in NAMES}
    lines, columns = ["HIERARCHY"], []
    parent_turn, depth = np.eye(3), 0
    for name, turn in above:
        lines += [f"{'JOINT' if depth else 'ROOT'} {name}", "{", "OFFSET 0 0 0"]
        lines.append("CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation")
        columns += [np.zeros((FRAMES, 3)), np.tile(degrees_of(turn), (FRAMES, 1))]
        parent_turn, depth = parent_turn @ turn, depth + 1

    def joint(name: str, parent: str) -> None:
        before = np.broadcast_to(parent_turn, (FRAMES, 3, 3)) if not parent else turns[parent]
        arm = places[name] - (places[parent] if parent else 0)
        local_place = np.einsum("tba,tb->ta", before, arm) / unit
        offset = local_place[0] if parent else np.zeros(3)
        has_place = not parent or inner_positions
        scale = unit / path_unit if path_unit and not parent else 1.0
        lines.extend([f"{'JOINT' if parent or depth else 'ROOT'} {rename(name)}", "{"])
        lines.append("OFFSET " + " ".join(f"{value:.6f}" for value in (offset if not inner_positions else offset * 0)))
        position = "Xposition Yposition Zposition " if has_place else ""
        lines.append(f"CHANNELS {6 if has_place else 3} {position}Zrotation Xrotation Yrotation")
        if has_place:
            columns.append(local_place * scale)
        local = np.swapaxes(before, 1, 2) @ turns[name]
        columns.append(degrees_of(local))
        children = [child for child, (above_it, _) in BONES.items() if above_it == name]
        for child in children:
            joint(child, name)
        if not children:
            lines.extend(["End Site", "{", "OFFSET 0 0 0.05", "}"])
        lines.append("}")

    joint("Hips", "")
    lines += ["}"] * depth
    lines += ["MOTION", f"Frames: {FRAMES}", f"Frame Time: {1 / FPS:.6f}"]
    lines += [" ".join(f"{value:.6f}" for value in row) for row in np.concatenate(columns, axis=1)]
    path.write_text("\n".join(lines) + "\n")
    return path


def read(path: Path, options: MotionOptions | None = None) -> tuple[Motion, list[str]]:
    """The motion, and codes of what is doubted."""
    remarks: list = []
    motion = read_motion(path, SKELETON, options, say=remarks.append)
    return motion, [remark.code for remark in remarks if not isinstance(remark, str)]


def placed(motion: Motion) -> np.ndarray:
    return SKELETON.global_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)


def far_apart_m(motion: Motion, other: Motion) -> float:
    return float(np.linalg.norm(placed(motion)[..., 3] - placed(other)[..., 3], axis=2).max())


@pytest.fixture(scope="module")
def truth(tmp_path_factory) -> Motion:
    motion, doubts = read(write(tmp_path_factory.mktemp("truth") / "walk.bvh", walked()))
    assert not doubts
    spine = placed(motion)[:, JOINTS.index("head"), :, 3] - placed(motion)[:, 0, :, 3]
    assert (spine[:, 1] > 0.5).all()
    return motion


def turn(axis: str, degrees: float) -> np.ndarray:
    return Rotation.from_euler(axis, degrees, degrees=True).as_matrix()


ARMATURE = [("Armature", turn("x", -90))]


@pytest.mark.parametrize(
    "how",
    [
        {"above": [("Reference", np.eye(3))]},
        {"above": ARMATURE, "frames": dict.fromkeys(NAMES, turn("x", -90))},
        {"above": [("Armature", turn("y", 30)), ("Root", turn("z", 90))]},
        {"world": turn("x", 90)},
        {"world": turn("x", 180)},
        {"world": turn("z", 90)},
        {"inner_positions": True},
        {"path_unit": 1.0},
        {"path_unit": 0.001},
        {"rename": lambda name: f"Character1_{name}"},
        {"rename": str.lower},
        {"rename": str.upper},
        {"rename": lambda name: f"{name}_jnt"},
    ],
    ids=lambda how: next(iter(how)),
)
def test_the_same_walk_in_other_clothes_is_the_same_walk(tmp_path, truth, how):
    motion, doubts = read(write(tmp_path / "walk.bvh", walked(), **how))
    assert not doubts
    assert far_apart_m(motion, truth) < 0.005


def test_a_zero_pose_in_other_axes_than_the_motion(tmp_path, truth):
    """SMPL's skeleton with the root of AMASS: offsets Y up, the motion Z up."""
    capture = walked()
    up = turn("x", 90)
    standing = Capture(
        {name: up @ value for name, value in capture.turns.items()},
        {name: value @ up.T for name, value in capture.places.items()},
    )
    motion, doubts = read(write(tmp_path / "walk.bvh", standing))
    assert not doubts
    assert far_apart_m(motion, truth) < 0.005


def along_x(name: str) -> np.ndarray:
    """A frame whose X points along a bone, as data sets have them: its zero pose is a bundle of sticks."""
    children = [np.array(offset) for _, (parent, offset) in BONES.items() if parent == name]
    along = children[0] / np.linalg.norm(children[0]) if children else np.array([0, 1.0, 0])
    aside = np.array([0, 0, 1.0]) if abs(along[2]) < 0.9 else np.array([0, 1.0, 0])
    across = np.cross(aside, along)
    across /= np.linalg.norm(across)
    return np.stack([along, across, np.cross(along, across)], axis=1)


def test_a_data_set_without_any_pose_to_calibrate_by(tmp_path, truth):
    """The zero pose is none and the clip begins in mid-stride: the best frame and the clip's mean stand in."""
    frames = {name: along_x(name) for name in NAMES}
    motion, doubts = read(write(tmp_path / "walk.bvh", walked(), frames=frames))
    assert not doubts
    assert far_apart_m(motion, truth) < 0.005
    between = np.swapaxes(placed(motion)[..., :3], -1, -2) @ placed(truth)[..., :3]
    angles = np.rad2deg(np.arccos(np.clip((np.trace(between, axis1=2, axis2=3) - 1) / 2, -1, 1)))
    assert angles[:, JOINTS.index("head")].max() < 2
    # How limbs are turned about themselves is told by the hinges of knees and elbows.
    assert angles.max() < 5


@pytest.mark.parametrize("joint", ["Head", "Spine2"])
def test_a_calibration_frame_with_a_turned_head(tmp_path, truth, joint):
    """What is turned in the first frame alone must not be turned back in all others."""

    def first(name: str, frame: int) -> tuple[float, float, float]:
        return (0, 45.0 if name == joint else 0, 0) if frame == 0 else euler(name, frame)

    motion, doubts = read(write(tmp_path / "walk.bvh", walked(first), frames={name: along_x(name) for name in NAMES}))
    assert not doubts
    between = np.swapaxes(placed(motion)[1:, :, :, :3], -1, -2) @ placed(truth)[1:, :, :, :3]
    angles = np.rad2deg(np.arccos(np.clip((np.trace(between, axis1=2, axis2=3) - 1) / 2, -1, 1)))
    assert angles[:, JOINTS.index("head")].max() < 10


def test_the_users_reference_frame_is_taken(tmp_path):
    def first(name: str, frame: int) -> tuple[float, float, float]:
        return (0, 0, 0) if frame == 7 else euler(name, frame)

    path = write(tmp_path / "walk.bvh", walked(first), frames={name: along_x(name) for name in NAMES})
    motion, _ = read(path, MotionOptions(reference_frame=7))
    assert np.rad2deg(2 * np.arccos(np.abs(motion.joint_rotations_wxyz[7, 1:, 0]))).max() < 6
    with pytest.raises(Ani3dError, match="reference-frame"):
        read(path, MotionOptions(reference_frame=FRAMES))


def test_left_handed_files_are_mirrored_back(tmp_path, truth):
    capture, mirror = walked(), np.diag([1.0, 1.0, -1.0])
    mirrored = Capture(
        {name: mirror @ value @ mirror for name, value in capture.turns.items()},
        {name: value @ mirror for name, value in capture.places.items()},
    )
    motion, doubts = read(write(tmp_path / "walk.bvh", mirrored))
    assert not doubts
    # Which mirror it was nobody can know: the walk is the same but for where it goes.
    np.testing.assert_allclose(motion.joint_rotations_wxyz[:, 1:], truth.joint_rotations_wxyz[:, 1:], atol=2e-3)


def test_a_body_that_lies_is_doubted_and_the_option_turns_it(tmp_path, truth):
    path = write(tmp_path / "walk.bvh", walked(), world=turn("x", 100) @ turn("y", 20))
    path_tilted = write(tmp_path / "tilted.bvh", walked(), frames={}, world=turn("z", 25))
    assert read(path_tilted)[1] == ["motion-leans"]
    assert read(path, MotionOptions(axes="yup"))[1] == ["motion-lies"]
    upright, doubts = read(write(tmp_path / "z.bvh", walked(), world=turn("x", 90)), MotionOptions(axes="zup"))
    assert not doubts
    assert far_apart_m(upright, truth) < 0.005


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: "# made by hand\n\n" + text,
        lambda text: text.replace("End Site", "EndSite"),
        lambda text: text.replace(
            "End Site\n{\nOFFSET 0 0 0.05\n}", "JOINT tip_{n}\n{\nOFFSET 0 0 0.05\nCHANNELS 0\n}"
        ),
        lambda text: text.replace("Frames: ", "Frames:").replace("Frame Time: ", "Frame Time:"),
        lambda text: text.replace("Frame Time", "Frame time").replace("OFFSET", "offset").replace("JOINT", "Joint"),
        lambda text: text.replace("LeftHand\n", "MOTION_LeftHand\n"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("{", " {").replace("\n{", "{"),
        lambda text: text.replace("Xposition", "XPOSITION"),
        lambda text: text + "\n# written by a tool\n",
        lambda text: text[: text.index("Frame Time")] + text[text.index("Frame Time") :].replace(".", ","),
    ],
)
def test_dialects_of_bvh_are_read(tmp_path, truth, change):
    path = write(tmp_path / "walk.bvh", walked())
    number = iter(range(99))
    text = re.sub(r"tip_\{n\}", lambda _: f"tip_{next(number)}", change(path.read_text()))
    path.write_text(text, encoding="utf-8", newline="")
    motion, doubts = read(path)
    assert not doubts
    head = [JOINTS.index(name) for name in ("head", "left_knee", "right_wrist")]
    np.testing.assert_allclose(placed(motion)[:, head, :, 3], placed(truth)[:, head, :, 3], atol=0.003)


def test_utf_16_is_read(tmp_path, truth):
    path = write(tmp_path / "walk.bvh", walked())
    path.write_bytes(path.read_text().encode("utf-16"))
    motion, doubts = read(path)
    assert not doubts
    assert far_apart_m(motion, truth) < 0.005


def test_angles_in_radians_are_doubted(tmp_path):
    def first(name: str, frame: int) -> tuple[float, float, float]:
        x, y, z = np.deg2rad(euler(name, frame))
        return float(x), float(y), float(z)

    assert "motion-radians" in read(write(tmp_path / "walk.bvh", walked(first)))[1]


LEFT = ["left_hip", "left_knee", "left_ankle", "left_foot", "left_collar", "left_shoulder", "left_elbow", "left_wrist"]


@pytest.mark.parametrize(
    ("trunk", "left"),
    [
        (
            "Bip01 Pelvis",
            "Bip01 L Thigh,Bip01 L Calf,Bip01 L Foot,Bip01 L Toe0,Bip01 L Clavicle,Bip01 L UpperArm,"
            "Bip01 L Forearm,Bip01 L Hand",
        ),
        ("hip", "lThigh,lShin,lFoot,lToe,lCollar,lShldr,lForeArm,lHand"),
        ("mPelvis", "mHipLeft,mKneeLeft,mAnkleLeft,mToeLeft,mCollarLeft,mShoulderLeft,mElbowLeft,mWristLeft"),
        ("hips", "thigh.L,shin.L,foot.L,toe.L,shoulder.L,upper_arm.L,forearm.L,hand.L"),
        (
            "J_Bip_C_Hips",
            "J_Bip_L_UpperLeg,J_Bip_L_LowerLeg,J_Bip_L_Foot,J_Bip_L_ToeBase,J_Bip_L_Shoulder,"
            "J_Bip_L_UpperArm,J_Bip_L_LowerArm,J_Bip_L_Hand",
        ),
        (
            "CC_Base_Pelvis",
            "CC_Base_L_Thigh,CC_Base_L_Calf,CC_Base_L_Foot,CC_Base_L_ToeBase,CC_Base_L_Clavicle,"
            "CC_Base_L_Upperarm,CC_Base_L_Forearm,CC_Base_L_Hand",
        ),
        ("Hips", "UpperLeg_L,LowerLeg_L,Foot_L,Toes_L,Shoulder_L,UpperArm_L,LowerArm_L,Hand_L"),
        ("Hips", "LeftThigh,LeftShin,LeftFoot,LeftToe,LeftShoulder,LeftArm,LeftForeArm,LeftHand"),
        ("Pelvis", "Left_hip,Left_knee,Left_ankle,Left_foot,Left_collar,Left_shoulder,Left_elbow,Left_wrist"),
        ("Hip", "LThigh,LShin,LFoot,LToe,LShoulder,LUArm,LFArm,LHand"),
        ("root", "lfemur,ltibia,lfoot,ltoes,lclavicle,lhumerus,lradius,lwrist"),
        ("Pelvis", "L_Hip,L_Knee,L_Ankle,L_Toe,L_Thorax,L_Shoulder,L_Elbow,L_Wrist"),
    ],
)
def test_names_of_well_known_tools(trunk, left):
    names = left.split(",")
    marks = {"Left": "Right", "_L_": "_R_", " L ": " R ", ".L": ".R", "_L$": "_R", "^L": "R", "^l": "r"}

    def right(name: str) -> str:
        mark = next(mark for mark in marks if re.search(mark.replace(".", r"\."), name))
        return re.sub(mark.replace(".", r"\."), marks[mark], name, count=1)

    mapping, _ = guess_mapping([trunk, *names, *map(right, names)], "names")
    found = [mapping.get(index) for index in range(1 + 2 * len(names))]
    assert found == ["pelvis", *LEFT, *(name.replace("left", "right") for name in LEFT)]


def smpl_walk(joints: int = 24) -> dict[str, np.ndarray]:
    """A walk in the zero pose's frames, Y up, soles near height zero."""
    swing = np.sin(2 * np.pi * np.arange(FRAMES) / 16)
    poses = np.zeros((FRAMES, joints, 3))
    for sign, hip, knee in ((1, 1, 4), (-1, 2, 5)):
        poses[:, hip, 0] = -0.4 * sign * swing
        poses[:, knee, 0] = 0.25 + 0.2 * sign * swing
    poses[:, 0, 1] = 0.1 * swing
    trans = np.stack([0 * swing, 1.06 + 0 * swing, 0.04 * np.arange(FRAMES)], axis=1)
    return {"poses": poses, "trans": trans, "fps": np.array(30.0)}


def z_up(walk: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    up, root = turn("x", 90), SKELETON.zero_joints_m[0]
    poses = walk["poses"].copy()
    poses[:, 0] = (Rotation.from_matrix(up) * Rotation.from_rotvec(walk["poses"][:, 0])).as_rotvec()
    return {**walk, "poses": poses, "trans": (walk["trans"] + root) @ up.T - root}


def flat(poses: np.ndarray) -> np.ndarray:
    return poses.reshape(len(poses), -1)


@pytest.mark.parametrize(
    ("change", "doubts"),
    [
        (lambda walk: walk, []),
        (z_up, []),
        (lambda walk: {**walk, "trans": walk["trans"] * 100}, []),
        (lambda walk: {**walk, "trans": walk["trans"] * 1000}, []),
        (lambda walk: {**walk, "poses": np.rad2deg(walk["poses"])}, ["motion-degrees"]),
        (
            lambda walk: {
                "global_orient": walk["poses"][:, 0],
                "body_pose": flat(walk["poses"][:, 1:]),
                "transl": walk["trans"],
                "betas": np.zeros((FRAMES, 10)),
                "fps": walk["fps"],
            },
            [],
        ),
        (
            lambda walk: {
                "root_orient": walk["poses"][:, 0],
                "pose_body": flat(walk["poses"][:, 1:22]),
                "trans": walk["trans"],
                "mocap_frame_rate": walk["fps"],
            },
            [],
        ),
        (
            lambda walk: {
                "global_orient": Rotation.from_rotvec(walk["poses"][:, 0]).as_matrix()[:, None],
                "body_pose": Rotation.from_rotvec(walk["poses"][:, 1:].reshape(-1, 3))
                .as_matrix()
                .reshape(-1, 23, 3, 3),
                "transl": walk["trans"],
            },
            ["motion-rate-assumed"],
        ),
        (lambda walk: {"smpl_poses": flat(walk["poses"]), "smpl_trans": walk["trans"], "fps": walk["fps"]}, []),
    ],
)
def test_keys_axes_and_units_of_the_smpl_family(tmp_path, change, doubts):
    np.savez(tmp_path / "plain.npz", **smpl_walk())
    plain, _ = read(tmp_path / "plain.npz", MotionOptions(axes="yup", unit="m"))
    np.savez(tmp_path / "walk.npz", **change(smpl_walk()))
    motion, found = read(tmp_path / "walk.npz")
    assert found == doubts
    assert far_apart_m(motion, plain) < 0.005


def test_who_bows_in_other_axes_than_the_keys_suggest_does_not_stand_in_those(tmp_path):
    """AMASS's keys, and Y up: a bow of 50° goes up in Z as well, but does not make a world of it."""
    walk = smpl_walk()
    walk["poses"][: FRAMES // 3, 0, 0] += np.deg2rad(50)
    amass = {"poses": walk["poses"], "trans": walk["trans"], "mocap_framerate": walk["fps"]}
    np.savez(tmp_path / "a.npz", **amass)
    right, _ = read(tmp_path / "a.npz", MotionOptions(axes="yup"))
    motion, _ = read(tmp_path / "a.npz")
    assert far_apart_m(motion, right) < 0.005


def test_the_path_of_a_tall_subject_keeps_the_soles_on_the_floor(tmp_path):
    walk = z_up(smpl_walk(52))
    # 2.0 m tall: the pelvis is 0.19 m higher than this body's, the path as much longer.
    walk["trans"] = walk["trans"] * 1.2
    amass = {"poses": flat(walk["poses"]), "trans": walk["trans"], "mocap_framerate": np.array(30.0)}
    np.savez(tmp_path / "tall.npz", **amass, betas=np.full(16, -2.0))
    toes = [JOINTS.index(f"{side}_foot") for side in ("left", "right")]
    motion, doubts = read(tmp_path / "tall.npz")
    assert not doubts
    assert abs(placed(motion)[:, toes, 1, 3].min()) < 0.06
    np.savez(tmp_path / "unknown.npz", **amass)
    assert read(tmp_path / "unknown.npz")[1] == ["motion-floats"]
    floored, doubts = read(tmp_path / "unknown.npz", MotionOptions(ground="floor"))
    assert not doubts
    assert abs(placed(floored)[:, toes, 1, 3].min()) < 0.06


def test_knees_that_bend_forwards_are_doubted(tmp_path):
    walk = smpl_walk()
    walk["poses"][:, [4, 5], 0] = -walk["poses"][:, [4, 5], 0] - 0.4
    np.savez(tmp_path / "walk.npz", **walk)
    assert read(tmp_path / "walk.npz")[1] == ["motion-knees"]


@pytest.mark.parametrize("frame_time", ["1", "0.2", "0.001"])
def test_rates_at_which_nothing_captures_are_doubted(tmp_path, truth, frame_time):
    text = write(tmp_path / "walk.bvh", walked()).read_text()
    line = next(line for line in text.splitlines() if line.startswith("Frame Time"))
    (tmp_path / "walk.bvh").write_text(text.replace(line, f"Frame Time: {frame_time}"))
    assert "motion-rate-odd" in read(tmp_path / "walk.bvh")[1]


def test_a_path_in_the_ground_is_doubted_whatever_the_file(tmp_path):
    walk = smpl_walk()
    np.savez(tmp_path / "walk.npz", **{**walk, "trans": walk["trans"] - [0, 1, 0]})
    assert read(tmp_path / "walk.npz")[1] == ["motion-floats"]
    assert not read(tmp_path / "walk.npz", MotionOptions(ground="floor"))[1]
    sunk = walked()
    for place in sunk.places.values():
        place[:, 1] -= 0.5
    assert "motion-floats" in read(write(tmp_path / "sunk.bvh", sunk))[1]


def test_soles_a_few_centimetres_off_the_floor_are_said(tmp_path):
    sunk = walked()
    for place in sunk.places.values():
        place[:, 1] -= 0.1
    remarks: list = []
    read_motion(write(tmp_path / "sunk.bvh", sunk), SKELETON, say=remarks.append)
    assert any("cm below the floor" in str(note) and "--ground floor" in str(note) for note in remarks)
    remarks.clear()
    read_motion(tmp_path / "sunk.bvh", SKELETON, MotionOptions(ground="floor"), say=remarks.append)
    assert not any("--ground floor" in str(note) for note in remarks)


def test_a_body_that_is_stood_up_without_a_floor_to_tell_is_doubted(tmp_path):
    # Lies on its back, the head along z, on a bed 0.6 m above the floor: nothing tells it from a Z-up file.
    walk = z_up(smpl_walk())
    lying = {"poses": walk["poses"], "fps": np.array(30.0)}
    for place, doubts in (((0, 0.6, 0.1), ["motion-stood-up"]), ((0, 0.1, 0.9), ["motion-stood-up"])):
        np.savez(tmp_path / "lies.npz", **lying, trans=np.tile(place, (FRAMES, 1)) - SKELETON.zero_joints_m[0])
        assert [code for code in read(tmp_path / "lies.npz")[1] if code != "motion-floats"] == doubts
    # A Z-up file that walks over a floor at zero is known for what it is.
    np.savez(tmp_path / "walks.npz", **walk)
    assert not read(tmp_path / "walks.npz")[1]


def test_takes_of_a_bvh_are_named_and_chosen(tmp_path, truth):
    first = write(tmp_path / "walk.bvh", walked())
    other = walked(lambda name, frame: (0, 0, 0) if name == "LeftForeArm" else euler(name, frame))
    second = write(tmp_path / "other.bvh", other)
    expected, _ = read(second)
    (tmp_path / "both.bvh").write_text(first.read_text() + "\n" + second.read_text())
    motion, doubts = read(tmp_path / "both.bvh")
    assert doubts == ["motion-takes"]
    assert far_apart_m(motion, truth) < 1e-6
    motion, doubts = read(tmp_path / "both.bvh", MotionOptions(take="2"))
    assert not doubts
    assert far_apart_m(motion, expected) < 1e-6
    # Two MOTION sections of one skeleton.
    section = second.read_text().partition("MOTION")[2]
    (tmp_path / "sections.bvh").write_text(first.read_text() + "\nMOTION" + section)
    assert far_apart_m(read(tmp_path / "sections.bvh", MotionOptions(take="2"))[0], expected) < 1e-6
    with pytest.raises(UsageError) as caught:
        read(tmp_path / "both.bvh", MotionOptions(take="3"))
    assert caught.value.code == "motion-unknown-take"


def test_clips_are_named_once_per_motion(tmp_path):
    settings = BakeSettings("dancer", ("a/walk.npz", "b/walk.npz"), tmp_path / "x.a3d", clip_names=("one", "two"))
    settings.refuse_bad()
    assert settings.name_per_clip() == ["one", "two"]
    assert replace(settings, clip_names=()).name_per_clip() == ["walk", "walk"]
    with pytest.raises(UsageError) as caught:
        replace(settings, clip_names=("one",)).refuse_bad()
    assert caught.value.code == "bake-clip-names"


@pytest.mark.parametrize(
    ("sources", "options", "is_idle"),
    [
        (("walk",), MotionOptions(axes="zup"), True),
        (("take.npz",), MotionOptions(reference_frame=3), True),
        (("take.npz",), MotionOptions(axes="zup", unit="cm"), False),
        (("take.bvh",), MotionOptions(axes="zup", reference_frame=3), False),
        (("take.npz",), MotionOptions(take="walk"), True),
        (("take.pkl",), MotionOptions(take="walk"), True),
        (("take.fbx",), MotionOptions(take="walk"), False),
        (("walk", "take.bvh"), MotionOptions(axes="zup"), False),
    ],
)
def test_options_that_say_nothing_about_any_motion_are_refused(sources, options, is_idle):
    with pytest.raises(UsageError) if is_idle else nullcontext() as caught:
        refuse_idle_for_all(sources, options)
    assert not is_idle or caught.value.code == "motion-idle-option"
