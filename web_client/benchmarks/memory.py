"""Memory of the viewer's page while it plays: ``python -m web_client.benchmarks.memory dancer.a3d --minutes 30``.

Every half minute: the page's heap after a collection, its buffers outside of the heap, its nodes, and what all
processes of the browser hold (proportional set size). The last line has the growth from the fifth sample to the last.
"""

from __future__ import annotations

import argparse
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ani3d_runtime.server import ServerOptions, serving
from ani3d_runtime.server.options import GatewayOptions

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession

EVERY_S = 30.0
# Caches fill, and code is compiled.
SETTLED = 4


def main() -> None:
    """Measure, and print a line for each sample."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=(__doc__ or "").split(":", maxsplit=1)[0] + ".")
    parser.add_argument("package", type=Path)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--renderer", default="")
    given = parser.parse_args()
    flags = ["--no-sandbox", "--disable-quic", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    options = ServerOptions(port=0, grace_s=0.0, gateway=GatewayOptions(port=0))
    with serving(given.package.parent, options) as server, sync_playwright() as playwright:
        assert server.gateway is not None
        address = f"http://127.0.0.1:{server.gateway.port}/#token={server.gateway.origin_policy.token}"
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        page = browser.new_page(viewport={"width": 480, "height": 480})
        page.goto(f"{address}&avatar={given.package.stem}&renderer={given.renderer}")
        page.locator("#canvas[data-pictures]").wait_for(timeout=120_000)
        whole = browser.new_browser_cdp_session()
        own = page.context.new_cdp_session(page)
        own.send("Performance.enable")
        begin, samples = time.monotonic(), list[tuple[float, float]]()
        while time.monotonic() - begin <= 60 * given.minutes:
            heap, buffers, nodes = of_page(own)
            held = of_processes(whole)
            samples.append((heap + buffers, held))
            minutes = (time.monotonic() - begin) / 60
            pictures = page.get_attribute("#canvas", "data-pictures")
            print(
                f"{minutes:5.1f} min: heap {heap:6.1f} MB, buffers {buffers:6.1f} MB, {nodes} nodes, "
                f"processes {held:6.0f} MB, {pictures} pictures",
                flush=True,
            )
            page.wait_for_timeout(1000 * EVERY_S)
        browser.close()
    settled, last = samples[min(SETTLED, len(samples) - 1)], samples[-1]
    print(f"growth: page {last[0] - settled[0]:+.1f} MB, processes {last[1] - settled[1]:+.0f} MB")


def of_page(session: CDPSession) -> tuple[float, float, int]:
    """MB of the heap after a collection, MB of buffers, nodes of the document."""
    session.send("HeapProfiler.collectGarbage")
    usage = session.send("Runtime.getHeapUsage")
    metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    return usage["usedSize"] / 1e6, usage.get("backingStorageSize", 0) / 1e6, int(metrics["Nodes"])


def of_processes(session: CDPSession) -> float:
    """MB of all processes of the browser; what they share is counted once."""
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    return sum(_set_size(each["id"]) for each in processes) / 1e3


def _set_size(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0  # it has ended meanwhile
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    main()
