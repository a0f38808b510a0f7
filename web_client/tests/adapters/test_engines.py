# pyright: basic
"""An avatar in scenes of three.js and PlayCanvas: the picture of ``ani3d render``, hidden by what is before it."""

from __future__ import annotations

import base64
import io
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.picture import ClipPainter
from ani3d_runtime.render.rasterise import render_cloud
from shaders.checks.dancer import dancer_package
from web_client.tests.pictures.browser_pictures import browser_page

CLIENT = Path(__file__).resolve().parents[2]
PEERS = CLIENT / "benchmarks" / "node_modules"
WIDTH_PX, HEIGHT_PX, FRAME, FPS = 240, 320, 37, 30
GREY = 128 / 255


@pytest.fixture(scope="module", params=["three", "playcanvas"])
def script(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The page's script, the engine in it."""
    engine = request.param
    if not (PEERS / engine).is_dir():
        pytest.skip(f"no {engine}: npm ci --prefix web_client/benchmarks")
    out = tmp_path_factory.mktemp(engine) / "page.js"
    esbuild, page = CLIENT / "node_modules" / ".bin" / "esbuild", CLIENT / "tests" / "adapters" / f"{engine}_page.mjs"
    options = ["--bundle", "--format=esm", "--log-level=error", f"--alias:{engine}={PEERS / engine}"]
    subprocess.run([str(esbuild), str(page), *options, f"--outfile={out}"], check=True)
    return out.read_bytes()


def test_an_avatar_stands_among_meshes(script: bytes, browser_for: Callable[[str], Any]) -> None:
    path, browser = dancer_package(), browser_for("webgl2")
    with Package.open(path) as package, browser_page(browser, path.read_bytes(), script) as page:
        painter = ClipPainter(package, "dance", view="residual", frames=[FRAME], width_px=WIDTH_PX, height_px=HEIGHT_PX)
        shown = painter.player.frame(FRAME)
        camera, posed = painter.camera(shown, 0.35), painter.player.pose(shown)
        colours = posed.colours_seen_from(camera.position_m)
        expected = render_cloud(posed.cloud, camera, colours=colours, background=(GREY,) * 3).rgb
        eye, forward = camera.position_m.astype(float), camera.world_to_camera[2, :3].astype(float)
        depths = posed.cloud.means_m @ camera.world_to_camera[2, :3] + camera.world_to_camera[2, 3]
        fov = 2 * np.arctan(HEIGHT_PX / 2 / float(camera.intrinsics_px[1, 1]))
        wanted = {"eye": eye.tolist(), "target": (eye + forward).tolist(), "fovYRad": fov, "timeS": FRAME / FPS}
        wanted |= {"widthPx": WIDTH_PX, "heightPx": HEIGHT_PX, "farM": float(depths.max()) + 0.5}
        found = page.evaluate(
            "wanted => window.ani3dPictures.draw(wanted)", wanted | {"nearM": float(depths.min()) / 2}
        )
        behind = page.evaluate(
            "wanted => window.ani3dPictures.draw(wanted)", wanted | {"nearM": float(depths.max()) + 0.2}
        )
    assert found["error"] == behind["error"] == 0
    middle = WIDTH_PX // 2
    before, after = (pixels(each["picture"]) for each in (found, behind))
    person = np.abs(expected - GREY).max(axis=2) > 0.02
    assert np.mean(person[:, :middle]) > 0.03
    # The plate hides the left half of the person; the right one is whole.
    np.testing.assert_array_equal(before[:, : middle - 1], np.broadcast_to([0, 1, 0], (HEIGHT_PX, middle - 1, 3)))
    right = (before - expected)[:, middle + 1 :][person[:, middle + 1 :]]
    assert -10 * np.log10(np.mean(np.square(right))) > 40
    # Behind the person it hides nothing of what is opaque.
    inside = np.abs(after[:, :middle] - [0, 1, 0]).max(axis=2) > 0.3
    assert np.mean(inside[person[:, :middle]]) > 0.9


def pixels(url: str) -> np.ndarray:
    """[H, W, 3] 0 … 1"""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB")) / 255
