"""A real browser for tests of pages: Chromium as the system has it, driven by Playwright."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Flags for drawing without a GPU. Each API's software device shuts out the other's: two launches. For WebGPU the
# browser has to put pages together by the same Vulkan, or the first picture takes the device away.
WEBGL2 = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
WEBGPU = (
    "--enable-unsafe-webgpu",
    "--enable-unsafe-swiftshader",
    "--use-angle=swiftshader",
    "--enable-gpu",
    "--ignore-gpu-blocklist",
    "--enable-features=Vulkan",
    "--use-vulkan=swiftshader",
)


@contextlib.contextmanager
def chromium(*flags: str) -> Generator[Browser]:
    """A headless browser; where there is none, the test that asks for it is skipped, with the reason."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright")
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(_NAMES)} is on the PATH")
    # Chromium's own sandbox does not work for root, as whom containers run.
    own = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--disable-quic", *flags, *own])
        try:
            yield browser
        finally:
            browser.close()
