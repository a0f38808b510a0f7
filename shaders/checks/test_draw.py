"""Draw and composite: few Gaussians against the formula, and targets of both kinds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ani3d_runtime.render.camera import Camera
from shaders.checks.compilers import COMPILERS, Source, compiled
from shaders.checks.crowds import made_up
from shaders.checks.draw_oracle import drawn
from shaders.checks.eyes import Eye, Limits
from shaders.checks.toolchain import Toolchain
from shaders.checks.view_oracle import displayed, light, seen_by

if TYPE_CHECKING:
    from shaders.checks.chain import Chain
    from shaders.checks.gpu.device import Device

LIMITS = Limits(nearest_m=0.5, farthest_m=6.0)


def chain(gpu: Device, tools: Toolchain, compiler: str, *, exact: bool = True) -> Chain:
    """The kernels, with pictures of 32 bits or of 16."""
    from shaders.checks.chain import Chain
    from shaders.checks.gpu.picture import RGBA16F, RGBA32F

    def code(file: str, entry: str, stage: str) -> bytes:
        return compiled(Source(file, entry, stage), compiler, tools)

    return Chain(gpu, code, pixel_format=RGBA32F if exact else RGBA16F)


def eye(x_m: float = 0.0) -> Eye:
    camera = Camera.look_at((0.2 + x_m, 0.5, 2.5), (0, 0, 0), fov_y_rad=0.7, width_px=120, height_px=90)
    return Eye.of_camera(camera)


@pytest.mark.parametrize("compiler", COMPILERS)
def test_few_gaussians_are_drawn_by_the_formula(gpu: Device, tools: Toolchain, compiler: str) -> None:
    avatar, at = made_up(80, seed=1, degree=2, spread_m=0.4, size_m=0.05), eye()
    picture, _, count = chain(gpu, tools, compiler).picture([avatar], (at,), LIMITS)
    seen = seen_by(avatar, at, LIMITS)
    chosen = np.flatnonzero(seen.margins > 0)
    order = chosen[np.argsort(-seen.ahead_m[chosen])]
    expected = drawn(seen.centres_px, seen.covariances_px2, seen.colours, seen.opacities, order, at.size_px)
    assert count == len(chosen)
    assert np.mean(expected[..., 3] > 0.5) > 0.1
    assert np.mean(np.abs(picture - expected)) < 1e-4
    assert np.max(np.abs(picture - expected)) < 6e-3


def test_one_gaussian_ends_where_it_falls_below_one_grey_level(gpu: Device, tools: Toolchain) -> None:
    """Opaque, large and alone: the cap in its middle, and its last pixels."""
    # The middle lies on a pixel.
    avatar, at = made_up(1, seed=4, spread_m=0.0), replace(eye(), lens=(123.0, 123.0, 60.5, 45.5))
    avatar.posed[:, 3:9] = np.array([0.01, 0.004, 0, 0.01, 0, 0.01], np.float32).view(np.uint32)
    avatar.posed[:, 11] |= np.uint32(0xFFFF0000)
    picture, _, _ = chain(gpu, tools, COMPILERS[0]).picture([avatar], (at,), LIMITS)
    seen = seen_by(avatar, at, LIMITS)
    expected = drawn(seen.centres_px, seen.covariances_px2, seen.colours, seen.opacities, [0], at.size_px)
    assert np.max(picture[..., 3]) == np.float32(0.999)
    touched, should = picture[..., 3] > 0, expected[..., 3] > 0
    assert np.count_nonzero(touched != should) <= 0.01 * np.count_nonzero(should)
    assert np.min(picture[touched, 3]) >= 1 / 255 - 1e-6


def test_two_avatars_are_drawn_in_one_order_of_depth(gpu: Device, tools: Toolchain) -> None:
    """Two clouds in the same place: neither is drawn before the other."""
    first, second = (made_up(60, seed=seed, spread_m=0.3, size_m=0.06) for seed in (11, 12))
    moved = replace(second, to_world=np.array([[0.0, 0, 1, 0.1], [0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 0, 1]]))
    made, at = chain(gpu, tools, COMPILERS[0]), eye()
    picture, _, _ = made.picture([first, moved], (at,), LIMITS)
    parts = [seen_by(avatar, at, LIMITS) for avatar in (first, moved)]
    margins, ahead, centres, covariances, colours, opacities = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("margins", "ahead_m", "centres_px", "covariances_px2", "colours", "opacities")
    )
    chosen = np.flatnonzero(margins > 0)
    order = chosen[np.argsort(-ahead[chosen])]
    expected = drawn(centres, covariances, colours, opacities, order, at.size_px)
    assert np.mean(np.abs(picture - expected)) < 1e-4
    apart = drawn(centres, covariances, colours, opacities, chosen, at.size_px)
    assert np.mean(np.abs(picture - apart)) > 3e-3, "the order matters here"


def test_two_eyes_are_drawn_side_by_side(gpu: Device, tools: Toolchain) -> None:
    avatar, made = made_up(300, seed=7, degree=1, spread_m=0.2, size_m=0.03), chain(gpu, tools, COMPILERS[0])
    eyes = (eye(-0.03), eye(0.03))
    both, views, count = made.picture([avatar], eyes, LIMITS)
    assert count == np.count_nonzero(views.keys != 65535)
    halves = both[:, :120], both[:, 120:]
    assert np.mean(np.abs(halves[0] - halves[1])) > 1e-3
    for half, each in zip(halves, eyes, strict=True):
        alone, _, _ = made.picture([avatar], (each,), LIMITS)
        # The order is by the middle between the eyes.
        assert np.mean(np.abs(half - alone)) < 2e-3


def test_depth_of_the_target_is_the_position(gpu: Device, tools: Toolchain) -> None:
    """Vulkan cuts away what lies outside 0 … 1: Gaussians before the near plane and behind the far one."""
    avatar = made_up(80, seed=1, spread_m=0.4, size_m=0.05)
    camera = Camera.look_at((0.2, 0.5, 2.5), (0, 0, 0), fov_y_rad=0.7, width_px=120, height_px=90)
    at = Eye.of_camera(camera, near_m=2.3, far_m=2.8)
    picture, _, _ = chain(gpu, tools, COMPILERS[0]).picture([avatar], (at,), LIMITS)
    seen = seen_by(avatar, at, LIMITS)
    inside = (seen.ahead_m > 2.3) & (seen.ahead_m < 2.8)
    order = np.flatnonzero((seen.margins > 0) & inside)
    assert 10 < len(order) < 60
    order = order[np.argsort(-seen.ahead_m[order])]
    expected = drawn(seen.centres_px, seen.covariances_px2, seen.colours, seen.opacities, order, at.size_px)
    assert np.mean(np.abs(picture - expected)) < 1e-4


@pytest.mark.parametrize("compiler", COMPILERS)
def test_targets_of_both_kinds_show_the_same(gpu: Device, tools: Toolchain, compiler: str) -> None:
    from shaders.checks.chain import SharedOrder
    from shaders.checks.gpu.picture import RGBA32F

    made, at = chain(gpu, tools, compiler), eye()
    shared, nothing = (SharedOrder(gpu, [made_up(300, seed=8, spread_m=0.2, size_m=0.04)]) for _ in range(2))
    pictures = [gpu.picture(120, 90, RGBA32F) for _ in range(8)]
    colour, empty, wall_gamma, wall_linear, gamma, linear, over_gamma, over_linear = pictures
    wall = np.array([0.3, 0.6, 0.05])
    on_gamma, on_linear = [*wall, 1], [*light(wall), 1]
    recording = gpu.recording()
    made.view(recording, shared, (at,), LIMITS)
    made.sort(recording, shared)
    made.arguments(recording, shared)
    made.draw(recording, shared, (at,), colour)
    made.draw(recording, nothing, (at,), empty)
    for drawn_picture, target, is_linear in (
        (empty, wall_gamma, False),
        (empty, wall_linear, True),
        (colour, gamma, False),
        (colour, linear, True),
    ):
        made.composite(recording, drawn_picture, target, linear=is_linear, clear=on_linear if is_linear else on_gamma)
    made.composite(recording, colour, over_gamma, linear=False, scene=wall_gamma)
    made.composite(recording, colour, over_linear, linear=True, scene=wall_linear)
    recording.run()
    premultiplied = colour.read().astype(np.float64)
    alpha = premultiplied[..., 3:]
    expected = premultiplied[..., :3] + (1 - alpha) * wall
    assert np.mean(alpha == 0) > 0.1
    assert np.mean((alpha > 0.05) & (alpha < 0.95)) > 0.05
    np.testing.assert_allclose(gamma.read()[..., :3], expected, atol=1e-6)
    np.testing.assert_allclose(over_gamma.read()[..., :3], expected, atol=1e-6)
    shown = displayed(over_linear.read()[..., :3].astype(np.float64))
    np.testing.assert_allclose(shown, expected, atol=2e-5)
    blended = displayed(linear.read()[..., :3].astype(np.float64))
    # What the target holds blends in linear light.
    apart = np.divide(premultiplied[..., :3], alpha, out=np.zeros_like(expected), where=alpha > 0)
    np.testing.assert_allclose(blended, displayed(light(apart) * alpha + (1 - alpha) * light(wall)), atol=2e-5)
    whole = ((alpha == 0) | (alpha > 0.9999))[..., 0]
    np.testing.assert_allclose(blended[whole], expected[whole], atol=1e-3)
    assert np.all(np.isfinite(blended))
