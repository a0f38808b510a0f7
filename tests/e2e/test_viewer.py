"""The viewer in a real browser: every control by clicking, and what it says where something stands in the way."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

import numpy as np
import pytest

from ani3d_runtime.cli.app import run
from ani3d_runtime.client import Client, LiveTicket
from ani3d_runtime.errors import ResourceError
from ani3d_runtime.server import AvatarServer, ServerOptions, serving
from ani3d_runtime.server.options import GatewayOptions
from ani3d_runtime.testing.packages import write_synthetic_package
from ani3d_runtime.viewer import BuiltPage, single_page
from tests.chromium import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

# Of a loaded machine that draws without a GPU.
PATIENCE_MS = 40_000
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def page_files() -> BuiltPage:
    try:
        return BuiltPage()
    except ResourceError as error:
        pytest.skip(f"no page of the viewer: {error.fix}")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("viewed")
    write_synthetic_package(folder / "bo.a3d", count=500)
    return write_synthetic_package(folder / "ada.a3d", count=1_000)


@pytest.fixture(scope="module")
def server(page_files: BuiltPage, package: Path) -> Iterator[AvatarServer]:
    with serving(package.parent, ServerOptions(port=0, gateway=GatewayOptions(port=0))) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic") as running:
        yield running


def token_of(server: AvatarServer) -> str:
    assert server.gateway is not None
    assert server.gateway.origin_policy.token is not None
    return server.gateway.origin_policy.token


def address_of(server: AvatarServer) -> str:
    assert server.gateway is not None
    return f"http://127.0.0.1:{server.gateway.port}/"


Open = Callable[..., "Page"]
Before: TypeAlias = Callable[["Page"], None]


@pytest.fixture
def opened(browser: Browser, server: AvatarServer) -> Iterator[Open]:
    """Opens the viewer; at the end of a test no page has asked another server, or failed."""
    # A quarter of the pixels: they are drawn without a GPU.
    context = browser.new_context(
        viewport={"width": 720, "height": 520}, device_scale_factor=0.5, accept_downloads=True
    )
    failures: list[str] = []
    asked: list[str] = []

    def open_page(fragment: str = "", *, before: Before | None = None, token: str | None = None) -> Page:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on("dialog", lambda dialog: failures.append(dialog.message))
        page.on("request", lambda request: asked.append(request.url))
        if before is not None:
            before(page)
        page.goto(f"{address_of(server)}#token={token or token_of(server)}{fragment}")
        return page

    yield open_page
    context.close()
    assert not failures
    assert all(url.startswith((address_of(server), "blob:", "data:")) for url in asked), asked


def plays(page: Page) -> None:
    """Waits until two pictures of different times were drawn."""
    first = page.locator("#canvas[data-shown]").get_attribute("data-shown")
    page.locator(f"#canvas:not([data-shown='{first}'])").wait_for()


def code_of(page: Page) -> str:
    """Waits for a notice, and returns its code."""
    page.locator("#notice").wait_for()
    return page.inner_text("#notice-code")


def time_of(page: Page) -> float:
    return float(page.inner_text("#time").split("/")[0])


def pictures(page: Page) -> Callable[[], None]:
    """Waits, once called, until another picture than now was drawn."""
    count = page.locator("#canvas").get_attribute("data-pictures")
    return lambda: page.locator(f"#canvas:not([data-pictures='{count}'])").wait_for()


def test_it_plays_and_time_is_controlled(opened: Open) -> None:
    page = opened()
    plays(page)
    assert not page.evaluate("location.hash"), "the token does not stay in the address"
    page.click("#play")
    assert page.get_attribute("#play", "aria-label") == "Play"
    page.keyboard.press("Home")
    page.locator("#canvas[data-shown='0.0000']").wait_for()
    page.click("#forward")
    page.locator("#canvas[data-shown='0.0333']").wait_for()
    page.click("#back")
    page.click("#back")
    page.locator("#canvas[data-shown='1.3000']").wait_for()  # 40 frames of a clip that loops here
    page.locator("#scrub").fill("0.5")
    page.locator("#canvas[data-shown='0.5000']").wait_for()
    page.click("#from")
    page.locator("#scrub").fill("0.7")
    page.click("#to")
    assert page.is_visible("#range-bar")
    page.click("#loop")
    page.select_option("#speed", "2")
    page.click("#play")
    page.locator("#play[aria-label='Play']").wait_for()  # it stops at the end of the range
    assert time_of(page) == pytest.approx(0.7, abs=0.011)
    page.click("#whole")
    assert page.is_hidden("#range-bar")
    page.select_option("#clip", label="stand")
    page.click("#play")
    plays(page)


def test_what_is_shown_is_chosen(opened: Open) -> None:
    page = opened("&time=0.5&paused=1")
    page.locator("#canvas[data-shown='0.5000']").wait_for()
    seen = [page.screenshot()]
    page.click("#more")
    page.click("#statistics-on")
    page.locator("#statistics dd").first.wait_for()
    for choose in (
        lambda: page.click("[data-look='rigid']"),
        lambda: page.click("[data-look='split']"),
        lambda: page.click("[data-look='residual']"),
        lambda: page.locator("#gain").fill("2"),
        lambda: page.click("#in-place"),
    ):
        drawn = pictures(page)
        choose()
        drawn()
    assert page.inner_text("#gain-value") == "2.00×"
    page.click("#more")
    page.click("[data-look='difference']")
    page.screenshot()
    page.click("#help")
    assert page.is_visible("#keys")
    page.click("#keys button")
    seen.append(page.screenshot())
    assert seen[0] != seen[1]


def test_the_camera_turns_moves_and_comes_back(opened: Open) -> None:
    page = opened("&time=0.5&paused=1&camera=0,0,4,0,1,0")
    page.locator("#canvas[data-shown='0.5000']").wait_for()
    for move in (
        lambda: page.mouse.wheel(0, -300),
        lambda: drag(page, "left"),
        lambda: drag(page, "right"),
        lambda: page.keyboard.press("f"),
    ):
        page.mouse.move(200, 200)
        drawn = pictures(page)
        move()
        drawn()


def drag(page: Page, button: str) -> None:
    page.mouse.down(button=button)  # type: ignore[arg-type]
    page.mouse.move(260, 180)
    page.mouse.up(button=button)  # type: ignore[arg-type]


def test_a_picture_a_theme_and_a_link(opened: Open) -> None:
    page = opened("&clip=walk&time=0.5&paused=1&look=rigid")
    page.locator("#canvas[data-shown='0.5000']").wait_for()
    assert page.get_attribute("[data-look='rigid']", "aria-checked") == "true"
    page.click("#more")
    with page.expect_download() as download:
        page.click("#screenshot")
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    page.click("#link")
    page.locator("#said").wait_for()
    assert token_not_in(page)


def token_not_in(page: Page) -> bool:
    return "token" not in page.evaluate("location.hash")


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
    page.select_option("#avatar", label="bo")
    assert code_of(page) in ("service-unreachable", "store-unreachable")
    page.unroute("**/v1/**")
    page.locator("#notice").wait_for(state="hidden")
    plays(page)
    assert page.locator("#avatar option:checked").inner_text() == "bo"


@contextmanager
def performing(client: Client, ticket: LiveTicket) -> Iterator[None]:
    """A performer who stands there, until the block ends."""
    over = threading.Event()

    def perform() -> None:
        with client.live.publish(ticket) as publisher:
            rotations = np.zeros((len(publisher.header.joint_names), 4), dtype=np.float32)
            rotations[:, 0] = 1
            while not over.wait(0.05):
                publisher.send(rotations, np.zeros(3, dtype=np.float32))

    thread = threading.Thread(target=perform)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_live_session_is_watched_while_its_performer_goes_and_comes_back(opened: Open, server: AvatarServer) -> None:
    with Client(server.address) as client:
        ticket = client.live.create("ada", "stage")
        page = opened("&avatar=live:stage")
        page.locator("#live[data-state='waiting']").wait_for()
        assert page.is_hidden("#scrub")
        for _ in range(2):
            with performing(client, ticket):
                page.locator("#live[data-state='live']").wait_for()
                drawn = pictures(page)
                drawn()
            page.locator("#live[data-state='lost']").wait_for()
        client.live.end(ticket)
        page.locator("#live[data-state='ended']").wait_for()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: data[: len(data) // 2], "package-truncated"),
        (lambda data: b"PK" + data[2:], "package-wrong-magic"),
    ],
)
def test_a_broken_package_says_why(opened: Open, package: Path, change: Callable[[bytes], bytes], code: str) -> None:
    broken = change(package.read_bytes())

    def answer(route: Route) -> None:
        route.fulfill(status=200, body=broken, content_type="application/octet-stream")

    page = opened(before=lambda page: page.route("**/v1/packages/**", answer))
    assert code_of(page) == code
    assert page.inner_text("#notice-fix")


def test_names_are_text(opened: Open) -> None:
    listed = json.dumps({"avatars": [{"avatarId": HOSTILE}, {"avatarId": "javascript:alert(1)"}]})
    missing = json.dumps({"error": {"code": "avatar-not-found", "subject": HOSTILE, "found": HOSTILE, "fix": HOSTILE}})

    def block(page: Page) -> None:
        page.route("**/v1/avatars", lambda route: route.fulfill(body=listed, content_type="application/json"))
        page.route("**/v1/packages/**", lambda route: route.fulfill(status=404, body=missing))

    page = opened(f"&avatar={quote(HOSTILE)}", before=block)
    assert code_of(page)
    assert page.locator("#avatar option").all_inner_texts() == [HOSTILE, "javascript:alert(1)"]
    assert page.locator("img").count() == 0


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


def test_a_page_of_one_file_plays_from_the_disk(
    browser: Browser, page_files: BuiltPage, package: Path, tmp_path: Path
) -> None:
    target = tmp_path / "page.html"
    target.write_text(single_page(page_files, package.read_bytes(), HOSTILE, "stand"), encoding="utf-8")
    page = browser.new_page(viewport={"width": 720, "height": 520})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(target.as_uri())
    plays(page)
    assert page.locator("#clip option:checked").inner_text() == "stand"
    assert [url for url in asked if not url.startswith(("blob:", "data:"))] == [target.as_uri()]
    page.close()


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


def test_the_command_writes_a_page_of_one_file(page_files: BuiltPage, package: Path, tmp_path: Path) -> None:
    assert run(["view", str(package), "--export", str(tmp_path / "page.html")]) == 0
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Content-Security-Policy" in text
    assert "src=" not in text.partition("<body>")[0]
    assert run(["view", str(package), "--export", str(tmp_path / "page.html")]) == 2, "it is there already"
