"""The report of a library: what changed since the last, and the facts that a page holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from ani3d_runtime.library.report.changes import Change, changes_between
from ani3d_runtime.library.report.facts import CharacterFacts, ClipFacts, LibraryFacts
from ani3d_runtime.library.report.gather import library_facts
from ani3d_runtime.library.report.page import facts_of_page, page_html
from ani3d_runtime.library.status import FailedTask

WALK = ClipFacts("walk", 1.0, 30, 30.0, 12_000, 0.4, "standard")
RUN = replace(WALK, name="run")
ANNA = CharacterFacts("anna", "anna.a3d", "a" * 64, 1_000_000, 5000, ("hero",), (WALK, RUN))
BO = replace(ANNA, name="bo", digest="b" * 64)
NAMES = ["</script><script>alert(1)</script>", "<!--<script>", "\u2028", "]]>", "&lt;", "line\nbreak", '"', "🙂"]


def library(*characters: CharacterFacts) -> LibraryFacts:
    return LibraryFacts("crowd", "0.1.0", "2026-12-01 12:00:00 UTC", characters, ())


def changes(before: tuple[CharacterFacts, ...], after: tuple[CharacterFacts, ...]) -> list[Change]:
    """As between two reports, of which the first went through its page."""
    page = page_html(library(*before), {}, [], None)
    held = facts_of_page(page)
    assert held is not None
    return changes_between(held, library(*after).to_json())


def test_nothing_changed() -> None:
    assert changes((ANNA, BO), (BO, ANNA)) == []


def test_characters_come_and_go() -> None:
    assert changes((ANNA,), (BO,)) == [Change("anna", "gone"), Change("bo", "new")]


def test_a_package_that_differs_says_in_what() -> None:
    slower = replace(RUN, frames=60, bytes=24_500)
    jump = replace(WALK, name="jump")
    now = replace(ANNA, digest="c" * 64, clips=(slower, jump), tags=("hero", "old"))
    details = (
        "clips added: jump",
        "clips gone: walk",
        "clip run: 30 → 60 frames; 12.0 → 24.5 KB",
        "tags: hero → hero, old",
    )
    assert changes((ANNA,), (now,)) == [Change("anna", "changed", details)]


def test_a_package_that_differs_in_nothing_that_is_shown_is_changed_all_the_same() -> None:
    assert changes((ANNA,), (replace(ANNA, digest="c" * 64),)) == [Change("anna", "changed")]


class Scripts(HTMLParser):
    """Counts scripts and elements as a browser finds them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)


@pytest.mark.parametrize("name", NAMES)
def test_no_name_changes_the_structure_of_the_page(name: str) -> None:
    clip = replace(WALK, name=name, warnings=(name,))
    hostile = replace(library(replace(ANNA, name=name, tags=(name,), clips=(clip,))), name=name)
    pages = [page_html(facts, {"anna": b"x", name: b"y"}, [], name) for facts in (library(ANNA), hostile)]
    found = []
    for page in pages:
        parser = Scripts()
        parser.feed(page)
        found.append(parser.tags)
    assert found[0] == found[1]
    assert facts_of_page(pages[1]) == json.loads(json.dumps(hostile.to_json()))


def test_the_page_names_nothing_to_fetch() -> None:
    page = page_html(library(ANNA), {}, [], None)
    assert not re.search(r"https?:|\bsrc=|<link|@import", page)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>some page</html>",
        'ani3d-library-report <script type="application/json" id="facts">{"name":</script>',
        'ani3d-library-report <script type="application/json" id="facts">[1]</script>',
        'ani3d-library-report <script type="application/json" id="facts">' + "[" * 100_000 + "</script>",
    ],
)
def test_what_is_no_report_has_no_facts(text: str) -> None:
    assert facts_of_page(text) is None


@pytest.mark.parametrize("characters", [None, 7, [1, None], [{"name": "anna", "clips": 3, "tags": 9, "bytes": "x"}]])
def test_facts_that_somebody_edited_are_compared_as_far_as_they_go(characters: object) -> None:
    found = changes_between({"characters": characters}, library(ANNA).to_json())
    assert [change.character for change in found] == ["anna"]


CATALOGUE = {
    "name": "crowd",
    "ani3d": "0.2.0",
    "characters": {
        "bo": {},
        "anna": {
            "package": "anna.a3d",
            "digest": "a" * 64,
            "bytes": 1_000_000,
            "gaussians": 5000,
            "tags": ["hero"],
            "seconds": 12.0,
            "warnings": [{"code": "fit-off", "subject": "anna", "found": "a", "expected": "b", "fix": "Do."}],
            "clips": {
                "walk": {
                    "seconds": 1.0,
                    "frames": 30,
                    "fps": 30.0,
                    "bytes": 12_000,
                    "max_error_mm": 0.4,
                    "quality": "standard",
                    "bound_mm": 4.0,
                    "within": True,
                    "warnings": [],
                }
            },
        },
    },
}
FAILED = FailedTask("k", "package", "carl", "carl.a3d", "ply-cut", "carl.ply", "half", "all", "Export it.", 3)


def test_facts_come_from_the_catalogue_and_failures() -> None:
    facts = library_facts(CATALOGUE, [FAILED], name="crowd", written="now")
    anna, bo = facts.characters
    assert (anna.name, bo.name) == ("anna", "bo")
    assert anna.clips == (replace(WALK, bound_mm=4.0, within=True),)
    assert anna.baked_in_s == 12.0
    assert anna.warnings == ("[fit-off] anna: found a; expected b. Do.",)
    assert bo.baked_in_s is None
    assert facts.failures == (FAILED,)


def _broken(value: object) -> Iterator[object]:
    """The value with each of its parts, one at a time, replaced by others of the wrong kind."""
    yield from (None, "\ud800", -1, float("nan"), [7], {"y": 0})
    if isinstance(value, dict):
        for key, part in value.items():
            for other in _broken(part):
                yield {**value, key: other}
    elif isinstance(value, list):
        for index, part in enumerate(value):
            for other in _broken(part):
                yield [*value[:index], other, *value[index + 1 :]]


def test_a_catalogue_that_is_wrong_anywhere_makes_a_page_all_the_same() -> None:
    count = 0
    for catalogue in _broken(CATALOGUE):
        if isinstance(catalogue, dict):
            count += 1
            facts = library_facts(catalogue, [], name="crowd", written="now")
            page = page_html(facts, {}, [], None).encode().decode()
            assert facts_of_page(page) == json.loads(json.dumps(facts.to_json()))
    assert count > 100
