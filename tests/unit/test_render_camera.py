"""Cameras look where they are told and show the whole person."""

from __future__ import annotations

import numpy as np
import pytest

from ani3d_runtime.errors import InputError
from ani3d_runtime.render.camera import Camera, Orbit, bounds_of

PERSON_M = np.array([[-0.75, 0.0, -0.2], [0.75, 1.75, 0.25]])


def pixels(camera: Camera, points_m: np.ndarray) -> np.ndarray:
    """[N, 3] pixel position and depth."""
    in_camera = points_m @ camera.world_to_camera[:3, :3].T + camera.world_to_camera[:3, 3]
    seen = in_camera @ camera.intrinsics_px.T
    return np.concatenate([seen[:, :2] / seen[:, 2:], in_camera[:, 2:]], axis=1)


def corners(bounds_m: np.ndarray) -> np.ndarray:
    return np.stack(np.meshgrid(*bounds_m.T), axis=-1).reshape(-1, 3)


def test_look_at_puts_the_target_in_the_middle_and_up_above() -> None:
    camera = Camera.look_at((1, 2, 3), (0.5, 1, 0), (0, 1, 0), 0.8, 320, 200)
    np.testing.assert_allclose(camera.position_m, (1, 2, 3), atol=1e-5)
    rotation = camera.world_to_camera[:3, :3]
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-6)
    assert np.linalg.det(rotation) == pytest.approx(1, abs=1e-5)
    middle, above = pixels(camera, np.array([[0.5, 1, 0], [0.5, 1.2, 0]]))
    np.testing.assert_allclose(middle[:2], (160, 100), atol=1e-3)
    assert middle[2] == pytest.approx(np.linalg.norm([0.5, 1, 3]), rel=1e-5)
    assert above[1] < middle[1]
    assert above[0] == pytest.approx(middle[0], abs=1e-3)


def test_field_of_view_is_vertical() -> None:
    camera = Camera.look_at((0, 0, 1), (0, 0, 0), (0, 1, 0), np.pi / 2, 400, 100)
    assert pixels(camera, np.array([[0, 1.0, 0]]))[0, 1] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("up", [(0, 1, 0), (0, 0, 1)])
def test_looking_straight_down_is_defined(up: tuple[int, int, int]) -> None:
    camera = Camera.look_at((0, 3, 0), (0, 0, 0), up, 0.6, 64, 64)
    np.testing.assert_allclose(pixels(camera, np.zeros((1, 3)))[0], (32, 32, 3), atol=1e-4)


@pytest.mark.parametrize("size", [(512, 512), (256, 512), (640, 240)])
@pytest.mark.parametrize("azimuth_rad", [0.0, 0.6, np.pi / 2, 3.0])
@pytest.mark.parametrize("elevation_rad", [0.0, 0.5, -0.3])
def test_a_fitted_person_fills_the_picture_and_no_more(
    size: tuple[int, int], azimuth_rad: float, elevation_rad: float
) -> None:
    width, height = size
    orbit = Orbit(elevation_rad=elevation_rad, width_px=width, height_px=height, margin=0.05)
    target = PERSON_M.mean(axis=0)
    distance = orbit.fitting_distance_m(corners(PERSON_M), target, azimuth_rad)
    x, y, _ = pixels(orbit.camera(target, azimuth_rad, distance), corners(PERSON_M)).T
    assert x.min() >= 0.05 * width - 0.01
    assert x.max() <= 0.95 * width + 0.01
    assert y.min() >= 0.05 * height - 0.01
    assert y.max() <= 0.95 * height + 0.01
    used = max(np.abs(x / width - 0.5).max(), np.abs(y / height - 0.5).max())
    assert used == pytest.approx(0.45, abs=1e-3)  # the tightest side touches the margin


def test_azimuth_zero_sees_the_face_and_a_quarter_turn_the_left_side() -> None:
    orbit, target = Orbit(), PERSON_M.mean(axis=0)
    front, side = (orbit.camera(target, azimuth, 4.0).position_m for azimuth in (0.0, np.pi / 2))
    assert front[2] > 2
    assert abs(front[0]) < 1e-4
    assert side[0] > 2
    assert abs(side[2] - target[2]) < 1e-4


def test_strays_do_not_move_the_camera_away() -> None:
    rng = np.random.default_rng(0)
    means = rng.uniform(PERSON_M[0], PERSON_M[1], (5000, 3)).astype(np.float32)
    means[0] = 100
    found = bounds_of(means)
    np.testing.assert_allclose(found, PERSON_M, atol=0.06)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"target_m": (1, 1, 1)}, "camera-degenerate"),
        ({"fov_y_rad": 4.0}, "camera-degenerate"),
        ({"eye_m": (np.nan, 0, 0)}, "camera-not-finite"),
        ({"width_px": 0}, "camera-image-size"),
        ({"height_px": 100_000}, "camera-image-size"),
    ],
)
def test_impossible_cameras_are_refused(change: dict[str, object], code: str) -> None:
    arguments = {"eye_m": (1, 1, 1), "target_m": (0, 0, 0), **change}
    with pytest.raises(InputError) as caught:
        Camera.look_at(**arguments)  # type: ignore[arg-type]
    assert caught.value.code == code
