"""One browser for all tests, or two: a page takes no time to open, a browser seconds."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from web_client.tests.pictures.browser_pictures import COMMON, FLAGS

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def browser_for() -> Iterator[Callable[[str], Browser]]:
    """Gives the browser that can draw by a backend; where there is none, the test is skipped, with the reason."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no browser: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        launched: dict[tuple[str, ...], Browser] = {}

        def browser(backend: str) -> Browser:
            flags = FLAGS.get(backend, FLAGS["webgl2"])
            if flags not in launched:
                launched[flags] = playwright.chromium.launch(executable_path=path, args=[*COMMON, *flags])
            return launched[flags]

        yield browser
        for each in launched.values():
            each.close()
