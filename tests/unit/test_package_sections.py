"""The table of kinds of sections: where each lies in a file, and which names a reader knows."""

from __future__ import annotations

import pytest

from ani3d_runtime.avatar import Part
from ani3d_runtime.channel import Channel
from ani3d_runtime.package.sections import DRIVER, SPLATS, file_place, kind_of, level_name
from ani3d_runtime.spec.format import CONTAINER_NO_CLIP, MANIFEST_PARTS, SECTIONS


def test_sections_lie_in_the_order_in_which_they_become_useful() -> None:
    avatar = CONTAINER_NO_CLIP
    in_order = [
        ("manifest", avatar, 0),
        ("skeleton", avatar, 0),
        ("splats.0", avatar, 0),
        ("pose", 0, 0),
        ("splats.1", avatar, 0),
        ("model", avatar, 0),
        ("nodes", 0, 0),
        ("splats.3", avatar, 0),
        ("detail.position", 0, 1),
        ("further", 1, 0),
        ("pose", 1, 2),
        ("order", avatar, 0),
        ("driver", avatar, 0),
    ]
    places = [file_place(*section) for section in in_order]
    assert places == sorted(places)
    assert len(set(places)) == len(places)


@pytest.mark.parametrize(("name", "clip", "like"), [("x-note", CONTAINER_NO_CLIP, "driver"), ("x-note", 1, "nodes")])
def test_a_section_that_nobody_knows_lies_beside_others_of_its_scope(name: str, clip: int, like: str) -> None:
    assert kind_of(name) is None
    assert file_place(name, clip, 3) == file_place(like, clip, 3)


@pytest.mark.parametrize(
    "name", ["splats.k", "splats.", "splats.-1", "splats.01", "splats.0 ", "Splats.0", "detail", ""]
)
def test_names_that_are_none(name: str) -> None:
    assert kind_of(name) is None


def test_every_level_of_detail_is_of_one_kind() -> None:
    assert {kind_of(level_name(level)) for level in (0, 1, 15, 100)} == {SPLATS}


def test_every_section_of_detail_is_known_and_critical() -> None:
    kinds = [kind_of(name) for name in (channel.section for channel in Channel)]
    assert all(kind is not None and kind.is_critical and kind.scope == "group" for kind in kinds)
    assert not DRIVER.is_critical


def test_names_come_once_and_parts_are_those_of_the_avatar() -> None:
    names = [row[0] for row in SECTIONS]
    assert len(set(names)) == len(names)
    assert tuple(part.name.lower() for part in Part) == MANIFEST_PARTS
