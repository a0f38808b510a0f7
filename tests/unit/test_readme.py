"""The README: its links lead somewhere, in the repository and on the page of a package index."""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image

from scripts.index_readme import absolute

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)]+)\)")
REPOSITORY = "https://example.org/somebody/ani3d"


def test_links_lead_to_files_that_are_there() -> None:
    targets = LINK.findall(README)
    assert len(targets) > 10
    assert [target for target in targets if not (ROOT / target).is_file()] == []


def test_the_first_screen_is_a_small_moving_picture() -> None:
    path = ROOT / LINK.findall(README)[0]
    assert path.stat().st_size <= 2_000_000
    with Image.open(path) as picture:
        assert getattr(picture, "n_frames", 1) >= 20
        assert picture.info["loop"] == 0
    assert README.index(str(path.relative_to(ROOT))) < 300


def test_an_index_that_knows_the_repository_gets_absolute_links() -> None:
    targets = LINK.findall(absolute(README, REPOSITORY))
    assert len(targets) == len(LINK.findall(README))
    assert all(target.startswith(f"{REPOSITORY}/") for target in targets)
    assert targets[0].startswith(f"{REPOSITORY}/raw/main/docs/images/")


def test_an_index_that_does_not_know_it_gets_no_dead_ones() -> None:
    shown = absolute(README, None)
    assert LINK.findall(shown) == []
    assert "docs/LIMITS.md" in shown
