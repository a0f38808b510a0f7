"""Texts of a manifest: whatever the user's files are called, and however many there are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ani3d_runtime.bake.into import settings_into
from ani3d_runtime.errors import UsageError
from ani3d_runtime.package.reader import Package
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


def test_a_contradicted_bound_is_told_in_the_unit_of_its_option(tmp_path: Path) -> None:
    path = tmp_path / "doll.a3d"
    write_package(path, synthetic_avatar(24), [], provenance={"avatar": "me.ply", "max_error_m": "0.002"})
    with pytest.raises(UsageError) as refusal:
        settings_into(path, {"max_error_m": 0.5e-3})
    assert refusal.value.code == "bake-into-contradiction"
    assert refusal.value.found == "0.5 for a package that was baked with --max-error-mm 2"


def test_another_name_for_the_same_bounds_is_no_contradiction(tmp_path: Path) -> None:
    path = tmp_path / "doll.a3d"
    write_package(path, synthetic_avatar(24), [], provenance={"avatar": "me.ply", "quality": "high"})
    assert settings_into(path, {"quality": "paper", "motions": ()}).quality == "paper"
    assert settings_into(path, {"motions": ()}).quality == "high"
    with pytest.raises(UsageError) as refusal:
        settings_into(path, {"quality": "draft", "motions": ()})
    assert refusal.value.subject == "--quality"
    assert refusal.value.found == "draft for a package that was baked with --quality high"


@pytest.mark.parametrize("stated", [{"quality": "best"}, {"max_error_m": "a lot"}, {"axes": "sideways"}])
def test_what_a_package_says_of_its_making_is_read_as_input(tmp_path: Path, stated: dict[str, str]) -> None:
    path = tmp_path / "doll.a3d"
    write_package(path, synthetic_avatar(24), [], provenance={"avatar": "me.ply", **stated})
    with pytest.raises(UsageError) as refusal:
        settings_into(path, {"motions": ()})
    assert refusal.value.code == "bake-into-provenance"
