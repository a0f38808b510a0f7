# pyright: basic
"""What a page costs that shows an avatar: CPU of its process a picture, main thread and worker, and memory.

    npm ci --prefix web_client
    python -m web_client.benchmarks.page dancer.a3d [--size 480x640] [--pictures 60]

By WebGL2 the page decodes, runs the driver, works detail out and sorts, and hands over to the process of the GPU, which
is not counted; the renderer without a GPU poses and paints in the page, too. ``driver``: poses at 60 Hz whose cloth and
hair the driver moves, in the page's thread or in a worker. An empty page says what a picture costs without us.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from web_client.benchmarks.beside import bundled
from web_client.tests.pictures.browser_pictures import COMMON, FLAGS, ORIGIN

DECODER = Path(__file__).resolve().parents[1] / "dist" / "viewer" / "viewer.worker.js"
ENTRIES = [(backend, how) for backend in ("webgl2", "software") for how in ("clip", "driver", "worker")]
DRAW = "pictures => window.draw(pictures)"
EMPTY = """async (pictures) => {
    for (let k = 0; k < pictures; k++) await new Promise(requestAnimationFrame);
    return 0;
}"""


def main() -> None:
    """Print a table."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path)
    parser.add_argument("--size", default="480x640")
    parser.add_argument("--pictures", type=int, default=60)
    wanted = parser.parse_args()
    width, height = map(int, wanted.size.split("x"))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        files = {"page.js": bundled("page.mjs", Path(folder)), "decoder.js": DECODER.read_bytes()}
        files["avatar.a3d"] = wanted.package.read_bytes()
        for backend, how in ENTRIES:
            path = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=path, args=[*COMMON, *FLAGS["webgl2"]])
            page = opened(browser, files)
            page.evaluate(EMPTY, wanted.pictures)
            empty_ms = cpu_ms(lambda page=page: page.evaluate(EMPTY, wanted.pictures)) / wanted.pictures
            job = {"backend": backend, "how": how, "widthPx": width, "heightPx": height}
            page.evaluate("async job => { window.draw = await window.bench.prepare(job); await window.draw(20); }", job)
            said: list[float] = []
            spent_ms = cpu_ms(lambda page=page, said=said: said.append(page.evaluate(DRAW, wanted.pictures)))
            memory_mb = max(process.memory_info().rss for process in renderers()) / 1e6
            print(
                f"{backend:8} {how:7} {spent_ms / wanted.pictures:6.1f} ms of CPU a picture, {empty_ms:.1f} of none, "
                f"main thread {said[0]:6.1f} ms by the clock, {memory_mb:.0f} MB of memory",
                flush=True,
            )
            browser.close()


def opened(browser: Any, files: dict[str, bytes]) -> Any:
    """A page that can draw."""

    def answer(route: Any) -> None:
        name = route.request.url.rsplit("/", 1)[-1]
        if name.endswith(".js"):
            route.fulfill(body=files[name], content_type="text/javascript")
        elif name in files:
            route.fulfill(body=files[name], content_type="application/octet-stream")
        else:
            route.fulfill(body='<!doctype html><script type="module" src="page.js"></script>', content_type="text/html")

    page = browser.new_page()
    page.set_default_timeout(300_000)
    page.on("pageerror", lambda error: print(f"page: {error}", file=sys.stderr))
    page.route("**/*", answer)
    page.goto(f"{ORIGIN}/")
    page.wait_for_function("window.bench !== undefined")
    return page


def renderers() -> list[psutil.Process]:
    """Processes of pages."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if "--type=renderer" in process.cmdline():
                found.append(process)
    return found


def spent_s() -> float:
    """CPU that pages have taken, seconds. The browser has an idle one beside ours."""
    times = [process.cpu_times() for process in renderers()]
    return sum(each.user + each.system for each in times)


def cpu_ms(work: Any) -> float:
    """CPU that pages take for something, milliseconds."""
    before = spent_s()
    work()
    return 1000 * (spent_s() - before)


if __name__ == "__main__":
    main()
