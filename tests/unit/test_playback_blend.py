"""Blends of a package's clips as a game uses them; the rules themselves have golden vectors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ani3d_runtime import Blend, ClipPlayer, JointMask, Package, mixed
from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.package.playing import Playing
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.playback.blend import FadedClips
from ani3d_runtime.testing.avatars import synthetic_motion
from ani3d_runtime.testing.sequences import dancing_sequence

FPS, FADE_S = 30.0, 0.3


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A skirt on nodes in two clips, one of which loops."""
    avatar, residual = dancing_sequence(700, 34)
    motions = [synthetic_motion(avatar.skeleton, 34, seed=seed) for seed in (0, 1)]
    clips = [ClipSource("dance", motions[0], residual), ClipSource("walk", motions[1], residual, Playing(loops=True))]
    path = tmp_path_factory.mktemp("blend") / "two.a3d"
    write_package(path, avatar, clips, max_error_m=4e-3)
    return path


@pytest.fixture
def package(path: Path) -> Iterator[Package]:
    with Package.open(path) as opened:
        yield opened


def _step_m(blend: Blend, start: Frame, end: Frame) -> float:
    return float(np.linalg.norm(blend.pose(end).cloud.means_m - blend.pose(start).cloud.means_m, axis=1).max())


def test_a_crossfade_begins_as_one_clip_and_ends_as_the_other(package: Package) -> None:
    blend = Blend(package)
    blend.play("dance")
    blend.play("walk", 0.4, fade_s=FADE_S, start_s=0.1)
    dance, walk = ClipPlayer(package, "dance"), ClipPlayer(package, "walk")
    for time_s, alone in ((0.4, dance.frame_at(0.4)), (0.8, walk.frame_at(0.5))):
        shown = blend.frame_at(time_s)
        assert np.allclose(shown.joint_rotations_wxyz[1:], alone.joint_rotations_wxyz[1:], atol=1e-6)
        assert np.array_equal(shown.node_displacements_m, alone.node_displacements_m)
        assert shown.time_s == time_s
    # Nothing jumps, neither when it begins nor when it ends, and the root goes on from where it was.
    before, begun = blend.frame_at(0.4 - 1e-4), blend.frame_at(0.4 + 1e-4)
    assert _step_m(blend, before, begun) < 2e-3
    assert _step_m(blend, blend.frame_at(0.7 - 1e-4), blend.frame_at(0.7 + 1e-4)) < 2e-3
    cut = Blend(package)
    cut.play("dance")
    cut.play("walk", 0.4, fade_s=0, start_s=0.1)
    assert _step_m(cut, cut.frame_at(0.4 - 1e-4), cut.frame_at(0.4)) > 5e-2


def test_a_layer_moves_its_joints_and_what_hangs_on_them(package: Package) -> None:
    names = package.skeleton.joint_names
    mask = JointMask.below(package.skeleton, names[1])
    assert mask.weights[0] == 0
    assert mask.weights[1] == 1
    blend = Blend(package)
    blend.play("dance")
    below = blend.frame_at(0.5)
    laid = blend.overlay("walk", mask, 0.0, fade_s=0.1)
    both = blend.frame_at(0.5)
    walk = ClipPlayer(package, "walk").frame_at(0.5)
    inside = mask.weights == 1
    assert np.allclose(both.joint_rotations_wxyz[inside], walk.joint_rotations_wxyz[inside], atol=1e-6)
    assert np.array_equal(both.joint_rotations_wxyz[~inside], below.joint_rotations_wxyz[~inside])
    assert np.array_equal(both.root_translation_m, below.root_translation_m)
    moved = np.linalg.norm(blend.pose(both).cloud.means_m - blend.pose(below).cloud.means_m, axis=1)
    untouched = (package.avatar().binding.weights * inside[package.avatar().binding.joints]).sum(axis=1) == 0
    hangs = package.deformation.node_weights.any(axis=1)
    assert moved[untouched & ~hangs].max(initial=0) < 1e-5
    assert moved.max() > 1e-2
    blend.end(laid, 0.6, fade_s=0.1)
    assert np.allclose(
        blend.frame_at(0.75).joint_rotations_wxyz, ClipPlayer(package, "dance").frame_at(0.75).joint_rotations_wxyz
    )
    blend.forget_before(0.75)
    assert np.array_equal(
        blend.frame_at(0.8).joint_rotations_wxyz, ClipPlayer(package, "dance").frame_at(0.8).joint_rotations_wxyz
    )


def test_a_light_frame_of_a_blend_reads_no_detail_and_steps_lead_where_it_goes(package: Package) -> None:
    blend = Blend(package, lod=0)
    blend.play("walk")
    blend.play("dance", 0.3)
    light, full = blend.light_frame_at(0.45), blend.frame_at(0.45)
    assert light.detail is None
    assert np.array_equal(light.node_rotations_wxyz, full.node_rotations_wxyz)
    assert blend.pose(full).cloud.count == package.count_at(0)
    whole = blend.root_step(0.1, 0.6)
    assert whole == pytest.approx(blend.root_step(0.1, 0.4).then(blend.root_step(0.4, 0.6)), abs=1e-5)
    own = blend.light_frame_at(0.5, "delta")
    assert np.abs((package.skeleton.zero_joints_m[0] + own.root_translation_m)[[0, 2]]).max() < 1e-6


def test_clip_and_live_avatar_mix(package: Package) -> None:
    """A driver gives no detail: that of the clip fades out."""
    clip = ClipPlayer(package, "dance").frame(20)
    live = ClipPlayer(package, "walk").light_frame(3)
    assert mixed(clip, live, 0) is clip
    half = mixed(clip, live, 0.5)
    assert clip.detail is not None
    assert half.detail is not None
    assert np.allclose(np.asarray(half.detail.dpos_m), 0.5 * np.asarray(clip.detail.dpos_m))


def test_what_cannot_be_blended_is_refused(package: Package) -> None:
    blend, skeleton = Blend(package), package.skeleton
    laid_elsewhere = Blend(package).overlay("dance", JointMask(skeleton, {}))
    refusals = {
        "blend-empty": lambda: blend.frame_at(0),
        "clip-not-found": lambda: blend.play("wave"),
        "mask-unknown-joint": lambda: JointMask(skeleton, {"tail": 1}),
        "blend-bad-mask": lambda: blend.overlay("dance", skeleton.joint_names[1]),  # pyright: ignore[reportArgumentType]
        "blend-bad-layer": lambda: blend.end(laid_elsewhere, 2.0),
        "mask-bad-weight": lambda: JointMask.below(skeleton, skeleton.joint_names[1], weight=1.5),
        "blend-bad-time": lambda: blend.play("walk", float("nan")),
    }
    for code, call in refusals.items():
        with pytest.raises(Ani3dError) as refusal:
            call()
        assert refusal.value.code == code
        if code == "mask-unknown-joint":
            assert skeleton.joint_names[1] in refusal.value.expected
    blend.play("walk", 1.0)
    for call in (
        lambda: blend.play("dance", 0.5),
        lambda: blend.play("dance", 2, fade_s=-0.1),
        lambda: blend.frame_at(float("inf")),
    ):
        with pytest.raises(Ani3dError) as refusal:
            call()
        assert refusal.value.code == "blend-bad-time"
    with pytest.raises(Ani3dError) as refusal:
        blend.overlay("dance", JointMask(skeleton, {}), weight=-1)
    assert refusal.value.code == "mask-bad-weight"


def test_refusals_say_what_to_pass(package: Package) -> None:
    blend = Blend(package)
    blend.play("walk", 1.0)
    for call, expected, fix in (
        (lambda: blend.play("dance", 2, fade_s=float("inf")), "a finite number, 0 or more", "0 for a hard cut"),
        (lambda: blend.play("dance", 2, rate=float("nan")), "a finite number", "1 for its own speed"),
        (lambda: blend.play("dance", 2, start_s=float("nan")), "a finite number", "time of the clip"),
        (lambda: blend.play("dance", 0.5), "1 or later", "time of the blend"),
        (lambda: blend.frame_at(float("inf")), "a finite number", "time of the blend"),
        (lambda: blend.overlay("dance", JointMask(package.skeleton, {}), weight=2), "0 to 1", "1 for the whole layer"),
        (lambda: blend.overlay("dance", "hip"), "a JointMask", "JointMask.below"),  # pyright: ignore[reportArgumentType]
        (lambda: JointMask.below(package.skeleton, 3), "one of", "Name joints"),  # pyright: ignore[reportArgumentType]
        (lambda: JointMask(package.skeleton, {3: 1}), "one of", "Name joints"),  # pyright: ignore[reportArgumentType]
    ):
        with pytest.raises(Ani3dError) as refusal:
            call()
        assert refusal.value.expected.startswith(expected)
        assert fix in refusal.value.fix


def test_a_layer_ends_once_and_not_before_it_begins(package: Package) -> None:
    blend = Blend(package)
    laid = blend.overlay("dance", JointMask(package.skeleton, {}), 1.0)
    for at_s, fade_s, code in (
        (0.5, 0.3, "blend-bad-time"),
        (2.0, -1, "blend-bad-time"),
        (2.0, 0.3, None),
        (3.0, 0.3, "blend-bad-layer"),
    ):
        if code is None:
            blend.end(laid, at_s, fade_s=fade_s)
            continue
        with pytest.raises(Ani3dError) as refusal:
            blend.end(laid, at_s, fade_s=fade_s)
        assert refusal.value.code == code
    assert laid.end_s == 2.0
    blend.forget_before(5.0)
    with pytest.raises(Ani3dError) as refusal:
        blend.end(laid, 6.0)
    assert refusal.value.code == "blend-bad-layer"


def test_two_clips_as_one_begin_with_the_first_and_end_with_the_second(package: Package) -> None:
    dance, walk = (package.clip(name) for name in ("dance", "walk"))
    faded = FadedClips(package, dance, walk, 0.3)
    assert faded.frame_count == 34 + 34 - 1 - 9
    ends = ClipPlayer(package, "dance").frame(0), ClipPlayer(package, "walk").frame(33)
    for index, alone in zip((0, faded.frame_count - 1), ends, strict=True):
        assert np.allclose(faded.frame(index).joint_rotations_wxyz[1:], alone.joint_rotations_wxyz[1:], atol=1e-6)
    assert len(faded.sample(3)) == 3
    assert (faded.first_frame_count, faded.second_frame_count) == (33, 34)
    coarse = FadedClips(package, dance, walk, 0.3, lod=0)
    assert ClipPlayer(package, "dance", lod=0).pose(coarse.frame(2)).cloud.count == package.count_at(0)


def test_a_fade_is_as_long_as_clips_that_do_not_loop_and_looping_ones_go_on(package: Package) -> None:
    dance, walk = (package.clip(name) for name in ("dance", "walk"))
    onwards = FadedClips(package, walk, walk, 2.0)
    # Two periods of 34 frames hold 60 frames of fade: 8 alone, 60 of both, 8 alone.
    assert (onwards.frame_count, onwards.first_frame_count, onwards.second_frame_count) == (76, 68, 68)
    walking = ClipPlayer(package, "walk")
    assert np.allclose(
        onwards.frame(75).joint_rotations_wxyz[1:], walking.frame(33).joint_rotations_wxyz[1:], atol=1e-6
    ), "the last frame of the second period"
    for first, second, fade_s, expected in (
        (dance, walk, 9, "0 to 1.1 s, the length of dance"),
        (walk, dance, 9, "0 to 1.1 s, the length of dance"),
        (walk, walk, -1, "0 to 600 s"),
        (walk, walk, float("nan"), "0 to 600 s"),
        (walk, walk, 1e9, "0 to 600 s"),
    ):
        with pytest.raises(Ani3dError) as refusal:
            FadedClips(package, first, second, fade_s)
        assert (refusal.value.code, refusal.value.expected) == ("blend-bad-time", expected)
        assert refusal.value.fix == "Choose a fade within that range."
