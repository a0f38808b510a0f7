"""Skin that has come through a garment: it is left out of what a prior sees, and all other skin is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ani3d_runtime.avatar import Avatar, Binding, Part
from ani3d_runtime.bake.coarse import render_coarse
from ani3d_runtime.bake.coarse.piercing import Coverings
from ani3d_runtime.bake.sampling.trajectory import Trajectory
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.render.camera import Camera
from ani3d_runtime.splats import SplatCloud

SKIN_R, GARMENT_R = 0.05, 0.15


def tube(radius_m: float, low_m: float, high_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Places on an upright tube, and rotations that turn each Gaussian's x axis outwards."""
    angles, heights = np.meshgrid(np.linspace(0, 2 * np.pi, 64, endpoint=False), np.linspace(low_m, high_m, 40))
    angle, height = angles.ravel(), heights.ravel()
    places = np.stack([radius_m * np.cos(angle), height, -radius_m * np.sin(angle)], axis=1)
    turns = np.stack([np.cos(angle / 2), 0 * angle, np.sin(angle / 2), 0 * angle], axis=1)
    return places, turns


def leg_in_skirt() -> Avatar:
    """A leg of radius 5 cm in a skirt of radius 15 cm that ends above the knee; a joint of its own moves the leg."""
    leg, skirt = tube(SKIN_R, -0.5, 0.5), tube(GARMENT_R, 0.0, 0.52)
    places, turns = (np.concatenate(pair).astype(np.float32) for pair in zip(leg, skirt, strict=True))
    count, legs = len(places), len(leg[0])
    is_leg = np.arange(count) < legs
    colours = np.where(is_leg[:, None], (1.5, -1.5, -1.5), (-1.5, -1.5, 1.5)).astype(np.float32)
    splats = SplatCloud(
        places,
        turns,
        np.where(is_leg[:, None], (0.001, 0.02, 0.012), (0.001, 0.02, 0.02)).astype(np.float32),
        np.full(count, 0.99, np.float32),
        colours[:, None, :],
    )
    skeleton = Skeleton.in_zero_pose(("root", "leg"), np.array([-1, 0], np.int32), np.zeros((2, 3), np.float32))
    joints = np.zeros((count, 4), np.uint8)
    joints[is_leg] = 1
    weights = np.tile((1, 0, 0, 0), (count, 1)).astype(np.float32)
    parts = np.where(is_leg, Part.SKIN, Part.GARMENT).astype(np.uint8)
    return Avatar("leg", splats, skeleton, Binding(joints, weights, parts))


def seen(avatar: Avatar, turn_rad: float, *, hides: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Picture [64, 64, 3] and mask from +Z, with the leg swung forwards around its middle."""
    rotations = np.tile(np.array((1, 0, 0, 0), np.float32), (1, 2, 1))
    rotations[0, 1] = (np.cos(turn_rad / 2), np.sin(turn_rad / 2), 0, 0)
    motion = Motion("swing", 30.0, avatar.skeleton.joint_names, np.zeros((1, 3), np.float32), rotations)
    camera = Camera.look_at((0, 0, 3), (0, 0, 0), fov_y_rad=0.5, width_px=64, height_px=64)
    path = Trajectory("front", (camera,), np.zeros(1), 15.0)
    video = render_coarse(avatar, motion, path, coverings=Coverings.of(avatar) if hides else None)
    return video.rgb[0], video.preserve[0]


def red(picture: np.ndarray) -> np.ndarray:
    return (picture[..., 0] > 0.6) & (picture[..., 2] < 0.4)


def test_skin_that_cloth_hides_at_rest_is_found() -> None:
    avatar = leg_in_skirt()
    heights = avatar.splats.means_m[Coverings.of(avatar).under_cloth, 1]
    assert heights.min() > -0.08
    assert heights.max() > 0.4
    assert len(heights) > 0.3 * (avatar.binding.parts == Part.SKIN).sum()


def test_a_leg_that_comes_through_a_skirt_is_not_seen_and_nothing_there_is_preserved() -> None:
    avatar = leg_in_skirt()
    before, mask_before = seen(avatar, 0.6, hides=False)
    after, mask_after = seen(avatar, 0.6)
    upper = slice(0, 32)
    assert red(before)[upper].sum() > 20
    assert red(after)[upper].sum() < 0.1 * red(before)[upper].sum()
    # What lies behind shows instead: the skirt, and not the white wall.
    came_through = red(before)[upper] & ~red(after)[upper]
    assert (after[upper][came_through][:, 2] > after[upper][came_through][:, 0]).mean() > 0.9
    assert mask_before[upper][came_through].mean() > 0.9
    assert mask_after[upper][came_through].mean() < 0.1
    # The calf below the hem is what it was.
    np.testing.assert_array_equal(red(after)[44:], red(before)[44:])
    np.testing.assert_allclose(mask_after[44:], mask_before[44:], atol=1e-6)


def test_a_leg_before_the_inner_side_of_a_lifted_skirt_rightly_shows() -> None:
    avatar = leg_in_skirt()
    coverings = Coverings.of(avatar)
    # The front half of the skirt is folded up and away: behind the thigh lies the inner side of the back.
    splats = avatar.splats
    front = (avatar.binding.parts == Part.GARMENT) & (splats.means_m[:, 2] > -0.02)
    means = splats.means_m.copy()
    means[front, 1] += 5.0
    lifted = replace(avatar, splats=replace(splats, means_m=means))
    rotations = np.tile(np.array((1, 0, 0, 0), np.float32), (1, 2, 1))
    motion = Motion("still", 30.0, avatar.skeleton.joint_names, np.zeros((1, 3), np.float32), rotations)
    camera = Camera.look_at((0, 0, 3), (0, 0, 0), fov_y_rad=0.5, width_px=64, height_px=64)
    path = Trajectory("front", (camera,), np.zeros(1), 15.0)
    plain = render_coarse(lifted, motion, path)
    video = render_coarse(lifted, motion, path, coverings=coverings)
    assert red(plain.rgb[0])[:32].sum() > 20
    np.testing.assert_allclose(video.rgb[0], plain.rgb[0], atol=1e-6)


@pytest.mark.parametrize("missing", [Part.SKIN, Part.GARMENT])
def test_where_nothing_covers_anything_nothing_is_left_out(missing: Part) -> None:
    avatar = leg_in_skirt()
    parts = np.where(avatar.binding.parts == missing, Part.ACCESSORY, avatar.binding.parts).astype(np.uint8)
    bare = replace(avatar, binding=replace(avatar.binding, parts=parts))
    np.testing.assert_array_equal(seen(bare, 0.6)[0], seen(bare, 0.6, hides=False)[0])
