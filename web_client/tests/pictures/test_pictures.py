# pyright: basic
"""What the web client draws in a browser is what ``ani3d render`` paints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.deform import Deformer
from ani3d_runtime.playback.picture import ClipPainter
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.render.camera import Camera
from ani3d_runtime.render.rasterise import render_cloud
from shaders.checks.dancer import dancer_package
from web_client.tests.pictures.browser_pictures import BACKENDS, browser_page, drawn

CLIP, FPS = "dance", 30
WIDTH_PX, HEIGHT_PX = 240, 320
GREY = 0.5
# 40 are asked for.
PICTURE_DB = 45.0


class Drawing:
    """One browser, and the painter that it is held to."""

    def __init__(self, backend: str, page: Any, package: Package) -> None:
        self.backend, self.page, self.package = backend, page, package

    def painter(self, view: Any = "residual", level: int | None = None) -> ClipPainter:
        return ClipPainter(
            self.package, CLIP, view=view, lod=level, frames=[0, 37, 100], width_px=WIDTH_PX, height_px=HEIGHT_PX
        )

    def expected(self, painter: ClipPainter, frame: int, azimuth_rad: float) -> tuple[Float32Array, Camera]:
        """[H, W, 3] and its camera."""
        shown = painter.player.frame(frame)
        camera, posed = painter.camera(shown, azimuth_rad), painter.player.pose(shown)
        colours = posed.colours_seen_from(camera.position_m)
        return render_cloud(posed.cloud, camera, colours=colours, background=(GREY,) * 3).rgb, camera

    def found(self, frame: int, camera: Camera, **options: Any) -> Float32Array:
        return drawn(self.page, self.backend, frame / FPS, camera, **options)


@pytest.fixture(scope="module", params=BACKENDS)
def drawing(request: pytest.FixtureRequest, browser_for: Callable[[str], Any]) -> Iterator[Drawing]:
    path, browser = dancer_package(), browser_for(request.param)
    with Package.open(path) as package, browser_page(browser, path.read_bytes()) as page:
        yield Drawing(request.param, page, package)


def assert_same(found: Float32Array, expected: Float32Array) -> None:
    person = np.abs(expected - GREY).max(axis=2) > 0.02
    assert 0.03 < np.mean(person) < 0.6
    for difference in (found - expected, (found - expected)[person]):
        assert -10 * np.log10(np.mean(np.square(difference, dtype=np.float64))) > PICTURE_DB


@pytest.mark.parametrize("azimuth_rad", [0.35, 2.6])
@pytest.mark.parametrize("frame", [0, 37, 100])
def test_a_frame_is_that_of_render(drawing: Drawing, frame: int, azimuth_rad: float) -> None:
    expected, camera = drawing.expected(drawing.painter(), frame, azimuth_rad)
    assert_same(drawing.found(frame, camera), expected)


def test_a_frame_that_is_not_to_be_exact_is_close(drawing: Drawing) -> None:
    """Blended into eight bits, where that is faster."""
    expected, camera = drawing.expected(drawing.painter(), 37, 0.35)
    assert_same(drawing.found(37, camera, exact=False), expected)


def test_a_coarse_level_is_that_of_render(drawing: Drawing) -> None:
    expected, camera = drawing.expected(drawing.painter(level=0), 37, 0.35)
    assert_same(drawing.found(37, camera, level=0), expected)


@pytest.mark.parametrize(("level", "share"), [(0, 0.4), (3, 0.75)])
def test_between_levels_it_is_on_the_way(drawing: Drawing, level: int, share: float) -> None:
    """The last goes to one without a look of its own."""
    painter, package = drawing.painter(), drawing.package
    shown = painter.player.frame(37)
    camera = painter.camera(shown, 0.35)
    frame = ClipPlayer(package, CLIP, lod=level + 1).frame(37)
    posed = Deformer(package.shown_between(level, share), package.deformation_at(level + 1)).pose(frame)
    colours = posed.colours_seen_from(camera.position_m)
    expected = render_cloud(posed.cloud, camera, colours=colours, background=(GREY,) * 3).rgb
    found = drawing.found(37, camera, shown=level + share)
    assert_same(found, expected)
    # Neither of the two is so near.
    for place in (level, level + 1):
        other = drawing.found(37, camera, shown=place)
        assert np.mean(np.square(other - expected)) > 1.5 * np.mean(np.square(found - expected))


def test_without_the_residual_it_is_the_rigid_layer(drawing: Drawing) -> None:
    expected, camera = drawing.expected(drawing.painter(view="rigid"), 37, 0.35)
    assert_same(drawing.found(37, camera, residual=0), expected)


def test_a_device_that_is_lost_comes_back(drawing: Drawing) -> None:
    if drawing.backend == "software":
        pytest.skip("there is no device to lose")
    expected, camera = drawing.expected(drawing.painter(), 37, 0.35)
    drawing.found(37, camera)
    assert drawing.page.evaluate("window.ani3dPictures.lose()") == [True, False]
    assert_same(drawing.found(37, camera), expected)


def test_a_part_of_the_width_leaves_the_rest(drawing: Drawing) -> None:
    expected, camera = drawing.expected(drawing.painter(), 37, 0.35)
    drawing.found(37, camera)
    half = drawing.found(37, camera, residual=0, columns=[0.5, 1])
    middle = WIDTH_PX // 2
    left = -10 * np.log10(np.mean(np.square(half[:, :middle] - expected[:, :middle])))
    right = -10 * np.log10(np.mean(np.square(half[:, middle:] - expected[:, middle:])))
    assert left > PICTURE_DB > right
