"""BVH: a motion written under another rest pose, other names and any channel order comes back as it was."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from ani3d_runtime.body.joint_names import ANATOMICAL, CMU, MIXAMO, SMPL
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.readers import MotionOptions, read_motion
from ani3d_runtime.body.readers.bvh import read_bvh
from ani3d_runtime.errors import Ani3dError, MotionError
from ani3d_runtime.geometry.quaternion import matrix_from_quaternion, quaternion_from_matrix

SKELETON = load_builtin_body().skeleton
NAMES = SKELETON.joint_names
Y_UP = np.eye(3)
ORDERS = ("ZXY", "ZYX", "XYZ", "YXZ", "XZY", "YZX")


@dataclass
class Rig:
    """A capture skeleton: the body's bones standing in another rest pose."""

    names: list[str]
    parents: list[int]
    offsets: np.ndarray
    rest_rotations: np.ndarray


def rig(table: dict[str, str], *, splay_deg: float = 20, arms_deg: float = 0, yaw_deg: float = 0) -> Rig:
    """The body with splayed legs, lowered arms and turned about Y in its rest pose, under the names of ``table``."""
    local = np.tile(np.eye(3), (24, 1, 1))
    for joint, axis, angle in (
        ("left_hip", "z", splay_deg),
        ("right_hip", "z", -splay_deg),
        ("left_ankle", "z", -splay_deg),
        ("right_ankle", "z", splay_deg),
        ("left_shoulder", "z", -arms_deg),
        ("right_shoulder", "z", arms_deg),
    ):
        local[NAMES.index(joint)] = Rotation.from_euler(axis, angle, degrees=True).as_matrix()
    local[0] = Rotation.from_euler("y", yaw_deg, degrees=True).as_matrix()
    rest = SKELETON.global_transforms(quaternion_from_matrix(local)[None].astype(np.float32), np.zeros((1, 3)))[0]
    theirs = {ours: name for name, ours in table.items()}
    names = [theirs.get(ours, f"Extra{ours}") for ours in NAMES]
    parents = SKELETON.parents.tolist()
    offsets = np.array([rest[j, :, 3] - rest[p, :, 3] if p >= 0 else np.zeros(3) for j, p in enumerate(parents)])
    return Rig(names, parents, offsets, rest[:, :, :3])


def write_bvh(path: Path, motion, rig: Rig, *, unit: float = 1.0, orders=None, world=Y_UP) -> Path:
    """Write ``motion`` of the body as that rig would have captured it.

    ``world`` turns the world, and the rig in it, to other axes.
    """
    posed = SKELETON.global_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)
    globals_ = world @ posed[..., :3] @ np.swapaxes(rig.rest_rotations, -1, -2) @ world.T
    orders = orders or ["ZXY"] * len(rig.names)
    columns = [posed[:, 0, :, 3] @ world.T / unit]
    lines: list[str] = []

    def joint(index: int, depth: int) -> None:
        pad = "  " * depth
        offset = world @ rig.offsets[index] / unit
        channels = " ".join(f"{axis}rotation" for axis in orders[index])
        position = "Xposition Yposition Zposition " if index == 0 else ""
        lines.append(f"{pad}{'JOINT' if index else 'ROOT'} {rig.names[index]}\n{pad}{{")
        lines.append(f"{pad}  OFFSET {offset[0]:.6f} {offset[1]:.6f} {offset[2]:.6f}")
        lines.append(f"{pad}  CHANNELS {6 if index == 0 else 3} {position}{channels}")
        parent = rig.parents[index]
        local = globals_[:, index] if parent < 0 else np.swapaxes(globals_[:, parent], 1, 2) @ globals_[:, index]
        columns.append(Rotation.from_matrix(local).as_euler(orders[index], degrees=True))
        children = [child for child, p in enumerate(rig.parents) if p == index]
        for child in children:
            joint(child, depth + 1)
        if not children:
            lines.append(f"{pad}  End Site\n{pad}  {{\n{pad}    OFFSET 0 0.1 0\n{pad}  }}")
        lines.append(f"{pad}}}")

    joint(0, 0)
    table = np.concatenate(columns, axis=1)
    lines.append(f"MOTION\nFrames: {len(table)}\nFrame Time: {1 / motion.fps:.7f}")
    lines += [" ".join(f"{value:.5f}" for value in row) for row in table]
    path.write_text("HIERARCHY\n" + "\n".join(lines) + "\n")
    return path


def positions(motion) -> np.ndarray:
    return SKELETON.global_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)[..., 3]


@pytest.fixture(scope="module")
def walk():
    return read_motion("cmu_01_01", SKELETON).slice(0, 120)


@pytest.mark.parametrize("table", [CMU, MIXAMO, ANATOMICAL, SMPL], ids=["cmu", "mixamo", "anatomical", "smpl"])
@pytest.mark.parametrize(("splay_deg", "arms_deg"), [(0, 0), (20, 0), (5, 45)])
def test_joint_positions_survive_another_rest_pose(tmp_path, walk, table, splay_deg, arms_deg):
    source = rig(table, splay_deg=splay_deg, arms_deg=arms_deg)
    if table is MIXAMO:
        source.names = [f"mixamorig:{name}" for name in source.names]
    back = read_motion(write_bvh(tmp_path / "walk.bvh", walk, source, unit=0.01), SKELETON)
    assert back.name == "walk"
    assert back.fps == pytest.approx(walk.fps, rel=1e-4)
    fingertips = [NAMES.index("left_hand"), NAMES.index("right_hand")]
    error = np.linalg.norm(positions(back) - positions(walk), axis=2)
    # The anatomical style has two spine joints: what the third would bend is spread differently over the chest.
    assert np.delete(error, fingertips, axis=1).max() < (0.06 if table is ANATOMICAL else 0.003)
    # The hand's own joint is not in a capture, so it follows the wrist; its bend alone may differ.
    assert error[:, fingertips].max() < 0.08


@pytest.mark.parametrize("yaw_deg", [90, 180, -90])
def test_a_rig_that_faces_elsewhere_at_rest(tmp_path, walk, yaw_deg):
    back = read_motion(write_bvh(tmp_path / "a.bvh", walk, rig(CMU, yaw_deg=yaw_deg)), SKELETON)
    assert np.linalg.norm(positions(back) - positions(walk), axis=2)[:, :20].max() < 0.003


def test_z_up_rig(tmp_path, walk):
    world = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    notes: list[str] = []
    path = write_bvh(tmp_path / "a.bvh", walk, rig(CMU), world=world)
    back = read_motion(path, SKELETON, say=notes.append)
    assert np.linalg.norm(positions(back) - positions(walk), axis=2)[:, :20].max() < 0.003
    assert any("zup" in note for note in notes)


def test_a_zero_pose_that_does_not_stand(tmp_path, walk):
    """LaFAN-like rigs lay every bone along X: then the first frame must stand, and without that there is a refusal."""
    path = write_bvh(tmp_path / "a.bvh", walk.slice(0, 2), rig(CMU))
    text = re.sub(
        r"OFFSET (\S+) (\S+) (\S+)",
        lambda found: f"OFFSET {np.linalg.norm([float(value) for value in found.groups()]):.6f} 0 0",
        path.read_text(),
    )
    path.write_text(text)
    with pytest.raises(MotionError) as caught:
        read_motion(path, SKELETON)
    assert caught.value.code == "retarget-no-reference"


def test_first_frame_stands_in_for_a_lying_zero_pose(tmp_path, walk):
    """The rig rests bent double; its first frame is a T-pose, which is then what both are compared in."""
    source = rig(CMU, splay_deg=80)
    clip = deepcopy(walk.slice(0, 40))
    clip.joint_rotations_wxyz[0] = (1, 0, 0, 0)
    notes: list[str] = []
    back = read_motion(write_bvh(tmp_path / "a.bvh", clip, source), SKELETON, say=notes.append)
    assert any("its first frame" in note for note in notes)
    assert np.linalg.norm(positions(back) - positions(clip), axis=2)[:, :20].max() < 0.003


@pytest.mark.parametrize(("unit", "metres"), [("m", 1.0), ("cm", 0.01), ("inch", 0.0254)])
def test_unit_is_found_and_said(tmp_path, walk, unit, metres):
    path = write_bvh(tmp_path / "a.bvh", walk.slice(0, 4), rig(CMU), unit=metres)
    notes: list[str] = []
    found = read_motion(path, SKELETON, say=notes.append)
    assert any(f"unit taken as {unit} " in note for note in notes)
    given_unit = read_motion(path, SKELETON, MotionOptions(unit=unit))
    np.testing.assert_array_equal(found.root_translation_m, given_unit.root_translation_m)
    wrong = {"m": "cm", "cm": "m", "inch": "m"}[unit]
    with pytest.raises(MotionError) as caught:
        read_motion(path, SKELETON, MotionOptions(unit=wrong))
    assert caught.value.code == "bvh-unit"


def test_cmu_length_unit_is_judged_by_the_legs(tmp_path, walk):
    path = write_bvh(tmp_path / "a.bvh", walk.slice(0, 4), rig(CMU), unit=0.0564)
    notes: list[str] = []
    back = read_motion(path, SKELETON, say=notes.append)
    assert any("0.0564" in note for note in notes)
    assert np.abs(back.root_translation_m - walk.root_translation_m[:4]).max() < 0.003


def test_a_longer_legged_actor_takes_steps_scaled_to_the_body(tmp_path, walk):
    source = rig(CMU)
    back = read_motion(write_bvh(tmp_path / "a.bvh", walk, source), SKELETON)
    tall = read_motion(write_bvh(tmp_path / "b.bvh", walk, source, unit=0.5), SKELETON)
    np.testing.assert_allclose(tall.root_translation_m, back.root_translation_m, atol=2e-4)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(orders=st.lists(st.sampled_from(ORDERS), min_size=24, max_size=24))
def test_channel_order_is_each_joints_own(tmp_path, walk, orders):
    clip = walk.slice(10, 14)
    back = read_motion(write_bvh(tmp_path / "a.bvh", clip, rig(CMU), orders=orders), SKELETON)
    assert np.linalg.norm(positions(back) - positions(clip), axis=2)[:, :20].max() < 0.003


def test_rotations_agree_with_scipy(tmp_path, walk):
    """The decoded local rotations are scipy's, for every channel order."""
    orders = [ORDERS[i % 6] for i in range(24)]
    source = rig(CMU)
    clip = walk.slice(0, 3)
    bvh = read_bvh(write_bvh(tmp_path / "a.bvh", clip, source, orders=orders))
    posed = SKELETON.global_transforms(clip.joint_rotations_wxyz, clip.root_translation_m)
    globals_ = posed[..., :3] @ np.swapaxes(source.rest_rotations, -1, -2)
    knee, hip = NAMES.index("left_knee"), NAMES.index("left_hip")
    expected = np.swapaxes(globals_[:, hip], 1, 2) @ globals_[:, knee]
    found = matrix_from_quaternion(bvh.rotations_wxyz[:, bvh.joint_names.index("LeftLeg")])
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_mapping_file(tmp_path, walk):
    source = rig({f"Knochen_{index}": ours for index, ours in enumerate(NAMES)})
    path = write_bvh(tmp_path / "a.bvh", walk, source)
    with pytest.raises(MotionError) as caught:
        read_motion(path, SKELETON)
    assert caught.value.code == "retarget-unknown-joints"
    assert "Knochen_0" in caught.value.found
    assert "--joint-mapping" in caught.value.fix
    assert all(ours in caught.value.fix for ours in ("pelvis", "left_collar", "right_foot"))
    mapping = tmp_path / "map.json"
    mapping.write_text(json.dumps({f"Knochen_{index}": ours for index, ours in enumerate(NAMES)}))
    back = read_motion(path, SKELETON, MotionOptions(mapping=mapping))
    assert np.linalg.norm(positions(back) - positions(walk), axis=2).max() < 0.003


def test_a_mapping_adds_to_what_is_recognised(tmp_path, walk):
    """Three joints of a CMU rig have names of their own."""
    odd = {"Hips": "Mitte", "LeftArm": "WingL", "RightUpLeg": "StiltR"}
    source = rig({odd.get(theirs, theirs): ours for theirs, ours in CMU.items()})
    path = write_bvh(tmp_path / "a.bvh", walk, source)
    with pytest.raises(MotionError) as caught:
        read_motion(path, SKELETON)
    assert "nothing stands for pelvis, left_shoulder, right_hip" in caught.value.expected
    mapping = tmp_path / "map.json"
    mapping.write_text(json.dumps({theirs: CMU[known] for known, theirs in odd.items()}))
    back = read_motion(path, SKELETON, MotionOptions(mapping=mapping))
    whole = read_motion(write_bvh(tmp_path / "b.bvh", walk, rig(CMU)), SKELETON)
    np.testing.assert_allclose(positions(back), positions(whole), atol=1e-6)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("{", "mapping-unreadable"),
        ("[1]", "mapping-unreadable"),
        ('{"Hips": 3}', "mapping-unreadable"),
        ('{"Hops": "pelvis"}', "mapping-unknown-joint"),
        ('{"Hips": "tail"}', "mapping-unknown-joint"),
        ('{"LeftLeg": "left_hip"}', "mapping-incomplete"),
    ],
)
def test_bad_mapping(tmp_path, walk, content, code):
    path = write_bvh(tmp_path / "a.bvh", walk.slice(0, 2), rig(CMU))
    (tmp_path / "map.json").write_text(content)
    with pytest.raises(MotionError) as caught:
        read_motion(path, SKELETON, MotionOptions(mapping=tmp_path / "map.json"))
    assert caught.value.code == code


def test_calibration_frame_is_said_and_can_be_left_out(tmp_path, walk):
    """CMU's conversions begin with a T-pose."""
    clip = deepcopy(walk.slice(0, 5))
    clip.joint_rotations_wxyz[0] = (1, 0, 0, 0)
    path = write_bvh(tmp_path / "a.bvh", clip, rig(CMU))
    notes: list[str] = []
    assert read_motion(path, SKELETON, say=notes.append).frame_count == 5
    assert any("calibration" in note for note in notes)
    assert read_motion(path, SKELETON, MotionOptions(start=1)).frame_count == 4


def test_frames_beyond_the_declared_ones_are_taken_and_said(tmp_path, walk):
    path = write_bvh(tmp_path / "a.bvh", walk.slice(0, 5), rig(CMU))
    path.write_text(path.read_text().replace("Frames: 5", "Frames: 4"))
    notes: list[str] = []
    assert read_motion(path, SKELETON, say=notes.append).frame_count == 5
    assert any("declares 4" in note for note in notes)


@pytest.mark.parametrize(("written", "fps"), [("0.0083333", 120), ("0.033333", 30), ("0.0333667", 29.97), ("0.04", 25)])
def test_frame_rates_are_whole_where_meant(tmp_path, walk, written, fps):
    path = write_bvh(tmp_path / "a.bvh", walk.slice(0, 2), rig(CMU))
    path.write_text(re.sub("Frame Time: .*", f"Frame Time: {written}", path.read_text()))
    assert read_motion(path, SKELETON).fps == pytest.approx(fps, rel=2e-5)


def test_standing_on_the_floor(tmp_path, walk):
    high = walk.slice(0, 60)
    path = write_bvh(tmp_path / "a.bvh", high, rig(CMU))
    text = path.read_text().splitlines()
    start = next(i for i, line in enumerate(text) if line.startswith("Frame Time")) + 1
    for i in range(start, len(text)):
        values = text[i].split()
        values[1] = str(float(values[1]) + 0.7)
        text[i] = " ".join(values)
    path.write_text("\n".join(text))
    body = load_builtin_body().shaped()
    floored = read_motion(path, SKELETON, MotionOptions(ground="floor"))
    picked = slice(0, 60, 10)
    vertices = body.pose_vertices(floored.joint_rotations_wxyz[picked], floored.root_translation_m[picked])
    assert abs(vertices[..., 1].min()) < 0.03


def broken(path: Path, change) -> str:
    path.write_text(change(path.read_text()))
    with pytest.raises(Ani3dError) as caught:
        read_motion(path, SKELETON)
    return caught.value.code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: "", "bvh-not-bvh"),
        (lambda text: text[: len(text) // 40], "bvh-truncated"),
        (lambda text: text[:-200], "bvh-truncated"),
        (lambda text: text[: text.index("Frame Time")], "bvh-truncated"),
        (lambda text: text.replace("Frames: 3", "Frames: 4"), "bvh-truncated"),
        (lambda text: text.replace("Frames: 3", "Frames: 0"), "motion-empty"),
        (lambda text: text.replace("Frame Time: 0.", "Frame Time: -0."), "bvh-frame-rate"),
        (lambda text: text.replace("JOINT LeftLeg", "JOINT RightLeg"), "bvh-bad-hierarchy"),
        (lambda text: text.replace("Yrotation", "Wrotation", 1), "bvh-bad-hierarchy"),
        (lambda text: text.replace("}", "", 1), "bvh-bad-hierarchy"),
        (lambda text: text[: text.rindex(" ")] + " frog", "bvh-not-numeric"),
        (lambda text: text[: text.rindex(" ")] + " nan", "motion-not-finite"),
        (lambda text: "MOTION", "bvh-not-bvh"),
    ],
)
def test_damaged_files_are_refused(tmp_path, walk, change, code):
    path = write_bvh(tmp_path / "a.bvh", walk.slice(0, 3), rig(CMU))
    assert broken(path, change) == code


def test_missing_file_and_unknown_format(tmp_path):
    with pytest.raises(Ani3dError) as caught:
        read_motion(tmp_path / "none.bvh", SKELETON)
    assert caught.value.code == "motion-not-found"
    (tmp_path / "a.xyz").write_text("x")
    with pytest.raises(Ani3dError) as caught:
        read_motion(tmp_path / "a.xyz", SKELETON)
    assert caught.value.code == "import-unknown-format"
