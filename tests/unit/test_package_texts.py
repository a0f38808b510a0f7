"""Texts of a manifest: whatever the user's files are called, and however many there are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ani3d_runtime.bake.into import settings_into
from ani3d_runtime.bake.recipe import step_of
from ani3d_runtime.bake.settings import BakeSettings
from ani3d_runtime.errors import UsageError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.recipe import Recipe
from ani3d_runtime.package.writer import add_clips, write_package
from ani3d_runtime.testing.avatars import synthetic_avatar


def test_any_file_name_and_any_number_of_files_can_be_told(tmp_path: Path) -> None:
    path = tmp_path / "many.a3d"
    avatar = replace(synthetic_avatar(24), name="my\u202favatar\t2")
    files = ", ".join(f"/captures/of/today/{number:04}.npz" for number in range(500))
    provenance = {"avatar": "my\u00a0files/me.ply", "motions": files}
    write_package(path, avatar, [], provenance=provenance)
    for _ in range(2):
        with Package.open(path) as package:
            manifest = package.manifest
        assert manifest.avatar_name == "my\u202favatar\ufffd2"
        assert manifest.provenance["avatar"] == "my\u00a0files/me.ply"
        assert manifest.provenance["motions"] == files[:4095] + "…"
        add_clips(path, avatar, [], provenance=provenance)


@pytest.mark.parametrize(
    ("baked", "given", "found"),
    [
        ({"max_error_m": 2e-3}, {"max_error_m": 0.5e-3}, "0.5 mm for a package that was baked with bounds of 2 mm"),
        ({"quality": "high"}, {"quality": "draft"}, "draft for a package that was baked with bounds of 0.4 to 3 mm"),
    ],
)
def test_contradicted_bounds_are_told_in_millimetres(
    tmp_path: Path, baked: dict[str, Any], given: dict[str, Any], found: str
) -> None:
    path = made(tmp_path / "doll.a3d", **baked)
    with pytest.raises(UsageError) as refusal:
        settings_into(path, {**given, "motions": ()})
    assert refusal.value.code == "bake-into-contradiction"
    assert refusal.value.subject == next(iter(given))
    assert refusal.value.found == found


def test_another_name_for_the_same_bounds_is_no_contradiction(tmp_path: Path) -> None:
    path = made(tmp_path / "doll.a3d", quality="high")
    assert settings_into(path, {"quality": "paper", "motions": ()}).quality == "paper"
    assert settings_into(path, {"motions": ()}).quality == "high"


def made(path: Path, **chosen: Any) -> Path:
    """A package whose recipe has these settings."""
    settings = BakeSettings("dancer", (), path, **chosen)
    recipe = Recipe((step_of(settings, (), None),))
    write_package(path, synthetic_avatar(24), [], bounds=settings.bounds, recipe=recipe)
    return path
