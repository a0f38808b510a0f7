"""``ani3d validate --against``: which file belongs to which clip."""

from __future__ import annotations

from pathlib import Path

import pytest

from ani3d_runtime.cli.validate import files_by_clip
from ani3d_runtime.errors import UsageError

CLIPS = ("walk", "run")


def test_a_clip_is_named_and_the_others_are_left_alone() -> None:
    assert files_by_clip(CLIPS, ["run=a=b.npz"]) == {"run": Path("a=b.npz")}


def test_files_alone_go_by_order() -> None:
    assert files_by_clip(CLIPS, ["a.npz", "b.npz"]) == {"walk": Path("a.npz"), "run": Path("b.npz")}


@pytest.mark.parametrize("against", [["a.npz"], ["walk=a.npz", "b.npz"], ["jump=a.npz"], ["walk=a.npz", "walk=b.npz"]])
def test_anything_else_is_refused(against: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        files_by_clip(CLIPS, against)
    assert caught.value.code == "against-count"
    assert "walk=FILE" in caught.value.fix
