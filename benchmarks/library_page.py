"""The report of a large library: how large its page is, and how soon a browser shows, searches and sorts it.

    python -m benchmarks.library_page [--characters 1000] [--clips 100]

Facts are made up; previews are noise that weighs what previews of our characters weigh. Needs a Chromium on the PATH.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from ani3d_runtime.library.report.facts import CharacterFacts, ClipFacts, LibraryFacts
from ani3d_runtime.library.report.page import page_html

_PREVIEW_BYTES = 13_000
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def made_up(characters: int, clips: int) -> LibraryFacts:
    """A library with so many characters, and clips of each."""
    of_each = tuple(
        ClipFacts(f"motion {index}", index / 10, 3 * index + 1, 30.0, 900 * index, index / 200, "standard", 6.0, True)
        for index in range(clips)
    )
    people = tuple(
        CharacterFacts(
            f"person {index:05}", f"person {index:05}.a3d", f"{index:064x}", 10**6, 10**5, ("crowd",), of_each, 60.0
        )
        for index in range(characters)
    )
    return LibraryFacts("crowd", "benchmark", "now", people, ())


def took_ms(do: Callable[[], object]) -> float:
    """Wall time of something."""
    started = time.perf_counter()
    do()
    return (time.perf_counter() - started) * 1e3


def search(page: Page) -> None:
    """Look for the last character among all."""
    page.fill("#search", "person 00999")
    page.wait_for_function("document.querySelectorAll('.card').length === 1")
    page.fill("#search", "")


def sort_clips(page: Page) -> None:
    """Show all clips, by their error."""
    page.click("button[name=clips]")
    page.get_by_role("button", name="largest error").click()
    page.wait_for_selector("th[aria-sort]")


def main() -> None:
    """Print sizes and times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--characters", type=int, default=1000)
    parser.add_argument("--clips", type=int, default=100)
    wanted = parser.parse_args()
    facts = made_up(wanted.characters, wanted.clips)
    previews = {character.name: os.urandom(_PREVIEW_BYTES) for character in facts.characters}
    browser_path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser_path is None:
        raise SystemExit(f"no browser: none of {', '.join(_BROWSERS)} is on the PATH")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "index.html"
        made_ms = took_ms(lambda: path.write_text(page_html(facts, previews, [], None), encoding="utf-8"))
        print(f"{wanted.characters:,} characters, {wanted.characters * wanted.clips:,} clips")
        print(f"page: {path.stat().st_size / 1e6:.1f} MB, made in {made_ms / 1e3:.1f} s, previews apart")
        sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        with playwright.chromium.launch(executable_path=browser_path, args=sandbox) as browser:
            for _ in range(3):
                page = browser.new_page()
                shown_ms = took_ms(lambda page=page: (page.goto(path.as_uri()), page.wait_for_selector(".card")))
                found_ms = took_ms(lambda page=page: search(page))
                sorted_ms = took_ms(lambda page=page: sort_clips(page))
                print(f"shown {shown_ms:.0f} ms, searched {found_ms:.0f} ms, clips sorted {sorted_ms:.0f} ms")
                page.close()


if __name__ == "__main__":
    main()
