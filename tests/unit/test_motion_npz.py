"""Motions in .npz files: AMASS of three generations, plain files, the built-in ones, and every refusal."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ani3d_runtime.body.joint_names import SMPLH_JOINT_NAMES, SMPLX_JOINT_NAMES
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.readers import MotionOptions, builtin_motion_names, read_motion
from ani3d_runtime.body.readers.joint_layouts import layout_of
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import Ani3dError, MotionError, UsageError
from ani3d_runtime.geometry.quaternion import rotation_vector_from_quaternion

BODY = load_builtin_body()
SKELETON = BODY.skeleton


def smplx_skeleton() -> Skeleton:
    """A 55-joint skeleton: the built-in body with jaw, eyes and fingers at the head and wrists."""
    names = SMPLX_JOINT_NAMES
    parents, positions = [], []
    for name in names:
        if name in SKELETON.joint_names:
            joint = SKELETON.joint_names.index(name)
            parents.append(int(SKELETON.parents[joint]))
            positions.append(SKELETON.zero_joints_m[joint])
        elif name.endswith(("2", "3")):
            parents.append(names.index(f"{name[:-1]}{int(name[-1]) - 1}"))
            positions.append(positions[parents[-1]])
        else:
            anchor = f"{name.split('_')[0]}_wrist" if name[-1] == "1" else "head"
            parents.append(names.index(anchor))
            positions.append(SKELETON.zero_joints_m[SKELETON.joint_names.index(anchor)])
    return Skeleton.in_zero_pose(names, np.array(parents, np.int32), np.array(positions, np.float32))


def poses(joints: int, frames: int = 7, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(scale=0.4, size=(frames, joints, 3))


@pytest.mark.parametrize(
    ("joints", "rate"), [(24, "mocap_framerate"), (52, "mocap_framerate"), (55, "mocap_frame_rate")]
)
def test_amass_is_turned_upright(tmp_path, joints, rate):
    """Every vertex of the Y-up motion is the vertex of the Z-up one, turned."""
    raw = poses(joints)
    trans = np.random.default_rng(1).normal(size=(7, 3))
    arrays = {"poses": raw.reshape(7, -1), "trans": trans, "betas": np.arange(16) / 10, "gender": np.array("neutral")}
    np.savez(tmp_path / "amass.npz", **arrays, **{rate: np.array(120.0)})
    motion = read_motion(tmp_path / "amass.npz", SKELETON, MotionOptions(axes="zup"))
    np.savez(tmp_path / "plain.npz", poses=raw[:, :22], trans=trans, fps=120)
    upright = read_motion(tmp_path / "plain.npz", SKELETON, MotionOptions(axes="yup"))
    assert motion.fps == 120
    np.testing.assert_allclose(motion.betas, np.arange(16) / 10, rtol=1e-6)
    shaped = BODY.shaped()
    z_up = shaped.pose_vertices(upright.joint_rotations_wxyz[2:3], upright.root_translation_m[2:3])[0]
    rotations = motion.joint_rotations_wxyz[2:3].copy()
    rotations[:, 22:] = upright.joint_rotations_wxyz[2:3, 22:]
    y_up = shaped.pose_vertices(rotations, motion.root_translation_m[2:3])[0]
    np.testing.assert_allclose(y_up, z_up[:, [0, 2, 1]] * [1, 1, -1], atol=2e-5)


@pytest.mark.parametrize("joints", [22, 24, 52, 55])
@pytest.mark.parametrize("flat", [True, False])
@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_layouts_meet_by_joint_name(tmp_path, joints, flat, kind):
    raw = poses(joints).astype(kind)
    np.savez_compressed(
        tmp_path / "a.npz", poses=raw.reshape(7, -1) if flat else raw, trans=np.zeros((7, 3), kind), fps=30
    )
    for skeleton in (SKELETON, smplx_skeleton()):
        motion = read_motion(tmp_path / "a.npz", skeleton)
        assert motion.joint_names == skeleton.joint_names
        source = layout_of(joints)
        vectors = rotation_vector_from_quaternion(motion.joint_rotations_wxyz)
        for joint, name in enumerate(skeleton.joint_names):
            expected = raw[:, source.index(name)] if name in source else np.zeros((7, 3))
            np.testing.assert_allclose(vectors[:, joint], expected, atol=1e-5)


def test_lost_fingers_are_said(tmp_path):
    np.savez(tmp_path / "a.npz", poses=poses(52), trans=np.zeros((7, 3)), fps=30)
    notes: list[str] = []
    read_motion(tmp_path / "a.npz", SKELETON, say=notes.append)
    assert any("left_index1" in note for note in notes)
    still = poses(52)
    still[:, 22:] = 0
    np.savez(tmp_path / "a.npz", poses=still, trans=np.zeros((7, 3)), fps=30)
    notes.clear()
    read_motion(tmp_path / "a.npz", SKELETON, say=notes.append)
    assert not any("left out" in str(note) for note in notes)


def test_named_joints_win_over_the_count(tmp_path):
    raw = poses(24)
    order = np.random.default_rng(3).permutation(24)
    names = np.array(SKELETON.joint_names)[order]
    np.savez(tmp_path / "a.npz", poses=raw[:, order], trans=np.zeros((7, 3)), fps=30, joint_names=names)
    motion = read_motion(tmp_path / "a.npz", SKELETON)
    np.testing.assert_allclose(rotation_vector_from_quaternion(motion.joint_rotations_wxyz), raw, atol=1e-5)
    np.savez(tmp_path / "a.npz", poses=raw, trans=np.zeros((7, 3)), fps=30, joint_names=[f"bone{i}" for i in range(24)])
    with pytest.raises(MotionError) as caught:
        read_motion(tmp_path / "a.npz", SKELETON)
    assert caught.value.code == "motion-joint-mismatch"


@pytest.mark.parametrize("name", ["cmu_01_01", "dance", "run", "walk"])
def test_builtin_motions(name):
    assert name in builtin_motion_names()
    motion = read_motion(name, SKELETON)
    assert motion.name == name
    assert motion.frame_count >= 300
    posed = BODY.shaped().pose_vertices(motion.joint_rotations_wxyz[::30], motion.root_translation_m[::30])
    assert -0.05 < posed[..., 1].min() < 0.03


def test_trimming_and_resampling():
    whole = read_motion("walk", SKELETON)
    cut = read_motion("walk", SKELETON, MotionOptions(start=10, stop=40))
    np.testing.assert_array_equal(cut.joint_rotations_wxyz, whole.joint_rotations_wxyz[10:40])
    fast = read_motion("walk", SKELETON, MotionOptions(fps=60))
    assert fast.frame_count == 2 * whole.frame_count - 1
    np.testing.assert_allclose(fast.root_translation_m[::2], whole.root_translation_m, atol=1e-6)
    agreement = np.abs((fast.joint_rotations_wxyz[::2] * whole.joint_rotations_wxyz).sum(axis=2))
    np.testing.assert_allclose(agreement, 1, atol=1e-5)


def test_frames_before_the_start_lead_in_from_the_last_cut(tmp_path):
    whole = read_motion("walk", SKELETON)
    before = read_motion("walk", SKELETON, MotionOptions(start=40, stop=60)).before
    np.testing.assert_allclose(before.joint_rotations_wxyz, whole.joint_rotations_wxyz[:40], atol=1e-6)
    fast = read_motion("walk", SKELETON, MotionOptions(start=40, fps=60)).before
    np.testing.assert_allclose(fast.root_translation_m[::2], whole.root_translation_m[:40], atol=1e-6)
    assert whole.before is None

    vectors = np.cumsum(np.full((30, 22, 3), 0.01), axis=0)
    vectors[:8, 16, 2] -= 1.4  # arms out until frame 8
    path = tmp_path / "capture.npz"
    np.savez(path, poses=vectors.reshape(30, -1), trans=np.zeros((30, 3)), fps=30.0)
    assert read_motion(path, SKELETON, MotionOptions(start=12)).before.frame_count == 4
    assert read_motion(path, SKELETON, MotionOptions(start=8)).before is None


@settings(max_examples=20, deadline=None)
@given(frames=st.integers(1, 50), source_hz=st.floats(5, 240), target_hz=st.floats(5, 240))
def test_resampling_covers_the_clip_and_stays_within_it(tmp_path_factory, frames, source_hz, target_hz):
    path = tmp_path_factory.mktemp("motion") / "a.npz"
    trans = np.stack([np.arange(frames), np.zeros(frames), np.zeros(frames)], axis=1)
    np.savez(path, poses=poses(24, frames), trans=trans, fps=source_hz)
    motion = read_motion(path, SKELETON, MotionOptions(fps=target_hz))
    expected = np.arange(motion.frame_count) * (source_hz / target_hz)
    np.testing.assert_allclose(motion.root_translation_m[:, 0], np.minimum(expected, frames - 1), atol=1e-3)
    assert (frames - 1) / source_hz - motion.duration_s < 1 / target_hz + 1e-6


GOOD = {"poses": np.zeros((5, 24, 3)), "trans": np.zeros((5, 3)), "fps": 30}


def code_of(path, **changes) -> str:
    arrays = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    np.savez(path, **arrays)
    with pytest.raises(MotionError) as caught:
        read_motion(path, SKELETON)
    return caught.value.code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"poses": None}, "motion-missing-array"),
        ({"poses": np.zeros((5, 30, 3))}, "motion-joint-count"),
        ({"poses": np.zeros((5, 71))}, "motion-wrong-shape"),
        ({"poses": np.zeros((5, 24, 4))}, "motion-wrong-shape"),
        ({"poses": np.zeros(72)}, "motion-wrong-shape"),
        ({"poses": np.zeros((0, 24, 3)), "trans": np.zeros((0, 3))}, "motion-empty"),
        ({"poses": np.full((5, 24, 3), np.nan)}, "motion-not-finite"),
        ({"poses": np.full((5, 24, 3), "x")}, "motion-not-numeric"),
        ({"poses": np.array([[None] * 72] * 5)}, "motion-pickled"),
        ({"trans": np.zeros((4, 3))}, "motion-wrong-shape"),
        ({"trans": np.full((5, 3), np.inf)}, "motion-not-finite"),
        ({"fps": None}, "motion-no-frame-rate"),
        ({"fps": 0}, "motion-frame-rate"),
        ({"fps": np.nan}, "motion-frame-rate"),
        ({"fps": "thirty"}, "motion-frame-rate"),
        ({"fps": np.array([30, 30])}, "motion-frame-rate"),
        ({"fps": np.array(30, dtype=object)}, "motion-pickled"),
        ({"joint_names": np.array(["a"])}, "motion-joint-count"),
    ],
)
def test_refusals(tmp_path, changes, code):
    assert code_of(tmp_path / "a.npz", **changes) == code


def test_joint_count_refusal_names_counts(tmp_path):
    np.savez(tmp_path / "a.npz", **{**GOOD, "poses": np.zeros((5, 30, 3))})
    with pytest.raises(MotionError, match=r"found 30 joints; expected 24 .* 52 \(SMPL-H\) or 55"):
        read_motion(tmp_path / "a.npz", SKELETON)


def test_unneeded_pickles_are_never_touched(tmp_path):
    np.savez(tmp_path / "a.npz", **GOOD, labels=np.array([{"a": 1}], dtype=object))
    assert read_motion(tmp_path / "a.npz", SKELETON).frame_count == 5


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("keep", [10, 0.5, 0.98])
def test_cut_short(tmp_path, keep, compressed):
    path = tmp_path / "a.npz"
    (np.savez_compressed if compressed else np.savez)(path, **GOOD)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(keep if keep > 1 else keep * len(whole))])
    with pytest.raises(MotionError) as caught:
        read_motion(path, SKELETON)
    assert caught.value.code == "motion-not-npz"


def test_a_lying_header_allocates_nothing(tmp_path):
    """A header that declares terabytes is held against the bytes that are there."""
    path = tmp_path / "a.npz"
    np.savez(path, **GOOD)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"(5, 24, 3), }      ", b"(50000000, 24, 3), }")[: len(whole)])
    with pytest.raises(MotionError) as caught:
        read_motion(path, SKELETON)
    assert caught.value.code in ("motion-truncated", "motion-not-npz")


def test_unknown_name_lists_the_builtin_ones():
    with pytest.raises(Ani3dError, match="cmu_01_01, dance") as caught:
        read_motion("moonwalk", SKELETON)
    assert caught.value.code == "motion-not-found"


@pytest.mark.parametrize(
    "options", [{"unit": "ell"}, {"axes": "up"}, {"start": -1}, {"start": 5, "stop": 5}, {"fps": 0}]
)
def test_bad_options(options):
    with pytest.raises(UsageError) as caught:
        MotionOptions(**options)
    assert caught.value.code == "motion-option"


def test_smplh_order_is_the_published_one():
    assert SMPLH_JOINT_NAMES[22] == "left_index1"
    assert SMPLH_JOINT_NAMES[51] == "right_thumb3"
    assert SMPLX_JOINT_NAMES[22:25] == ("jaw", "left_eye_smplhf", "right_eye_smplhf")
