"""Practice: made-up motions, and what a package's nodes do in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ani3d_runtime.bake.driver_fit.clip_tracks import ClipTracks, clip_tracks
from ani3d_runtime.bake.driver_fit.practice import Practice, tracks_of
from ani3d_runtime.bake.driver_fit.tracks_file import read_tracks, write_tracks
from ani3d_runtime.bake.into import settings_into
from ani3d_runtime.bake.practice_count import DEFAULT_MOTIONS
from ani3d_runtime.bake.provenance import provenance_of
from ani3d_runtime.bake.recipe import step_of
from ani3d_runtime.bake.settings import BakeSettings
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.pose import Pose
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.recipe import Recipe
from ani3d_runtime.package.writer import ClipSource, add_clips, write_package
from ani3d_runtime.progress import ProgressCallback
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion, synthetic_residual

FRAMES = 30


def body_skeleton() -> Skeleton:
    return load_builtin_body().shaped(None).skeleton


def never(motion: Motion, progress: ProgressCallback) -> ResidualLayer:
    raise AssertionError("nothing is simulated here")


def settings(residuals: tuple[str, ...] = (), practice: int | None = None) -> BakeSettings:
    return BakeSettings(
        "dancer", ("walk", "run")[: max(len(residuals), 1)], Path("a.a3d"), residuals, practice=practice
    )


def test_a_motion_is_the_same_however_many_there_are_and_others_differ() -> None:
    few, more = (Practice(never, count).motions(body_skeleton()) for count in (2, 3))
    other = Practice(never, 1, seed=1).motions(body_skeleton())
    for one, again in zip(few, more, strict=False):
        np.testing.assert_array_equal(one.joint_rotations_wxyz, again.joint_rotations_wxyz)
    assert np.abs(few[0].joint_rotations_wxyz - few[1].joint_rotations_wxyz).max() > 0.1
    assert np.abs(few[0].joint_rotations_wxyz - other[0].joint_rotations_wxyz).max() > 0.1


def test_bodies_with_fingers_practise_with_still_fingers() -> None:
    body = body_skeleton()
    fingers = [f"finger{number}" for number in range(4)]
    wider = replace(
        body,
        joint_names=(*body.joint_names, *fingers),
        parents=np.append(body.parents, [22, 22, 23, 23]).astype(np.int32),
        zero_joints_m=np.concatenate([body.zero_joints_m, body.zero_joints_m[[22, 22, 23, 23]]]),
        rest_rotations_wxyz=np.concatenate([body.rest_rotations_wxyz, body.rest_rotations_wxyz[:4]]),
    )
    motion, plain = (Practice(never, 1).motions(skeleton)[0] for skeleton in (wider, body))
    np.testing.assert_array_equal(motion.joint_rotations_wxyz[:, :24], plain.joint_rotations_wxyz)
    np.testing.assert_allclose(motion.joint_rotations_wxyz[:, 24:], [[[1, 0, 0, 0]] * 4] * motion.frame_count)


def test_nodes_follow_a_layer_as_they_do_in_the_clip_that_was_made_from_it(tmp_path: Path) -> None:
    avatar = synthetic_avatar(1200, seed=3)
    motion, layer = synthetic_motion(avatar.skeleton, FRAMES), synthetic_residual(avatar, FRAMES, amplitude_m=0.1)
    write_package(tmp_path / "ada.a3d", avatar, [ClipSource("walk", motion, layer)])
    with Package.open(tmp_path / "ada.a3d") as package:
        found = tracks_of(package, motion, package.order.reordered(layer))
        coded = clip_tracks(package)[0]
    wrong = np.linalg.norm(found.displacements_m - coded.displacements_m)
    assert wrong < 0.1 * np.linalg.norm(coded.displacements_m)
    assert len(found) == FRAMES


@pytest.mark.parametrize(
    ("residuals", "asked", "count"),
    [
        ((), None, DEFAULT_MOTIONS),
        (("simulated",), 3, 3),
        (("simulated",), 0, 0),
        (("simulated", "none"), 2, 2),
        (("none",), 2, 0),
        (("restored",), None, DEFAULT_MOTIONS),
        (("restored", "simulated"), 4, 4),
        (("simulated", "cloth.npz"), None, 0),
        (("restored", "cloth.npz"), 4, 0),
    ],
)
def test_the_driver_practises_where_something_moves_and_no_file_moves_it(
    residuals: tuple[str, ...], asked: int | None, count: int
) -> None:
    chosen = settings(residuals, asked)
    assert chosen.practice_count == count
    assert ("practice" in provenance_of(chosen)) == chosen.can_practise


def baked(path: Path, *steps: tuple[str, BakeSettings]) -> Path:
    """A package of clips, each written by a bake with these settings."""
    avatar = synthetic_avatar(50)
    clips = [ClipSource(name, synthetic_motion(avatar.skeleton, 3)) for name, _ in steps]
    recipe = Recipe(tuple(step_of(chosen, (name,), None) for name, chosen in steps))
    write_package(path, avatar, clips, recipe=recipe)
    return path


def test_a_package_that_grows_practises_as_it_did(tmp_path: Path) -> None:
    for practice in (0, 3):
        path = baked(tmp_path / f"{practice}.a3d", ("walk", settings(practice=practice)))
        assert settings_into(path, {"motions": ("run",)}).practice_count == practice


def test_a_package_that_a_file_moves_does_not_practise(tmp_path: Path) -> None:
    cloth = tmp_path / "cloth.npz"
    cloth.write_bytes(b"a residual")
    moved = settings((str(cloth),))
    assert settings_into(baked(tmp_path / "a.a3d", ("walk", moved)), {"motions": ("run",)}).practice_count == 0
    path = baked(tmp_path / "b.a3d", ("walk", settings(("simulated",))), ("turn", moved))
    assert settings_into(path, {"motions": ("run",)}).practice_count == 0
    path = baked(tmp_path / "c.a3d", ("walk", settings(("simulated",))), ("turn", settings(("simulated",))))
    assert settings_into(path, {"motions": ("run",)}).practice_count == DEFAULT_MOTIONS


def test_a_clip_that_nobody_knows_the_making_of_is_not_practised_against(tmp_path: Path) -> None:
    path = baked(tmp_path / "a.a3d", ("walk", settings(("simulated",))))
    avatar = synthetic_avatar(50)
    add_clips(path, avatar, [ClipSource("jump", synthetic_motion(avatar.skeleton, 3))])
    assert settings_into(path, {"motions": ("run",)}).practice_count == 0


@pytest.mark.parametrize("count", [-1, 101])
def test_a_count_out_of_range_is_refused(count: int) -> None:
    with pytest.raises(Ani3dError) as refusal:
        settings(practice=count).refuse_bad()
    assert refusal.value.code == "bake-practice-count"


def test_tracks_that_another_process_practised_are_the_same(tmp_path: Path) -> None:
    practice, skeleton = Practice(never, 3), body_skeleton()
    tracks = [
        ClipTracks(
            motion.fps,
            tuple(map(Pose, motion.root_translation_m, motion.joint_rotations_wxyz)),
            np.random.default_rng(number).normal(size=(motion.frame_count, 5, 3)),
        )
        for number, motion in enumerate(practice.motions(skeleton, range(1, 3)), 1)
    ]
    write_tracks(tmp_path / "some.npz", tracks)
    found = read_tracks(tmp_path / "some.npz")
    whole = practice.motions(skeleton)[1:]
    for each, expected, motion in zip(found, tracks, whole, strict=True):
        np.testing.assert_array_equal(each.displacements_m, expected.displacements_m)
        rotations = [pose.joint_rotations_wxyz for pose in each.poses]
        np.testing.assert_array_equal(rotations, motion.joint_rotations_wxyz)
        np.testing.assert_array_equal([pose.root_translation_m for pose in each.poses], motion.root_translation_m)
        assert each.fps == motion.fps
    once = (tmp_path / "some.npz").read_bytes()
    write_tracks(tmp_path / "some.npz", tracks)
    assert (tmp_path / "some.npz").read_bytes() == once
