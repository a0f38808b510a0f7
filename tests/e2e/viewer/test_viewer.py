"""The viewer in a real browser: every control by clicking, the gallery, pages of one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ani3d_runtime.cli.app import run
from ani3d_runtime.viewer import single_page
from tests.viewer_pages import (
    HOSTILE,
    Open,
    built_page,
    code_of,
    opening,
    pictures,
    plays,
    script_bytes,
    stands_at,
    viewed,
    write_two,
)
from tests.waiting import until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def time_of(page: Page) -> float:
    return float(page.inner_text("#time").split("/")[0])


def test_a_first_picture_takes_60_kb_of_script(opened: Open) -> None:
    page = opened()
    plays(page)
    assert 50_000 < script_bytes(page) <= 60_000


def test_it_plays_and_time_is_controlled(opened: Open) -> None:
    page = opened()
    plays(page)
    assert not page.evaluate("location.hash"), "the token does not stay in the address"
    page.click("#play")
    assert page.get_attribute("#play", "aria-label") == "Play"
    page.keyboard.press("Home")
    stands_at(page, "0.0000")
    page.click("#forward")
    stands_at(page, "0.0333")
    page.click("#back")
    page.click("#back")
    stands_at(page, "1.3000")  # 40 frames of a clip that loops here
    page.locator("#scrub").fill("0.5")
    stands_at(page, "0.5000")
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
    page = opened("&avatar=ada&time=0.5&paused=1")
    stands_at(page, "0.5000")
    seen = [page.screenshot()]
    page.click("#more")
    page.click("#statistics-on")
    page.locator("#statistics dd").first.wait_for()
    page.keyboard.press("t")
    page.locator("#statistics").wait_for(state="hidden")
    for choose in (
        lambda: page.click("[data-look='rigid']"),
        lambda: page.click("[data-look='split']"),
        lambda: drag(page, "#split", 60),
        lambda: page.click("[data-look='residual']"),
        lambda: page.locator("#gain").fill("2"),
        lambda: page.click("#in-place"),
        lambda: page.select_option("#level", index=0),
        lambda: page.click("#frame"),
    ):
        drawn = pictures(page)
        choose()
        drawn()
    assert page.inner_text("#gain-value") == "2.00×"
    page.click("[data-look='difference']")
    page.locator("#legend").wait_for()
    page.click("#help")
    assert page.is_visible("#keys")
    page.click("#keys button")
    seen.append(page.screenshot())
    assert seen[0] != seen[1]


def drag(page: Page, part: str, by_px: int) -> None:
    box = page.locator(part).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + by_px, box["y"] + 20)
    page.mouse.up()


def test_the_camera_turns_moves_and_comes_back(opened: Open) -> None:
    page = opened("&avatar=ada&time=0.5&paused=1&camera=0,0,4,0,1,0")
    stands_at(page, "0.5000")
    fingers = page.context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[int, int]) -> None:
        points = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(places)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def gesture(*steps: tuple[tuple[int, int], ...]) -> None:
        touch("touchStart", *steps[0])
        for step in steps[1:]:
            touch("touchMove", *step)
        touch("touchEnd")

    cameras = [camera_of(page)]
    for move in (
        lambda: page.mouse.wheel(0, -300),
        lambda: dragged(page, "left"),
        lambda: dragged(page, "right"),
        lambda: gesture(((300, 250),), ((360, 250),)),  # one finger turns
        lambda: gesture(((300, 250), (400, 250)), ((260, 250), (440, 250))),  # two part: nearer
        lambda: gesture(((300, 250), (400, 250)), ((320, 280), (420, 280))),  # two together: aside
        lambda: page.keyboard.press("f"),
    ):
        page.mouse.move(200, 200)
        drawn = pictures(page)
        move()
        drawn()
        cameras.append(camera_of(page))
    turns, distances = [each[0] for each in cameras], [each[2] for each in cameras]
    targets = [each[3:] for each in cameras]
    assert distances[1] < distances[0]
    assert turns[2] != turns[1]
    assert targets[3] != targets[2]
    assert turns[4] != turns[3]
    assert targets[4] == targets[3]
    assert distances[5] == pytest.approx(distances[4] * 100 / 180, rel=0.02)
    assert targets[6] != targets[5]
    assert distances[6] == pytest.approx(distances[5], rel=0.02)


def dragged(page: Page, button: str) -> None:
    page.mouse.down(button=button)  # type: ignore[arg-type]
    page.mouse.move(260, 180)
    page.mouse.up(button=button)  # type: ignore[arg-type]


def camera_of(page: Page) -> list[float]:
    """Of a link to what is shown: azimuth, elevation, distance, target."""
    page.evaluate("navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve() }")
    page.keyboard.press("c")
    until(lambda: page.evaluate("window.copied !== undefined"))
    fragment = page.evaluate("new URLSearchParams(window.copied.split('#')[1]).get('camera')")
    return [float(value) for value in fragment.split(",")]


def test_pictures_video_theme_and_link(opened: Open, tmp_path: Path) -> None:
    page = opened("&avatar=ada&clip=walk&time=0.5&paused=1&look=rigid")
    stands_at(page, "0.5000")
    assert page.get_attribute("[data-look='rigid']", "aria-checked") == "true"
    page.click("#share")
    with page.expect_download() as download:
        page.click("#screenshot")
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
    page.click("#record")
    page.locator("#record[aria-pressed='true']").wait_for()
    page.click("#play")
    plays(page)
    page.click("[data-look='difference']")  # another canvas has the picture now
    pictures(page)()
    with page.expect_download() as download:
        page.click("#record")
    assert Path(download.value.path()).stat().st_size > 1000
    page.click("#play")
    colours = [page.evaluate("getComputedStyle(document.body).backgroundColor")]
    page.click("#more")
    for _ in range(2):
        page.click("#theme")
        colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours[0] != colours[1]
    assert colours[0] == colours[2]
    page.click("#share")
    page.click("#link")
    page.locator("#said").wait_for()
    assert "token" not in page.evaluate("location.hash")


def test_a_folder_is_a_gallery(browser: Browser, tmp_path: Path) -> None:
    whole = write_two(tmp_path).read_bytes()
    (tmp_path / "cut.a3d").write_bytes(whole[: len(whole) // 2])
    (tmp_path / f"{HOSTILE}.a3d").write_bytes(whole)
    with viewed(tmp_path) as server, opening(browser, server) as open_page:
        page = open_page("")
        page.locator("button.card").nth(1).wait_for()
        page.locator(".thumb img").nth(1).wait_for()
        assert page.locator("button.card b").all_inner_texts() == ["ada", "bo"]
        broken = {
            card.locator("b").inner_text(): card.locator("code").inner_text() for card in page.locator(".broken").all()
        }
        assert broken == {"cut.a3d": "package-truncated", f"{HOSTILE}.a3d": "avatar-bad-id"}
        page.locator("button.card").nth(1).click()
        plays(page)
        (tmp_path / "cut.a3d").write_bytes(whole)
        page.click("#avatars")
        page.locator("button.card[data-id='cut']").wait_for()  # whoever looks sees it without a reload
        page.keyboard.press("Escape")
        plays(page)
        assert page.inner_text("#avatars-name") == "bo"
        named = open_page("&avatar=none")
        assert code_of(named) == "avatar-not-found"
        named.click("#others")
        named.locator("button.card").first.wait_for()


def test_a_page_of_one_file_plays_from_the_disk(browser: Browser, package: Path, tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    target.write_text(single_page(built_page(), package.read_bytes(), HOSTILE, "stand"), encoding="utf-8")
    page = browser.new_page(viewport={"width": 360, "height": 520}, device_scale_factor=0.5)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{target.as_uri()}#renderer=webgl2")
    plays(page)
    assert page.locator("#clip option:checked").inner_text() == "stand"
    assert [url for url in asked if not url.startswith(("blob:", "data:"))] == [target.as_uri()]
    page.close()


def test_the_command_writes_a_page_of_one_file(package: Path, tmp_path: Path) -> None:
    built_page()
    assert run(["view", str(package), "--export", str(tmp_path / "page.html")]) == 0
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Content-Security-Policy" in text
    assert "src=" not in text.partition("<body>")[0]
    assert run(["view", str(package), "--export", str(tmp_path / "page.html")]) == 2, "it is there already"
