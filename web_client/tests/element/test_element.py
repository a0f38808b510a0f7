# pyright: basic
"""``<ani3d-avatar>`` on a page of five lines, in a browser."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from shaders.checks.dancer import dancer_package
from web_client.tests.pictures.browser_pictures import ORIGIN

DIST = Path(__file__).resolve().parents[2] / "dist"
PAGE = """<!doctype html>
<title>dancer</title>
<script type="module" src="ani3d-avatar.js"></script>
<ani3d-avatar src="{src}" {attributes} style="width: 160px; height: 240px"></ani3d-avatar>
"""
ELEMENT = "document.querySelector('ani3d-avatar')"
CANVAS = f"{ELEMENT}.shadowRoot.querySelector('canvas')"
WORDS = f"{ELEMENT}.shadowRoot.querySelector('p').textContent"


@pytest.fixture
def page(browser_for: Callable[[str], Any]) -> Iterator[Any]:
    opened = browser_for("webgl2").new_page()
    opened.set_default_timeout(120_000)
    yield opened
    opened.close()


def show(
    page: Any, attributes: str = "", package: bytes | None = None, ranges: Callable[[Any], None] | None = None
) -> None:
    """Opens the page; only its own files are there. Without ``ranges`` the package comes whole."""
    bytes_of = dancer_package().read_bytes() if package is None else package

    def answer(route: Any) -> None:
        name = route.request.url.rsplit("/", 1)[-1]
        if name.endswith(".js"):
            route.fulfill(body=(DIST / name).read_bytes(), content_type="text/javascript")
        elif name == "dancer.a3d" and ranges is not None:
            ranges(route)
        elif name == "dancer.a3d":
            route.fulfill(body=bytes_of, content_type="application/octet-stream")
        else:
            page_text = PAGE.format(src="dancer.a3d", attributes=attributes)
            route.fulfill(body=page_text, content_type="text/html")

    page.route("**/*", answer)
    page.goto(f"{ORIGIN}/")


def picture(page: Any) -> NDArray[np.uint8]:
    """[H, W, 4]"""
    url = page.evaluate(f"{CANVAS}.toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))


def wait_for_person(page: Any) -> None:
    page.wait_for_function(f"{ELEMENT}.renderer !== null && {ELEMENT}.renderer.times.drawn > 20000")
    assert 0.03 < np.mean(picture(page)[..., 3] > 128) < 0.5


def test_five_lines_make_a_moving_avatar(page: Any) -> None:
    show(page, 'clip="dance" autoplay')
    wait_for_person(page)
    time_s = page.evaluate(f"{ELEMENT}.player.timeS")
    before = picture(page)
    page.wait_for_function(f"Math.abs({ELEMENT}.player.timeS - {time_s}) > 0.3")
    assert np.mean(before != picture(page)) > 0.01
    # All of her, in the middle.
    rows = np.flatnonzero((picture(page)[..., 3] > 128).any(axis=1))
    assert 0.02 < rows[0] / 240 < 0.35
    assert 0.65 < rows[-1] / 240 < 0.98
    assert page.evaluate(WORDS) == ""


def test_without_autoplay_the_first_frame_stands_until_it_is_played(page: Any) -> None:
    show(page)
    wait_for_person(page)
    assert page.evaluate(f"{ELEMENT}.player.timeS") == 0
    page.evaluate(f"{ELEMENT}.play()")
    page.wait_for_function(f"{ELEMENT}.player.timeS > 0.1")
    page.evaluate(f"{ELEMENT}.pause()")


def test_dragging_turns_the_camera(page: Any) -> None:
    show(page)
    wait_for_person(page)
    azimuth = page.evaluate(f"{ELEMENT}.orbit.azimuthRad")
    page.mouse.move(80, 120)
    page.mouse.down()
    page.mouse.move(180, 120)
    page.mouse.up()
    page.wait_for_function(f"Math.abs({ELEMENT}.orbit.azimuthRad - {azimuth}) > 0.5")


def test_a_device_that_is_lost_and_comes_back_shows_the_avatar_again(page: Any) -> None:
    show(page, 'renderer="webgl2"')
    wait_for_person(page)
    page.evaluate(f"window.lose = {CANVAS}.getContext('webgl2').getExtension('WEBGL_lose_context')")
    page.evaluate("window.lose.loseContext()")
    page.wait_for_function(f"{WORDS}.includes('took the graphics device away')")
    page.evaluate(f"{ELEMENT}.renderer.times.drawn = 0")
    page.evaluate("window.lose.restoreContext()")
    wait_for_person(page)
    assert page.evaluate(WORDS) == ""


def test_without_a_gpu_the_page_draws_itself(page: Any) -> None:
    show(page)
    wait_for_person(page)
    assert page.evaluate(f"{ELEMENT}.renderer.backend") == "software"


def test_without_webgl2_it_says_so(page: Any) -> None:
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    show(page, 'renderer="webgl2"')
    page.wait_for_function(f"{WORDS}.includes('gives no WebGL2')")


@pytest.mark.parametrize(
    ("attributes", "package", "said"),
    [("", b"no package at all" * 10, "Fix|Choose|bake"), ('clip="walk"', None, "there is no clip")],
)
def test_what_cannot_be_shown_is_told(page: Any, attributes: str, package: bytes | None, said: str) -> None:
    page.add_init_script("addEventListener('error', event => { window.told = event.detail ?? null }, true)")
    show(page, attributes, package)
    page.wait_for_function(f"/{said}/.test({WORDS})")
    page.wait_for_function("window.told?.message.length > 20")


def test_it_moves_rigid_after_five_percent_of_the_bytes_and_whole_when_the_rest_is_there(page: Any) -> None:
    package = dancer_package().read_bytes()
    sent, held = [0], []
    is_slow = [True]

    def answer(route: Any) -> None:
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", route.request.headers.get("range", ""))
        assert found is not None
        first, last = int(found[1]), min(int(found[2]), len(package) - 1)
        headers = {"Content-Range": f"bytes {first}-{last}/{len(package)}", "ETag": '"one"'}
        respond = partial(route.fulfill, status=206, body=package[first : last + 1], headers=headers)
        if is_slow[0] and sent[0] + last + 1 - first > 0.05 * len(package):
            held.append(respond)
        else:
            sent[0] += last + 1 - first
            respond()

    show(page, "autoplay", ranges=answer)
    page.wait_for_function(f"{ELEMENT}.player?.timeS > 0.1 && {ELEMENT}.renderer.times.drawn > 1000")
    assert page.evaluate(f"{ELEMENT}.stage") == "rigid"
    is_slow[0] = False
    for respond in held:
        respond()
    wait_for_person(page)
    assert page.evaluate(f"{ELEMENT}.stage") == "whole"
    # It went on where it was.
    assert page.evaluate(f"{ELEMENT}.player.timeS") > 0.1
