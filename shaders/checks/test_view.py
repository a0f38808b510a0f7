"""View: against double precision, and against the records of ``ani3d render``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ani3d_runtime.render.camera import Camera
from ani3d_runtime.render.projection import BLUE, DEPTH, HALF_A, HALF_C, MEAN_X, OPACITY, REACH_Y, RED, B
from ani3d_runtime.render.rasterise import Rasterisation
from shaders.checks.compilers import COMPILERS, GLSLANG, Source, compiled
from shaders.checks.crowds import made_up
from shaders.checks.eyes import Eye, Limits, Shown
from shaders.checks.posed_layout import unpacked_posed
from shaders.checks.toolchain import Toolchain
from shaders.checks.view_oracle import Seen, seen_by

if TYPE_CHECKING:
    from shaders.checks.chain import Chain, Views
    from shaders.checks.gpu.device import Device

LIMITS = Limits(nearest_m=0.5, farthest_m=6.0)
# An avatar of another size that stands turned, and one in a world with the other hand.
TURNED = np.array([[0.0, 0, 1.2, 0.1], [0, 1.2, 0, -0.2], [-1.2, 0, 0, 0.3], [0, 0, 0, 1]])
MIRRORED = np.diag([-1.0, 1, 1, 1])


def chain(gpu: Device, tools: Toolchain, compiler: str = GLSLANG) -> Chain:
    from shaders.checks.chain import Chain

    return Chain(gpu, lambda file, entry, stage: compiled(Source(file, entry, stage), compiler, tools))


def viewed(chain: Chain, avatars: list[Shown], eyes: tuple[Eye, ...], limits: Limits = LIMITS) -> Views:
    """Views, with keys and order before the sort."""
    from shaders.checks.chain import SharedOrder

    shared = SharedOrder(chain.device, avatars, eyes=len(eyes))
    recording = chain.device.recording()
    chain.view(recording, shared, eyes, limits)
    recording.run()
    views = shared.read_views()
    shared.release()
    return views


def pinhole(x_m: float = 0.0) -> Eye:
    camera = Camera.look_at((0.4 + x_m, 0.6, 2.5), (x_m, 0.1, 0), fov_y_rad=0.9, width_px=300, height_px=200)
    # A centre that is none, as of a headset's lens.
    eye = Eye.of_camera(camera)
    return replace(eye, lens=(eye.lens[0], eye.lens[1] * 1.1, 140.0, 110.0))


def parallel() -> Eye:
    return replace(pinhole(), lens=(60.0, 66.0, 150.0, 100.0), depth=(0.01, 0.1), orthographic=True)


def assert_seen(views: Views, eye: int, seen: Seen, first: int = 0) -> None:
    """One eye's views are what the oracle sees."""
    found = views.numbers[eye, first : first + len(seen.margins)]
    colours = views.colours[eye, first : first + len(seen.margins)]
    drawn = colours[:, 3] > 0
    clear = np.abs(seen.margins) > 1e-3
    np.testing.assert_array_equal(drawn[clear], seen.margins[clear] > 0)
    assert 0.1 < np.mean(drawn) < 0.98, "some are seen and some are not"
    found, colours, chosen = found[drawn], colours[drawn], np.flatnonzero(drawn)
    scale = 1 + np.abs(seen.centres_px[chosen])
    assert np.max(np.abs(found[:, :2] - seen.centres_px[chosen]) / scale) < 5e-5
    assert np.max(np.abs(found[:, 2] - seen.depths[chosen])) < 1e-5
    exact = seen.covariances_px2[chosen]
    size = np.trace(exact, axis1=1, axis2=2)
    for column, (i, j) in zip((3, 4, 5), ((0, 0), (0, 1), (1, 1)), strict=True):
        assert np.max(np.abs(found[:, column] - exact[:, i, j]) / size) < 2e-5
    np.testing.assert_allclose(colours[:, :3], seen.colours[chosen], rtol=1.5e-3, atol=1e-3)
    np.testing.assert_allclose(colours[:, 3], seen.opacities[chosen], rtol=1e-3)


def assert_keys(keys: np.ndarray, eyes: list[Seen], limits: Limits = LIMITS) -> None:
    """Keys divide the range of depths evenly, far to near; unseen ones are the last."""
    ahead = np.mean([eye.ahead_m for eye in eyes], axis=0)
    near = np.clip((limits.farthest_m - ahead) / (limits.farthest_m - limits.nearest_m), 0, 1)
    margin = np.max([eye.margins for eye in eyes], axis=0)
    clear = np.abs(margin) > 1e-3
    np.testing.assert_array_equal(keys[clear] == 65535, margin[clear] < 0)
    seen = keys != 65535
    assert np.max(np.abs(keys[seen] - near[seen] * 65534)) < 0.6


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_views_are_those_of_double_precision(gpu: Device, tools: Toolchain, compiler: str, degree: int) -> None:
    avatar = made_up(3000, seed=degree, degree=degree)
    for to_world in (TURNED, MIRRORED):
        placed = replace(avatar, to_world=to_world)
        for eye in (pinhole(), parallel()):
            views, seen = viewed(chain(gpu, tools, compiler), [placed], (eye,)), seen_by(placed, eye, LIMITS)
            assert_seen(views, 0, seen)
            assert_keys(views.keys, [seen])
            np.testing.assert_array_equal(views.order, np.arange(3000))


def test_two_eyes_share_one_order_of_two_avatars(gpu: Device, tools: Toolchain) -> None:
    first = replace(made_up(1500, seed=5, degree=1), to_world=TURNED)
    second = replace(made_up(1101, seed=6, degree=2), to_world=MIRRORED, tint=(0.5, 1.5, 0.25))
    eyes = (pinhole(-0.4), pinhole(0.4))
    views = viewed(chain(gpu, tools), [first, second], eyes)
    seen = [[seen_by(avatar, eye, LIMITS) for eye in eyes] for avatar in (first, second)]
    for number in range(2):
        assert_seen(views, number, seen[0][number])
        assert_seen(views, number, seen[1][number], first=1500)
    assert_keys(views.keys[:1500], seen[0])
    assert_keys(views.keys[1500:], seen[1])
    apart = (seen[0][0].margins > 0) != (seen[0][1].margins > 0)
    assert np.count_nonzero(apart) > 20, "some are seen by one eye alone"


def test_what_is_too_near_too_far_or_no_number_is_not_seen(gpu: Device, tools: Toolchain) -> None:
    avatar = made_up(2000, seed=9)
    avatar.posed[::50, 1] = np.float32(np.nan).view(np.uint32)
    avatar.posed[1::50, 3] = np.float32(np.nan).view(np.uint32)
    limits = replace(LIMITS, near_m=2.0, far_m=3.0)
    views = viewed(chain(gpu, tools), [avatar], (pinhole(),), limits)
    seen = seen_by(avatar, pinhole(), limits)
    lost = np.isnan(seen.margins) | np.isnan(seen.covariances_px2[:, 0, 0])
    assert np.count_nonzero(lost) == 80
    assert np.all(views.keys[lost] == 65535)
    assert np.all(views.colours[0, lost, 3] == 0)
    clear = ~lost & (np.abs(seen.margins) > 1e-3)
    np.testing.assert_array_equal(views.keys[clear] != 65535, seen.margins[clear] > 0)


def test_views_are_the_records_of_the_rasteriser(gpu: Device, tools: Toolchain) -> None:
    """The same Gaussians and camera through ani3d_runtime's projection."""
    avatar = made_up(5000, seed=3)
    posed = unpacked_posed(avatar.posed)
    variances, axes = np.linalg.eigh(posed.covariances_m2)
    axes[np.linalg.det(axes) < 0, :, 0] *= -1
    camera = Camera.look_at((0.4, 0.6, 2.5), (0, 0.1, 0), fov_y_rad=0.9, width_px=300, height_px=200)
    records = Rasterisation(
        posed.means_m,
        _quaternions(axes),
        np.sqrt(variances),
        posed.opacities,
        camera,
        sh=posed.degree0[:, None, :],
    ).records
    views = viewed(chain(gpu, tools), [avatar], (Eye.of_camera(camera),))
    seen, numbers, colours = records[:, REACH_Y] > 0, views.numbers[0], views.colours[0]
    assert np.count_nonzero((views.keys != 65535) != seen) <= 2
    both = seen & (views.keys != 65535)
    records, numbers, colours = records[both].astype(np.float64), numbers[both], colours[both]
    np.testing.assert_allclose(numbers[:, :2], records[:, MEAN_X : MEAN_X + 2], rtol=1e-5, atol=2e-3)
    conics = np.stack([numbers[:, 5], -numbers[:, 4], numbers[:, 3]], axis=1)
    conics /= (numbers[:, 3] * numbers[:, 5] - numbers[:, 4] ** 2)[:, None]
    expected = np.stack([2 * records[:, HALF_A], records[:, B], 2 * records[:, HALF_C]], axis=1)
    size = np.abs(expected).max(axis=1, keepdims=True)
    assert np.quantile(np.abs(conics - expected) / size, 0.999) < 1e-3
    assert np.max(np.abs(conics - expected) / size) < 2e-2
    np.testing.assert_allclose(colours[:, 3], records[:, OPACITY], rtol=1e-3)
    np.testing.assert_allclose(colours[:, :3], records[:, RED : BLUE + 1], rtol=1.5e-3, atol=1e-3)
    order = np.argsort(views.keys[both], kind="stable")
    depths = np.clip(records[order, DEPTH], LIMITS.nearest_m, LIMITS.farthest_m)
    assert np.all(np.diff(depths) < 2 * (LIMITS.farthest_m - LIMITS.nearest_m) / 65534)


def _quaternions(matrices: np.ndarray) -> np.ndarray:
    """[N, 4] by the eigenvector of largest value of Bar-Itzhack's matrix."""
    m = matrices
    k = np.empty((len(m), 4, 4))
    k[:, 0, 0] = m[:, 0, 0] - m[:, 1, 1] - m[:, 2, 2]
    k[:, 1, 1] = m[:, 1, 1] - m[:, 0, 0] - m[:, 2, 2]
    k[:, 2, 2] = m[:, 2, 2] - m[:, 0, 0] - m[:, 1, 1]
    k[:, 3, 3] = np.trace(m, axis1=1, axis2=2)
    k[:, 0, 1] = k[:, 1, 0] = m[:, 1, 0] + m[:, 0, 1]
    k[:, 0, 2] = k[:, 2, 0] = m[:, 2, 0] + m[:, 0, 2]
    k[:, 1, 2] = k[:, 2, 1] = m[:, 2, 1] + m[:, 1, 2]
    k[:, 0, 3] = k[:, 3, 0] = m[:, 2, 1] - m[:, 1, 2]
    k[:, 1, 3] = k[:, 3, 1] = m[:, 0, 2] - m[:, 2, 0]
    k[:, 2, 3] = k[:, 3, 2] = m[:, 1, 0] - m[:, 0, 1]
    return np.linalg.eigh(k)[1][:, [3, 0, 1, 2], 3]
