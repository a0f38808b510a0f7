# pyright: basic
"""The web client beside Spark and PlayCanvas: the same frame, picture, browser and machine, by WebGL2.

    npm ci --prefix web_client && npm ci --prefix web_client/benchmarks
    python -m web_client.benchmarks.beside dancer.a3d [--frame 100] [--size 480x640] [--rounds 5]

Milliseconds of a picture until it is there (the camera moves, so that all sort), the median of rounds in which all take
turns; CPU of all processes of its browser; kilobytes of the bundle, gzipped, with all that it may load; PSNR of the
still against ``ani3d render``. The peers show one frame as a PLY; the client poses it anew for each picture.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import io
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.picture import ClipPainter
from ani3d_runtime.render.rasterise import render_cloud
from web_client.tests.pictures.browser_pictures import COMMON, FLAGS, ORIGIN

HERE = Path(__file__).resolve().parent
# Ours in several ways, then the peers: script, and what `prepare` is told.
ENTRIES: dict[str, tuple[str, dict[str, Any]]] = {
    "ani3d, as it chooses": ("ours.mjs", {}),
    "ani3d, playing": ("ours.mjs", {"playing": True}),
    "ani3d, 31,055 of them": ("ours.mjs", {"level": -2}),
    "ani3d, 15,528 of them": ("ours.mjs", {"level": -3}),
    "ani3d, WebGL2": ("ours.mjs", {"backend": "webgl2"}),
    "ani3d, WebGL2, 31,055": ("ours.mjs", {"backend": "webgl2", "level": -2}),
    "PlayCanvas": ("playcanvas.mjs", {}),
    "Spark": ("spark.mjs", {}),
}
START = """async ({view, options}) => {
    const canvas = document.createElement('canvas');
    document.body.append(canvas);
    window.view = view;
    window.scene = await window.bench.prepare(canvas, view, options);
    const seen = new Uint8Array(4);
    scene.wait ??= () => scene.gl.readPixels(0, 0, 1, 1, 0x1908, 0x1401, seen);
    for (let k = 0; k < 6; k++) {
        scene.draw(view.eye, view.target);
        scene.wait();
        await new Promise(done => setTimeout(done, 150));
    }
    return canvas.toDataURL();
}"""
RUN = """async frames => {
    const {view, scene} = window, times = [];
    for (let k = 0; k < frames; k++) {
        await new Promise(requestAnimationFrame);
        const turn = 0.02 * Math.sin(k), [x, y, z] = view.eye.map((value, axis) => value - view.target[axis]);
        const eye = [x * Math.cos(turn) + z * Math.sin(turn), y, z * Math.cos(turn) - x * Math.sin(turn)];
        const begin = performance.now();
        scene.draw(eye.map((value, axis) => value + view.target[axis]), view.target, true);
        scene.wait();
        times.push(performance.now() - begin);
    }
    return {times, parts: scene.parts?.() ?? {}};
}"""


@dataclass
class Contender:
    """One of those that are compared, in a browser of its own."""

    page: Any
    processes: Processes
    size_kb: float
    psnr_db: float
    times_ms: list[float] = field(default_factory=list)
    cpu_ms: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)

    def run(self, frames: int) -> None:
        """Draw so many more pictures."""
        before = self.processes.cpu_s()
        found = self.page.evaluate(RUN, frames)
        self.cpu_ms += 1000 * (self.processes.cpu_s() - before)
        self.times_ms += found["times"]
        self.parts = found["parts"]


def main() -> None:
    """Print a table."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path)
    parser.add_argument("--frame", type=int, default=100)
    parser.add_argument("--size", default="480x640")
    parser.add_argument("--frames", type=int, default=4, help="pictures of each in a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pictures", type=Path, help="folder for the pictures that were compared")
    wanted = parser.parse_args()
    width, height = map(int, wanted.size.split("x"))
    with tempfile.TemporaryDirectory() as name, Package.open(wanted.package) as package:
        folder = Path(name)
        painter = ClipPainter(
            package, package.manifest.clips[0].name, view="residual", width_px=width, height_px=height
        )
        shown = painter.player.frame(wanted.frame)
        camera, posed = painter.camera(shown, 0.35), painter.player.pose(shown)
        colours = posed.colours_seen_from(camera.position_m)
        expected = render_cloud(posed.cloud, camera, colours=colours, background=(0.5,) * 3).rgb
        ply = folder / "frame.ply"
        run_cli("export", wanted.package, "-o", ply, "--frames", wanted.frame, "--axes", "yup")
        forward = camera.world_to_camera[2, :3].astype(float)
        eye = camera.position_m.astype(float)
        fov = 2 * np.arctan(height / 2 / float(camera.intrinsics_px[1, 1]))
        view = {"eye": eye.tolist(), "target": (eye + 3 * forward).tolist(), "fovYRad": fov}
        view |= {"widthPx": width, "heightPx": height, "timeS": wanted.frame / package.manifest.clips[0].fps}
        files = {"frame.ply": ply.read_bytes(), "avatar.a3d": wanted.package.read_bytes()}
        with sync_playwright() as playwright:
            contenders = {}
            for name, (script, options) in ENTRIES.items():
                contenders[name] = opened(playwright, script, options, view, files, folder, expected)
                if wanted.pictures:
                    wanted.pictures.mkdir(parents=True, exist_ok=True)
                    contenders[name].page.screenshot(path=wanted.pictures / f"{name}.png")
            # In turns, so that a machine that is slow for a while is slow for all.
            for _ in range(wanted.rounds):
                for contender in contenders.values():
                    contender.run(wanted.frames)
        for name, each in contenders.items():
            cpu_ms = each.cpu_ms / len(each.times_ms)
            parts = ", ".join(f"{part} {ms:.1f}" for part, ms in each.parts.items())
            print(
                f"{name:22} {statistics.median(each.times_ms):7.0f} ms {cpu_ms:7.0f} ms of CPU {each.size_kb:6.0f} kB "
                f"{each.psnr_db:5.1f} dB  {parts}"
            )


def bundled(script: str, folder: Path) -> bytes:
    """One minified file, as a page would load it."""
    out = folder / script
    esbuild = HERE.parent / "node_modules" / ".bin" / "esbuild"
    options = ["--bundle", "--format=esm", "--minify", "--target=es2022", "--log-level=error", f"--outfile={out}"]
    subprocess.run([str(esbuild), str(HERE / script), *options], check=True)
    return out.read_bytes()


def opened(
    playwright: Any,
    script: str,
    options: dict[str, Any],
    view: dict[str, Any],
    files: dict[str, bytes],
    folder: Path,
    expected: Float32Array,
) -> Contender:
    """A browser that shows the frame."""
    bundle = bundled(script, folder)

    def answer(route: Any) -> None:
        name = route.request.url.rsplit("/", 1)[-1].split("?")[0]
        if name == "page.js":
            route.fulfill(body=bundle, content_type="text/javascript")
        elif name in files:
            route.fulfill(body=files[name], content_type="application/octet-stream")
        else:
            route.fulfill(body='<!doctype html><script type="module" src="page.js"></script>', content_type="text/html")

    path = shutil.which("chromium") or shutil.which("google-chrome")
    processes = Processes()
    with processes.begun():
        browser = playwright.chromium.launch(executable_path=path, args=[*COMMON, *FLAGS["webgl2"]])
        page = browser.new_page()
        page.set_default_timeout(300_000)
        page.on("pageerror", lambda error: print(f"page: {error}", file=sys.stderr))
        page.route("http://127.0.0.1:9/**", answer)
        page.goto(f"{ORIGIN}/")
        page.wait_for_function("window.bench !== undefined")
        url = page.evaluate(START, {"view": view, "options": options})
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB"))
    psnr_db = -10 * float(np.log10(np.mean((picture / 255.0 - expected) ** 2)))
    return Contender(page, processes, len(gzip.compress(bundle, 9)) / 1000, psnr_db)


class Processes:
    """The processes of one browser."""

    def __init__(self) -> None:
        self.own: list[psutil.Process] = []

    @contextmanager
    def begun(self) -> Generator[None]:
        """Those that are started within."""
        before = set(psutil.Process().children(recursive=True))
        yield
        self.own = [each for each in psutil.Process().children(recursive=True) if each not in before]

    def cpu_s(self) -> float:
        """CPU that all of them have taken, seconds."""
        sum_s = 0.0
        for process in self.own:
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                sum_s += times.user + times.system
        return sum_s


def run_cli(*words: object) -> None:
    """The command line, of this checkout."""
    command = [sys.executable, "-m", "ani3d_runtime.cli", *map(str, words), "--quiet", "--no-progress"]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
