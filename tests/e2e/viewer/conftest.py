"""What tests of the viewer share: a server with two packages and one browser a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ani3d_runtime.server import AvatarServer
from tests.chromium import WEBGL2, chromium
from tests.viewer_pages import Open, opening, viewed, write_two

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_two(tmp_path_factory.mktemp("viewed"))


@pytest.fixture(scope="module")
def server(package: Path) -> Iterator[AvatarServer]:
    with viewed(package.parent) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(*WEBGL2) as running:
        yield running


@pytest.fixture
def opened(browser: Browser, server: AvatarServer) -> Iterator[Open]:
    with opening(browser, server) as open_page:
        yield open_page
