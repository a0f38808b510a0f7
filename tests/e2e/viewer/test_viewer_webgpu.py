"""The viewer where Chromium draws by WebGPU: what is shown, pictures, video, a lost device."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from ani3d_runtime.server import AvatarServer
from tests.chromium import WEBGPU, chromium
from tests.viewer_pages import Open, code_of, opening, pictures, plays, script_bytes, stands_at
from tests.waiting import until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Keeps the page's device, to take it away.
KEEP_DEVICE = """
const request = GPUAdapter.prototype.requestDevice
GPUAdapter.prototype.requestDevice = async function (...given) {
  return (window.device = await request.apply(this, given))
}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(*WEBGPU) as running:
        yield running


@pytest.fixture
def opened(browser: Browser, server: AvatarServer) -> Iterator[Open]:
    with opening(browser, server, "webgpu") as open_page:
        yield open_page


def test_a_first_picture_takes_60_kb_of_script(opened: Open) -> None:
    page = opened()
    plays(page)
    assert 50_000 < script_bytes(page) <= 60_000


def test_all_that_is_shown_is_drawn_and_saved(opened: Open) -> None:
    page = opened("&avatar=ada&time=0.5&paused=1&camera=0,0,4,0,1,0")
    stands_at(page, "0.5000")
    assert page.get_attribute("#canvas", "data-backend") == "webgpu"
    saved = {}
    page.click("#share")
    for look in ("residual", "rigid", "split", "difference"):
        drawn = pictures(page)
        page.click(f"[data-look='{look}']")
        if look != "residual":
            drawn()
        with page.expect_download() as download:
            page.click("#screenshot")
        picture = Image.open(io.BytesIO(Path(download.value.path()).read_bytes())).convert("RGB")
        saved[look] = np.asarray(picture, dtype=np.float64)
    half = saved["split"].shape[1] // 2
    assert np.abs(saved["split"][:, : half - 1] - saved["rigid"][:, : half - 1]).max() <= 2
    assert np.abs(saved["split"][:, half + 1 :] - saved["residual"][:, half + 1 :]).max() <= 2
    assert np.ptp(saved["residual"]) > 100, "there is somebody in the picture"
    assert np.abs(saved["residual"] - saved["rigid"]).max() > 10
    page.click("#record")
    page.locator("#record[aria-pressed='true']").wait_for()
    page.click("[data-look='residual']")
    page.click("#play")
    plays(page)
    plays(page)
    with page.expect_download() as download:
        page.click("#record")
    assert Path(download.value.path()).stat().st_size > 1000


def test_a_lost_device_is_made_anew(opened: Open) -> None:
    page = opened(before=lambda page: page.add_init_script(KEEP_DEVICE))
    plays(page)
    page.evaluate("window.before = window.device; window.device.destroy()")
    until(lambda: page.evaluate("window.device !== window.before"), limit_s=60)
    page.locator("#notice").wait_for(state="hidden")
    plays(page)


def test_a_device_that_stays_away_is_told(opened: Open) -> None:
    page = opened(before=lambda page: page.add_init_script(KEEP_DEVICE))
    plays(page)
    page.evaluate("navigator.gpu.requestAdapter = async () => null; window.device.destroy()")
    assert code_of(page) == "webgl-context-lost"
    page.click("#retry")
    page.locator("#notice-code", has_text="webgpu-missing").wait_for()
