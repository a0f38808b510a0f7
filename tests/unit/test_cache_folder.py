"""One root for everything that is kept: what bake builds and what play fetches."""

from __future__ import annotations

from pathlib import Path

import pytest

from ani3d_runtime.cache import cache_folder


def test_the_first_that_is_set_is_the_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ANI3D_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder("packages") == tmp_path / "home" / ".cache" / "ani3d" / "packages"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder("packages") == tmp_path / "xdg" / "ani3d" / "packages"
    monkeypatch.setenv("ANI3D_CACHE_DIR", str(tmp_path / "own"))
    assert cache_folder("packages") == tmp_path / "own" / "packages"
    monkeypatch.setenv("ANI3D_CACHE_DIR", "")
    assert cache_folder("characters") == tmp_path / "xdg" / "ani3d" / "characters", "empty is not set"
