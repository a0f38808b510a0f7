"""What the viewer says where something stands in the way, and what it does not let in."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from ani3d_runtime.cli.app import run
from ani3d_runtime.server import AvatarServer
from ani3d_runtime.testing.forgery import Forgery, with_header
from tests.viewer_pages import (
    HOSTILE,
    Open,
    address_of,
    code_of,
    opening,
    plays,
    token_of,
    viewed,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

# What a page of a small avatar takes is a tenth of it.
MOST_HEAP_BYTES = 200e6


def test_a_wrong_token_is_asked_for(opened: Open, server: AvatarServer) -> None:
    page = opened(token="wrong")
    assert code_of(page) == "token-invalid"
    page.fill("#token", token_of(server))
    page.click("#token-form button")
    plays(page)


def test_a_dead_server_is_waited_for(opened: Open) -> None:
    dead: list[Page] = []

    def kill(page: Page) -> None:
        page.route("**/v1/**", lambda route: route.abort())
        dead.append(page)

    page = opened(before=kill)
    assert code_of(page) == "service-unreachable"
    dead[0].unroute("**/v1/**")
    plays(page)
    assert page.is_hidden("#notice")


def test_a_server_that_dies_meanwhile_is_waited_for(opened: Open) -> None:
    page = opened()
    plays(page)
    page.route("**/v1/**", lambda route: route.abort())
    page.locator("#away").wait_for()  # what is here plays on
    plays(page)
    page.click("#avatars")
    page.locator("button.card[data-id='bo']").click()
    assert code_of(page) in ("service-unreachable", "store-unreachable")
    page.unroute("**/v1/**")
    page.locator("#notice").wait_for(state="hidden")
    plays(page)
    assert page.inner_text("#avatars-name") == "bo"


def test_a_server_that_starts_again_asks_for_its_token(browser: Browser, package: Path) -> None:
    with viewed(package.parent) as before:
        assert before.gateway is not None
        port = before.gateway.port
        with opening(browser, before) as open_page:
            page = open_page("&avatar=ada&clip=stand")
            plays(page)
    with viewed(package.parent, port) as after, opening(browser, after) as open_page:
        page = open_page("&avatar=ada&clip=stand", token=token_of(before))
        assert code_of(page) == "token-invalid"
        page.fill("#token", token_of(after))
        page.keyboard.press("Enter")
        plays(page)
        assert page.locator("#clip option:checked").inner_text() == "stand"


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def archive(data: bytes) -> bytes:
    return b"PK" + data[2:]


def huge_table(data: bytes) -> bytes:
    return with_header(data, toc_bytes=1 << 50)


def huge_manifest(data: bytes) -> bytes:
    forgery = Forgery.of(data)
    forgery.section("manifest").raw_bytes = 1 << 40
    return forgery.to_bytes()


def many_gaussians(data: bytes) -> bytes:
    forgery = Forgery.of(data)
    forgery.change_map("manifest", lambda manifest: manifest.update(gaussian_count=1 << 31))
    return forgery.to_bytes()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (half, "package-truncated"),
        (archive, "package-wrong-magic"),
        (huge_manifest, "package-toc-invalid"),
        (many_gaussians, "manifest-invalid"),
        (huge_table, "package-toc-range"),
    ],
)
def test_a_broken_package_says_why(opened: Open, package: Path, change: Callable[[bytes], bytes], code: str) -> None:
    broken = change(package.read_bytes())

    def answer(route: Route) -> None:
        route.fulfill(status=200, body=broken, content_type="application/octet-stream")

    page = opened(before=lambda page: page.route("**/v1/packages/**", answer))
    assert code_of(page) == code
    assert page.inner_text("#notice-fix")
    assert page.evaluate("performance.memory.usedJSHeapSize") < MOST_HEAP_BYTES


def test_a_server_that_lies_about_sizes_is_refused(opened: Open, package: Path) -> None:
    data = package.read_bytes()

    def answer(route: Route) -> None:
        headers = {"Content-Range": f"bytes 0-65535/{1 << 50}", "Content-Type": "application/octet-stream"}
        route.fulfill(status=206, body=data[:65536], headers=headers)

    page = opened(before=lambda page: page.route("**/v1/packages/**", answer))
    assert code_of(page) in ("package-truncated", "download-too-large")  # as the next range is longer or shorter
    assert page.evaluate("performance.memory.usedJSHeapSize") < MOST_HEAP_BYTES


def test_a_list_without_end_is_refused(opened: Open) -> None:
    def block(page: Page) -> None:
        page.route(
            "**/v1/avatars", lambda route: route.fulfill(body="[" + " " * 17_000_000, content_type="application/json")
        )

    assert code_of(opened(before=block)) == "download-too-large"


def test_names_are_text(opened: Open) -> None:
    refused = {"fileName": HOSTILE, "code": HOSTILE, "found": HOSTILE, "fix": HOSTILE}
    listed = json.dumps({"avatars": [{"avatarId": HOSTILE}, {"avatarId": "javascript:alert(1)"}], "refused": [refused]})
    missing = json.dumps({"error": {"code": "avatar-not-found", "subject": HOSTILE, "found": HOSTILE, "fix": HOSTILE}})

    def block(page: Page) -> None:
        page.route("**/v1/avatars", lambda route: route.fulfill(body=listed, content_type="application/json"))
        page.route("**/v1/packages/**", lambda route: route.fulfill(status=404, body=missing))

    page = opened("", before=block)
    page.locator("button.card").nth(1).wait_for()
    assert page.locator("#cards b").all_inner_texts() == [HOSTILE, "javascript:alert(1)", HOSTILE]
    page.goto("about:blank")
    page = opened(f"&avatar={quote(HOSTILE)}", before=block)
    assert code_of(page)
    assert page.locator("img").count() == 0
    assert page.locator("a").count() == 0


def test_a_browser_without_webgl2_is_told(opened: Open) -> None:
    script = "HTMLCanvasElement.prototype.getContext = () => null"
    page = opened(before=lambda page: page.add_init_script(script))
    assert code_of(page) == "webgl2-missing"


def test_a_lost_context_comes_back(opened: Open) -> None:
    page = opened()
    plays(page)
    lose = "window.lost = document.getElementById('canvas').getContext('webgl2').getExtension('WEBGL_lose_context')"
    page.evaluate(f"{lose}; window.lost.loseContext()")
    assert code_of(page) == "webgl-context-lost"
    page.evaluate("window.lost.restoreContext()")
    page.locator("#notice").wait_for(state="hidden")
    plays(page)


def test_the_page_is_for_this_machine_alone(server: AvatarServer) -> None:
    for host, status in (("127.0.0.1", 200), ("evil.example", 403)):
        connection = http.client.HTTPConnection(address_of(server)[7:-1])
        connection.request("GET", "/", headers={"Host": host})
        answer = connection.getresponse()
        assert answer.status == status
        answer.read()
        connection.close()
    connection = http.client.HTTPConnection(address_of(server)[7:-1])
    connection.request("GET", "/")
    policy = connection.getresponse().getheader("Content-Security-Policy") or ""
    connection.close()
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


def test_the_command_finds_a_gateway(
    server: AvatarServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANI3D_TOKEN", "secret")
    assert run(["--json", "view", address_of(server)[7:-1], "--clip", "a b"]) == 0
    assert json.loads(capsys.readouterr().out)["url"] == f"{address_of(server)}#token=secret&clip=a%20b"
    assert run(["--json", "view", server.address]) == 1, "the port of gRPC is no gateway"
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "service-not-ani3d"


def test_a_page_of_another_origin_gets_nothing(browser: Browser, server: AvatarServer) -> None:
    """Another port is another origin, and its pages know neither the token nor how to read an answer."""
    with viewed(Path(__file__).parent) as other:
        page = browser.new_page()
        page.goto(address_of(other))
        address = address_of(server)
        for path in ("v1/avatars", "v1/packages/ada", "viewer.js"):
            ask = f"fetch('{address}{path}').then(answer => answer.status, () => 'refused')"
            assert page.evaluate(ask) == "refused"
        # Nor does its own policy let it open a socket.
        opens = f"const socket = new WebSocket('{address.replace('http', 'ws')}v1/subscribe', ['ani3d.v1'])"
        told = "socket.onopen = () => done('open'); socket.onerror = () => done('refused')"
        assert page.evaluate(f"new Promise(done => {{ {opens}; {told} }})") == "refused"
        page.close()
