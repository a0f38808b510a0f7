"""The report's page in a real browser: names are text, nothing is fetched, 1,000 characters are found and sorted."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from ani3d_runtime.library.report.changes import changes_between
from ani3d_runtime.library.report.facts import CharacterFacts, ClipFacts, LibraryFacts
from ani3d_runtime.library.report.page import page_html
from ani3d_runtime.library.report.preview import PREVIEW_FRAMES
from ani3d_runtime.library.status import FailedTask
from tests.chromium import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HOSTILE = "<script>document.title = 'taken'</script>"
NAMES = [HOSTILE, "__proto__", "constructor", "</script><img src=x onerror=alert(1)>", "' onmouseover='alert(1)"]


def character(name: str, number: int) -> CharacterFacts:
    """Number i has a clip of i + 1 frames in i + 1 KB, and an error of i µm."""
    count = number + 1
    warned = ("[motion-jump] <b>frame 7</b>",) if number == 3 else ()
    numbers = (count / 30, count, 30.0, 1000 * count, number * 1e-3)
    clip = ClipFacts("walk", *numbers, "standard", None, number != 4, 2.5, warned)
    return CharacterFacts(name, f"{name}.a3d", f"{number:064x}", 5000 * count, 100 * count, ("crowd",), (clip,), 2.5)


FAILED = FailedTask(
    "k", "package", "eve", "eve.a3d", "ply-cut", "eve.ply", "<i>half</i>", "a whole file", "Export it again.", 2
)
FACTS = LibraryFacts(
    name=HOSTILE,
    ani3d="0.1.0",
    written="2026-12-01 12:00:00 UTC",
    characters=tuple(character(name, i) for i, name in enumerate([*NAMES, *(f"extra {i:04}" for i in range(995))])),
    failures=(FAILED,),
)


def strip(colours: list[tuple[int, int, int]]) -> bytes:
    """A WebP of squares side by side, without loss."""
    picture = Image.new("RGB", (8 * len(colours), 8))
    for index, colour in enumerate(colours):
        picture.paste(colour, (8 * index, 0, 8 * index + 8, 8))
    stream = io.BytesIO()
    picture.save(stream, format="WEBP", lossless=True)
    return stream.getvalue()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    before = replace(FACTS, characters=(replace(FACTS.characters[0], digest="f" * 64, bytes=1), *FACTS.characters[2:]))
    changes = changes_between(json.loads(json.dumps(before.to_json())), FACTS.to_json())
    pictures = {name: strip([(250, 20 * step, 0) for step in range(PREVIEW_FRAMES)]) for name in (HOSTILE, "__proto__")}
    path = tmp_path_factory.mktemp("report") / "index.html"
    path.write_text(page_html(FACTS, pictures, changes, "2026-11-30 12:00:00 UTC"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def loaded(browser: Browser, written: Path) -> Iterator[Page]:
    """The page, which says, asks and fetches nothing for as long as it is open."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.on("request", lambda request: wrong.append(request.url) if not request.url.startswith("data:") else None)
    page.goto(written.as_uri())
    page.wait_for_selector(".card")
    yield page
    page.close()
    assert wrong == [written.as_uri()]


@pytest.fixture
def opened(loaded: Page) -> Page:
    """The page as it was at first."""
    loaded.click("button[name=characters]")
    loaded.select_option("#order", "name")
    loaded.fill("#search", "")
    return loaded


def names_shown(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".card h2").all_text_contents()]


def test_names_that_are_markup_are_text(opened: Page) -> None:
    assert opened.title() == f"{HOSTILE}: character library"
    assert opened.text_content("h1") == HOSTILE
    assert set(NAMES) <= set(names_shown(opened))
    assert opened.locator("img, i, b").count() == 0
    opened.click("button[name=failures]")
    assert "<i>half</i>" in (opened.text_content("tbody") or "")


def test_a_character_is_found_among_a_thousand(opened: Page) -> None:
    opened.fill("#search", "EXTRA 0994")
    assert names_shown(opened) == ["extra 0994"]
    assert opened.text_content("#count") == "1 character of 1,000"
    opened.fill("#search", "frame 7")  # a warning of a clip
    assert names_shown(opened) == [NAMES[3]]
    opened.fill("#search", "no such thing")
    assert names_shown(opened) == []
    opened.fill("#search", "")
    assert opened.text_content("#count") == "1,000 characters"


def test_sorted_by_what_is_asked_for(opened: Page) -> None:
    opened.select_option("#order", "largest error")
    assert names_shown(opened)[:2] == ["extra 0994", "extra 0993"]
    opened.select_option("#order", "warnings")
    assert names_shown(opened)[:2] == [NAMES[4], NAMES[3]]
    opened.select_option("#order", "changed")
    assert names_shown(opened)[:2] == ["__proto__", HOSTILE]
    opened.click("button[name=clips]")
    heading = opened.get_by_role("button", name="frames", exact=True)
    heading.click()
    heading.click()
    assert opened.locator("tbody td:nth-child(4)").first.text_content() == "1,000"
    assert opened.locator("th[aria-sort=descending]").text_content() == "frames"


def test_all_rows_come_as_the_page_is_scrolled(opened: Page) -> None:
    rows = opened.locator("tbody tr")
    opened.click("button[name=clips]")
    assert 0 < rows.count() < 1000
    while (count := rows.count()) < 1000:
        opened.mouse.wheel(0, 100_000)
        opened.wait_for_function("count => document.querySelectorAll('tbody tr').length > count", arg=count)
    assert len(set(opened.locator("tbody td:first-child").all_text_contents())) == 1000


def test_a_card_shows_its_clips_and_whether_bounds_are_met(opened: Page) -> None:
    card = opened.locator(".card").filter(has_text=NAMES[4])
    card.locator("summary").click()
    cells = card.locator("tbody td").all_text_contents()
    assert cells == ["walk", "0.17 s", "5", "1.00", "0.00 mm", "✗ missed: standard", "2.5 s", "–"]
    assert f"digest {4:064x}" in (card.text_content() or "")


def test_changes_since_the_last_report(opened: Page) -> None:
    opened.click("button[name=changes]")
    rows = [row.locator("td").all_text_contents() for row in opened.locator("tbody tr").all()]
    assert rows == [["__proto__", "new", "–"], [HOSTILE, "changed", "0.00 → 0.01 MB"]]
    assert "changes since 2026-11-30" in (opened.text_content("#figures") or "")


def test_the_preview_turns_through_all_of_its_pictures(opened: Page) -> None:
    preview = opened.locator(".card", has_text=HOSTILE).locator(".preview")
    opened.check("#turn")
    seen: set[int] = set()
    for step in range(PREVIEW_FRAMES):
        # The animation is put where each picture is to be seen, whatever time it is.
        preview.evaluate(
            "(each, share) => { const [turn] = each.getAnimations(); turn.pause(); turn.currentTime = 2400 * share; }",
            (step + 0.5) / PREVIEW_FRAMES,
        )
        shot = Image.open(io.BytesIO(preview.screenshot())).convert("RGB")
        pixel = shot.getpixel((shot.width // 2, shot.height // 2))
        assert isinstance(pixel, tuple)
        assert pixel[0] == pytest.approx(250, abs=4)
        seen.add(round(pixel[1] / 20))
    assert seen == set(range(PREVIEW_FRAMES))
    assert opened.locator(".card", has_text="constructor").locator(".preview").text_content() == "no picture"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_dark(browser: Browser, written: Path, scheme: str) -> None:
    page = browser.new_page(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(written.as_uri())
    ground, text = page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('h1')).color]"
    )
    page.close()

    def brightness(colour: str) -> float:
        return sum(float(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3]) / 3

    assert (brightness(ground) > 200) == (scheme == "light")
    assert abs(brightness(ground) - brightness(text)) > 150


def test_the_policy_of_the_page_refuses_scripts_that_are_not_its_own(browser: Browser, written: Path) -> None:
    """Were a name ever to become markup, it would still not run."""
    page = browser.new_page()
    page.goto(written.as_uri())
    code = base64.b64encode(b"document.title = 'taken'").decode()
    page.evaluate(
        """code => {
            const script = document.createElement('script');
            script.src = `data:text/javascript;base64,${code}`;
            document.body.append(script);
            const inline = document.createElement('script');
            inline.textContent = atob(code);
            document.body.append(inline);
        }""",
        code,
    )
    assert page.evaluate("document.title") == f"{HOSTILE}: character library"
    page.close()
