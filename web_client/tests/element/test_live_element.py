# pyright: basic
"""``<ani3d-avatar live=…>`` on a page of a real gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ani3d_runtime.body.retarget_live import SourceSkeleton
from ani3d_runtime.client import Client
from ani3d_runtime.server import AvatarServer, ServerOptions, serving
from ani3d_runtime.server.options import GatewayOptions
from ani3d_runtime.testing.packages import write_synthetic_package

DIST = Path(__file__).resolve().parents[2] / "dist"
PAGE = """<!doctype html>
<script type="module" src="ani3d-avatar.js"></script>
<ani3d-avatar src="/v1/packages/ada" live="{session}" token="{token}" style="width: 160px"></ani3d-avatar>
<script>addEventListener("error", (event) => {{ window.told = event.detail ?? null; }}, true);</script>
"""
ELEMENT = "document.querySelector('ani3d-avatar')"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AvatarServer]:
    folder = tmp_path_factory.mktemp("catalogue")
    write_synthetic_package(folder / "ada.a3d", count=500)
    with serving(folder, ServerOptions(port=0, gateway=GatewayOptions(port=0))) as running:
        yield running


@pytest.fixture
def page(browser_for: Callable[[str], Any]) -> Iterator[Any]:
    opened = browser_for("software").new_page()
    opened.set_default_timeout(120_000)
    yield opened
    opened.close()


def show(page: Any, server: AvatarServer, session: str, token: str | None) -> None:
    assert server.gateway is not None
    origin = f"http://127.0.0.1:{server.gateway.port}"

    def answer(route: Any) -> None:
        name = route.request.url.removeprefix(f"{origin}/")
        if name == "page.html":
            route.fulfill(body=PAGE.format(session=session, token=token), content_type="text/html")
        elif name.endswith(".js"):
            route.fulfill(body=(DIST / name).read_bytes(), content_type="text/javascript")
        else:
            route.continue_()

    page.route("**/*", answer)
    page.goto(f"{origin}/page.html")


def test_a_session_is_shown_as_it_comes(page: Any, server: AvatarServer) -> None:
    assert server.gateway is not None
    with Client(server.address) as client:
        ticket = client.live.create("ada")
        show(page, server, ticket.session_id, server.gateway.origin_policy.token)
        page.wait_for_function(f"{ELEMENT}.shadowRoot.querySelector('p').textContent.includes('waiting')")
        rotations = np.zeros((client.list_avatars()[0].joint_count, 4), np.float32)
        rotations[:, 0] = 1
        with client.live.publish(ticket, SourceSkeleton()) as publisher:
            # The camera goes along.
            publisher.send(rotations, np.array([0, 0, 0], np.float32))
            page.wait_for_function(f"{ELEMENT}.renderer.times.drawn > 100 && {ELEMENT}.orbit !== null")
            before = page.evaluate(f"{ELEMENT}.orbit.targetM[0]")
            publisher.send(rotations, np.array([0.5, 0, 0], np.float32))
            page.wait_for_function(f"Math.abs({ELEMENT}.orbit.targetM[0] - ({before}) - 0.5) < 0.01")
        assert page.evaluate(f"{ELEMENT}.shadowRoot.querySelector('p').textContent") == ""
        client.live.end(ticket)


def test_a_wrong_token_is_told_with_its_code(page: Any, server: AvatarServer) -> None:
    show(page, server, "stage", "guessed")
    page.wait_for_function("window.told?.code === 'store-denied' || window.told?.code === 'token-invalid'")
    assert "token" in page.evaluate(f"{ELEMENT}.shadowRoot.querySelector('p').textContent")
