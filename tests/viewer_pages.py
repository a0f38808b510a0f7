"""The viewer in a real browser, for tests of its pages: one server and one browser a module."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

import pytest

from ani3d_runtime.errors import ResourceError
from ani3d_runtime.server import AvatarServer, ServerOptions, serving
from ani3d_runtime.server.options import GatewayOptions
from ani3d_runtime.testing.packages import write_synthetic_package
from ani3d_runtime.viewer import BuiltPage

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# Of a loaded machine that draws without a GPU.
PATIENCE_MS = 60_000
HOSTILE = "<img src=x onerror=alert(1)>"
Before: TypeAlias = Callable[["Page"], object]


class Open(Protocol):
    """Opens the viewer with more behind the #, after ``before``, with another token than the server's."""

    def __call__(self, fragment: str = ..., *, before: Before | None = ..., token: str | None = ...) -> Page:
        """The page, while it loads."""
        ...


def built_page() -> BuiltPage:
    """The page; a test that needs it is skipped where it was not built."""
    try:
        return BuiltPage()
    except ResourceError as error:
        pytest.skip(f"no page of the viewer: {error.fix}")


@contextmanager
def viewed(folder: Path, port: int = 0) -> Generator[AvatarServer]:
    """A server with the viewer, of a folder."""
    built_page()
    with serving(folder, ServerOptions(port=0, grace_s=0.0, gateway=GatewayOptions(port=port))) as running:
        yield running


def write_two(folder: Path) -> Path:
    """Packages ``bo`` and ``ada``; the path of the latter."""
    write_synthetic_package(folder / "bo.a3d", count=300)
    return write_synthetic_package(folder / "ada.a3d", count=600)


def token_of(server: AvatarServer) -> str:
    """Of this run."""
    assert server.gateway is not None
    assert server.gateway.origin_policy.token is not None
    return server.gateway.origin_policy.token


def address_of(server: AvatarServer) -> str:
    """Of the page."""
    assert server.gateway is not None
    return f"http://127.0.0.1:{server.gateway.port}/"


@contextmanager
def opening(browser: Browser, server: AvatarServer, backend: str = "webgl2") -> Generator[Open]:
    """Opens the viewer; at the end no page has asked another server, run what it should not, or failed."""
    # A quarter of the pixels: they are drawn without a GPU.
    context = browser.new_context(
        viewport={"width": 720, "height": 520}, device_scale_factor=0.5, accept_downloads=True, has_touch=True
    )
    failures: list[str] = []
    asked: list[str] = []

    def open_page(fragment: str = "&avatar=ada", *, before: Before | None = None, token: str | None = None) -> Page:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on("dialog", lambda dialog: failures.append(dialog.message))
        page.on("request", lambda request: asked.append(request.url))
        if before is not None:
            before(page)
        page.goto(f"{address_of(server)}#token={token or token_of(server)}&renderer={backend}{fragment}")
        return page

    yield open_page
    context.close()
    assert not failures
    assert all(url.startswith((address_of(server), "blob:", "data:")) for url in asked), asked


def plays(page: Page) -> None:
    """Wait until two pictures of different times were drawn."""
    first = page.locator("#canvas[data-shown]").get_attribute("data-shown")
    page.locator(f"#canvas:not([data-shown='{first}'])").wait_for()


def stands_at(page: Page, time_s: str) -> None:
    """Wait until a picture of a time was drawn."""
    page.locator(f"#canvas[data-shown='{time_s}']").wait_for()


def code_of(page: Page) -> str:
    """Wait for a notice, and return its code."""
    page.locator("#notice").wait_for()
    return page.inner_text("#notice-code")


def pictures(page: Page) -> Callable[[], None]:
    """Wait, once called, until another picture than now was drawn."""
    count = page.locator("#canvas").get_attribute("data-pictures")
    return lambda: page.locator(f"#canvas:not([data-pictures='{count}'])").wait_for()


def script_bytes(page: Page) -> int:
    """Gzipped bytes of the scripts that the page itself has loaded; workers have their own."""
    listed = "performance.getEntriesByType('resource').map(({ name }) => name)"
    names = {
        name
        for name in page.evaluate(listed)
        if name.endswith(".js") and "worker" not in name and "decoder" not in name
    }
    return sum(len(gzip.compress(page.request.get(name).body(), 9)) for name in names)
