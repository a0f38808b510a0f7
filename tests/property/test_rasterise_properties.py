"""What holds for any Gaussians: order of storage, scale of colours, background, turning the world with the camera."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ani3d_runtime.geometry.harmonics import rotate_sh
from ani3d_runtime.geometry.quaternion import matrix_from_quaternion, multiply, normalised
from ani3d_runtime.render.camera import Camera
from ani3d_runtime.render.rasterise import rasterise

SIZE = 40
CAMERA = Camera.look_at((0.3, 0.2, 2.0), (0, 0, 0), (0, 1, 0), 0.7, SIZE, SIZE)
seeds = st.integers(0, 2**32 - 1)
property_settings = settings(deadline=None, max_examples=25)


def _gaussians(seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 80))
    return [
        rng.normal(0, 0.4, (count, 3)).astype(np.float32),
        rng.normal(size=(count, 4)).astype(np.float32),
        np.exp(rng.uniform(-7, 0, (count, 3))).astype(np.float32),
        rng.uniform(0, 1, count).astype(np.float32),
        rng.normal(0, 0.4, (count, 4, 3)).astype(np.float32),
    ]


def _render(gaussians: list[np.ndarray], camera: Camera = CAMERA, **options: object):  # type: ignore[no-untyped-def]
    return rasterise(*gaussians[:4], camera, sh=gaussians[4], **options)  # type: ignore[arg-type]


@property_settings
@given(seed=seeds)
def test_order_of_storage_does_not_matter(seed: int) -> None:
    gaussians = _gaussians(seed)
    order = np.random.default_rng(seed).permutation(len(gaussians[0]))
    np.testing.assert_array_equal(_render(gaussians).rgb, _render([array[order] for array in gaussians]).rgb)


@property_settings
@given(seed=seeds, background=st.tuples(*[st.floats(0, 1, width=32)] * 3))
def test_background_shows_through_what_is_not_covered(seed: int, background: tuple[float, float, float]) -> None:
    gaussians = _gaussians(seed)
    black, coloured = _render(gaussians), _render(gaussians, background=background)
    expected = black.rgb + (1 - black.alpha)[..., None] * np.float32(background)
    np.testing.assert_allclose(coloured.rgb, expected, atol=1e-5)
    np.testing.assert_array_equal(black.alpha, coloured.alpha)


@property_settings
@given(seed=seeds)
def test_coverage_is_a_fraction_and_depth_lies_among_the_depths(seed: int) -> None:
    gaussians = _gaussians(seed)
    result = _render(gaussians)
    assert result.alpha.min() >= 0
    assert result.alpha.max() <= 1
    depths = gaussians[0] @ CAMERA.world_to_camera[2, :3] + CAMERA.world_to_camera[2, 3]
    covered = result.alpha > 0.05
    expected_depth = result.depth[covered] / result.alpha[covered]
    assert (expected_depth >= depths.min() - 1e-3).all()
    assert (expected_depth <= depths.max() + 1e-3).all()


@property_settings
@given(colour=st.tuples(*[st.floats(0, 1, width=32)] * 3), scale_m=st.floats(0.3, 3))
def test_an_opaque_gaussian_shows_its_colour(colour: tuple[float, float, float], scale_m: float) -> None:
    centre = Camera.look_at((0, 0, 2), (0, 0, 0), (0, 1, 0), 0.7, SIZE + 1, SIZE + 1)
    result = rasterise([[0, 0, 0]], [[1, 0, 0, 0]], [[scale_m] * 3], [1.0], centre, colours=[colour])
    # Opacity is capped at 0.999.
    np.testing.assert_allclose(result.rgb[SIZE // 2, SIZE // 2], 0.999 * np.float32(colour), atol=1e-5)


@property_settings
@given(seed=seeds)
def test_turning_the_world_and_the_camera_together_changes_nothing(seed: int) -> None:
    means, quats, scales, opacities, sh = _gaussians(seed)
    turn = normalised(np.random.default_rng(seed).normal(size=4))
    matrix = matrix_from_quaternion(turn)
    view = CAMERA.world_to_camera.copy()
    view[:3, :3] = view[:3, :3] @ matrix.T
    camera = Camera(view, CAMERA.intrinsics_px, SIZE, SIZE)
    turned = [means @ matrix.T, multiply(turn, quats), scales, opacities, rotate_sh(sh, turn)]
    difference = np.abs(_render(turned, camera).rgb - _render([means, quats, scales, opacities, sh]).rgb)
    # A pixel at the cut-off, or two Gaussians at one depth, may fall to the other side by rounding.
    assert np.quantile(difference, 0.98) < 1e-4
    assert difference.mean() < 1e-4
