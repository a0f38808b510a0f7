"""Levels of detail: an even choice, how levels look, and what is shown between two of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.codec.encoder.levels.choice import even_levels
from ani3d_runtime.codec.sections.appearance import (
    AppearanceSteps,
    LevelAppearance,
    decode_appearance,
    encode_appearance,
)
from ani3d_runtime.errors import NotFoundError, UsageError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.validate import validate_package
from ani3d_runtime.package.writer import ClipSource, add_clips, write_package
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.render.camera import Orbit
from ani3d_runtime.render.rasterise import render_cloud
from ani3d_runtime.splats import SplatCloud
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion

GAUSSIANS, FRAMES = 480, 3


def dotted_ball() -> Avatar:
    """Gaussians all over a ball of two colours: a surface, as avatars have one."""
    avatar = synthetic_avatar(GAUSSIANS, sh_degree=0)
    turns = np.arange(GAUSSIANS) * 2.39996
    heights = np.linspace(-1, 1, GAUSSIANS)
    around = np.sqrt(1 - heights**2)
    out = np.stack([around * np.cos(turns), heights, around * np.sin(turns)], axis=1)
    # The thin axis, z, points outwards.
    turned = np.cross([0.0, 0.0, 1.0], out)
    quats = np.concatenate([1 + out[:, 2:], turned], axis=1)
    quats /= np.maximum(np.linalg.norm(quats, axis=1, keepdims=True), 1e-6)
    splats = SplatCloud(
        (0.5 * out + [0, 1, 0]).astype(np.float32),
        quats.astype(np.float32),
        np.tile(np.array([0.03, 0.03, 0.004], np.float32), (GAUSSIANS, 1)),
        np.full(GAUSSIANS, 0.95, np.float32),
        np.where(heights[:, None, None] > 0.2, [[1.2, -0.5, -0.5]], [[-1.0, 0.3, 1.0]]).astype(np.float32),
    )
    binding = replace(avatar.binding, parts=np.where(heights > 0, 0, 3).astype(np.uint8))
    return replace(avatar, splats=splats, binding=binding)


@pytest.fixture(scope="module")
def ball() -> Avatar:
    return dotted_ball()


@pytest.fixture(scope="module")
def path(ball: Avatar, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("levels") / "ball.a3d"
    clip = ClipSource("walk", synthetic_motion(ball.skeleton, FRAMES))
    write_package(path, ball, [clip], keeps_input_order=False, levels=even_levels)
    return path


def picture(cloud: SplatCloud) -> np.ndarray:
    drawn = render_cloud(cloud, Orbit(width_px=160, height_px=160).camera([0, 1, 0], 0.7, 2.5))
    return drawn.rgb + (1 - drawn.alpha)[..., None]


def test_levels_are_even_prefixes_and_parts_stay_apart(ball: Avatar) -> None:
    choice = even_levels(ball)
    assert choice.order.level_sizes == (30, 30, 60, 120, 240)
    assert sorted(choice.order.permutation) == list(range(GAUSSIANS))
    stored = ball.take(choice.order.permutation)
    for owners, count in zip(choice.owners, (30, 60, 120, 240), strict=True):
        assert set(owners) == set(range(count)), "every Gaussian of a level stands for a cluster, and no other does"
        assert np.array_equal(owners[:count], np.arange(count))
        assert np.array_equal(stored.binding.parts[owners], stored.binding.parts)
    # Thirty on a ball of radius 0.5 m: no place is further from one than an even choice allows.
    apart = np.linalg.norm(stored.splats.means_m[:, None] - stored.splats.means_m[None, :30], axis=2).min(axis=1)
    assert apart.max() < 0.45


@pytest.mark.parametrize(("count", "sizes"), [(1, (1,)), (2, (1, 1)), (3, (1, 1, 1)), (9, (1, 1, 1, 2, 4))])
def test_small_avatars_have_fewer_levels(count: int, sizes: tuple[int, ...]) -> None:
    avatar = synthetic_avatar(count)
    one_part = replace(avatar, binding=replace(avatar.binding, parts=np.zeros(count, np.uint8)))
    choice = even_levels(one_part)
    assert choice.order.level_sizes == sizes
    assert len(choice.owners) == len(sizes) - 1


def test_every_part_is_in_the_coarsest_level() -> None:
    avatar = synthetic_avatar(40)
    choice = even_levels(avatar)
    first = avatar.take(choice.order.permutation[: choice.order.level_sizes[0]])
    assert set(first.binding.parts) == set(avatar.binding.parts)


def test_coarse_levels_look_like_the_whole(path: Path, ball: Avatar) -> None:
    write_package(plain := path.with_name("plain.a3d"), ball, [], keeps_input_order=False)
    with Package.open(path) as package, Package.open(plain) as before:
        whole = picture(package.avatar().splats)
        for level in range(package.level_count - 1):
            errors = [((picture(each.shown_at(level).splats) - whole) ** 2).mean() for each in (package, before)]
            assert errors[0] < 0.2 * errors[1], level


def test_between_levels_one_becomes_the_other(path: Path) -> None:
    with Package.open(path) as package:
        for level in range(package.level_count - 1):
            coarse, fine = package.shown_at(level).splats, package.shown_at(level + 1).splats
            start, end = (package.shown_between(level, share).splats for share in (0.0, 1.0))
            assert start.count == end.count == fine.count
            assert not start.opacities[coarse.count :].any()
            for name in ("means_m", "scales_m", "opacities", "sh"):
                ours = getattr(start, name)[: coarse.count]
                np.testing.assert_allclose(ours, getattr(coarse, name), rtol=1e-6, atol=1e-7)
                np.testing.assert_allclose(getattr(end, name), getattr(fine, name), rtol=1e-6, atol=1e-7)
            middle = package.shown_between(level, 0.5).splats
            means = np.sqrt(coarse.scales_m * fine.scales_m[: coarse.count])
            np.testing.assert_allclose(middle.scales_m[: coarse.count], means, rtol=1e-5)
        for share in (-0.1, 1.1, float("nan")):
            with pytest.raises(UsageError) as refused:
                package.shown_between(0, share)
            assert refused.value.code == "lod-share-out-of-range"
        with pytest.raises(NotFoundError):
            package.shown_between(package.level_count - 1, 0.5)


def test_a_clip_at_a_level_shows_its_look(path: Path) -> None:
    with Package.open(path) as package:
        player = ClipPlayer(package, "walk", lod=0)
        assert player.avatar is package.shown_at(0)
        posed = player.pose(player.frame(FRAMES - 1)).cloud
        np.testing.assert_array_equal(posed.opacities, package.appearance(0).opacities)
        ours, whole = posed.scales_m.prod(axis=1), package.shown_at(0).splats.scales_m.prod(axis=1)
        np.testing.assert_allclose(np.median(ours / whole), 1, atol=0.2)


def test_packages_are_valid_the_same_bytes_and_open_to_clips(path: Path, ball: Avatar) -> None:
    assert validate_package(path).ok
    again = path.with_name("again.a3d")
    clip = ClipSource("walk", synthetic_motion(ball.skeleton, FRAMES))
    write_package(again, ball, [clip], keeps_input_order=False, levels=even_levels)
    assert again.read_bytes() == path.read_bytes()
    # The package keeps no order: who is who is told by where Gaussians are.
    add_clips(again, ball, [ClipSource("turn", synthetic_motion(ball.skeleton, 2))])
    with Package.open(path) as package, Package.open(again) as added:
        assert added.clip_names == ("walk", "turn")
        for level in range(package.level_count - 1):
            name = f"appearance.{level}"
            assert added.read_section(name) == package.read_section(name)


def test_a_look_is_stored_within_half_a_step() -> None:
    dice = np.random.default_rng(4)
    look = LevelAppearance(
        dice.normal(0, 0.01, (50, 3)).astype(np.float32),
        dice.normal(0, 1, (50, 3)).astype(np.float32),
        dice.uniform(0, 1, 50).astype(np.float32),
        dice.normal(0, 1, (50, 3)).astype(np.float32),
    )
    steps = AppearanceSteps(1e-3, 0.1, 0.02)
    read = decode_appearance(encode_appearance(look, steps), "appearance.0", 50)
    assert np.abs(read.displacements_m - look.displacements_m).max() <= 0.51e-3
    assert np.abs(read.log_scale_changes - look.log_scale_changes).max() <= 0.051
    assert np.abs(read.opacities - look.opacities).max() <= 0.51 / 63
    assert np.abs(read.colour_changes - look.colour_changes).max() <= 0.0101
