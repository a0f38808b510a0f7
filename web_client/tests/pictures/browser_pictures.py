"""Pictures by the web client in a real browser, and the same by the reference."""

from __future__ import annotations

import base64
import io
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.render.camera import Camera
from tests.chromium import WEBGL2, WEBGPU

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

PAGE = Path(__file__).resolve().parents[2] / "dist" / "pictures" / "page.js"
# A secure context, as WebGPU needs one; nothing listens there, the files are handed to the browser.
ORIGIN = "http://127.0.0.1:9"
# A page that a test hands over counts as one from outside, which asks a person before it may talk to this machine.
COMMON = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-features=LocalNetworkAccessChecks",
)
BACKENDS = ("software", "webgl2", "webgpu")
# What draws on the CPU needs neither.
FLAGS = {"webgl2": WEBGL2, "webgpu": WEBGPU}


@contextmanager
def browser_page(browser: Browser, package: bytes, script: bytes | None = None) -> Generator[Page]:
    """A page that can draw frames of a package; ``window.ani3dPictures`` has the calls."""

    def answer(route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[-1]
        if name == "page.js":
            route.fulfill(body=script or PAGE.read_bytes(), content_type="text/javascript")
        elif name == "avatar.a3d":
            route.fulfill(body=package, content_type="application/octet-stream")
        else:
            route.fulfill(body='<!doctype html><script type="module" src="page.js"></script>', content_type="text/html")

    page = browser.new_page()
    try:
        page.set_default_timeout(120_000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.route("**/*", answer)
        page.goto(f"{ORIGIN}/")
        page.wait_for_function("window.ani3dPictures !== undefined")
        yield page
        assert not errors, errors
    finally:
        page.close()


def camera_of(camera: Camera) -> dict[str, Any]:
    """A camera as the web client has it."""
    k = camera.intrinsics_px.astype(float)
    return {
        "toCamera": camera.world_to_camera[:3].astype(float).reshape(-1).tolist(),
        "focalPx": [k[0, 0], k[1, 1]],
        "centrePx": [k[0, 2], k[1, 2]],
        "widthPx": camera.width_px,
        "heightPx": camera.height_px,
    }


def drawn(
    page: Page,
    backend: str,
    time_s: float,
    camera: Camera,
    *,
    level: int | None = None,
    shown: float | None = None,
    **options: Any,
) -> Float32Array:
    """[H, W, 3] by the browser, over a grey of a half; levels up to ``level`` are there, ``shown`` of them is shown."""
    options |= {} if shown is None else {"level": shown}
    wanted = {"backend": backend, "timeS": time_s, "camera": camera_of(camera)}
    wanted |= {"options": {"background": [0.5, 0.5, 0.5, 1], **options}} | ({} if level is None else {"level": level})
    url = page.evaluate("wanted => window.ani3dPictures.draw(wanted)", wanted)
    picture = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB")
    return (np.asarray(picture) / 255).astype(np.float32)
