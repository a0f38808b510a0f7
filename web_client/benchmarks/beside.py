# pyright: basic
"""The web client beside Spark and PlayCanvas: the same frame, picture, browser and machine, by WebGL2.

    npm ci --prefix web_client && npm ci --prefix web_client/benchmarks
    python -m web_client.benchmarks.beside dancer.a3d [--frame 100] [--size 480x640] [--frames 20]

Milliseconds of a frame until the picture is there (the camera moves, so that all sort), kilobytes of the bundle,
gzipped, and PSNR of the still against ``ani3d render``. The peers show one frame as a PLY; the client is timed twice,
standing still as they do, and playing the clip.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import io
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.picture import ClipPainter
from ani3d_runtime.render.rasterise import render_cloud
from web_client.tests.pictures.browser_pictures import COMMON, FLAGS, ORIGIN

HERE = Path(__file__).resolve().parent
PEERS = {"ani3d": "ours.mjs", "Spark": "spark.mjs", "PlayCanvas": "playcanvas.mjs"}
RUN = """async ({view, frames, playing}) => {
    const canvas = document.createElement('canvas');
    document.body.append(canvas);
    const scene = window.scene ??= await window.bench.prepare(canvas, view);
    const seen = new Uint8Array(4), wait = () => scene.gl.readPixels(0, 0, 1, 1, 0x1908, 0x1401, seen);
    const still = async () => {
        for (let k = 0; k < 8; k++) {
            scene.draw(view.eye, view.target, false); wait();
            await new Promise(done => setTimeout(done, 150));
        }
    };
    await still();
    const picture = scene.gl.canvas.toDataURL();
    const times = [];
    if (scene.sums) for (const name in scene.sums) scene.sums[name] = 0;
    for (let k = 0; k < frames; k++) {
        await new Promise(requestAnimationFrame);
        const turn = 0.02 * Math.sin(k), [x, y, z] = view.eye.map((value, axis) => value - view.target[axis]);
        const eye = [x * Math.cos(turn) + z * Math.sin(turn), y, z * Math.cos(turn) - x * Math.sin(turn)];
        const begin = performance.now();
        scene.draw(eye.map((value, axis) => value + view.target[axis]), view.target, playing);
        wait();
        times.push(performance.now() - begin);
    }
    times.sort((a, b) => a - b);
    const sums = Object.fromEntries(Object.entries(scene.sums ?? {}).map(([name, sum]) => [name, sum / frames]));
    return {picture, ms: times[frames >> 1], sums};
}"""


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path)
    parser.add_argument("--frame", type=int, default=100)
    parser.add_argument("--size", default="480x640")
    parser.add_argument("--frames", type=int, default=20)
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
        for peer, script in PEERS.items():
            bundle = bundled(script, folder)
            for playing in (False, True) if peer == "ani3d" else (False,):
                job = {"view": view, "frames": wanted.frames, "playing": playing}
                found = measured(bundle, files, job)
                picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(found["picture"].partition(",")[2]))))
                if wanted.pictures:
                    wanted.pictures.mkdir(parents=True, exist_ok=True)
                    Image.fromarray(picture).save(wanted.pictures / f"{peer}.png")
                psnr = -10 * np.log10(np.mean((picture[..., :3] / 255.0 - expected) ** 2))
                parts = ", ".join(f"{part} {ms:.2f}" for part, ms in found["sums"].items())
                size_kb = len(gzip.compress(bundle, 9)) / 1000
                label = f"{peer}{', playing' if playing else ''}"
                print(f"{label:16} {found['ms']:8.0f} ms  {size_kb:7.0f} kB  {psnr:5.1f} dB  {parts}", flush=True)


def bundled(script: str, folder: Path) -> bytes:
    """One minified file, as a page would load it."""
    out = folder / script
    esbuild = HERE.parent / "node_modules" / ".bin" / "esbuild"
    options = ["--bundle", "--format=esm", "--minify", "--target=es2022", "--log-level=error", f"--outfile={out}"]
    subprocess.run([str(esbuild), str(HERE / script), *options], check=True)
    return out.read_bytes()


def measured(bundle: bytes, files: dict[str, bytes], job: dict[str, Any]) -> dict[str, Any]:
    """One browser of its own for each."""
    from playwright.sync_api import sync_playwright

    def answer(route: Any) -> None:
        name = route.request.url.rsplit("/", 1)[-1].split("?")[0]
        if name == "page.js":
            route.fulfill(body=bundle, content_type="text/javascript")
        elif name in files:
            route.fulfill(body=files[name], content_type="application/octet-stream")
        else:
            route.fulfill(body='<!doctype html><script type="module" src="page.js"></script>', content_type="text/html")

    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=[*COMMON, *FLAGS["webgl2"]])
        page = browser.new_page()
        page.set_default_timeout(300_000)
        page.on("pageerror", lambda error: print(f"page: {error}", file=sys.stderr))
        page.route("http://127.0.0.1:9/**", answer)
        page.goto(f"{ORIGIN}/")
        page.wait_for_function("window.bench !== undefined")
        found = page.evaluate(RUN, job)
        browser.close()
        return json.loads(json.dumps(found))


def run_cli(*words: object) -> None:
    """The command line, of this checkout."""
    command = [sys.executable, "-m", "ani3d_runtime.cli", *map(str, words), "--quiet", "--no-progress"]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
