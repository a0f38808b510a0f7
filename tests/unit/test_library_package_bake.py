"""Which bakes make a package of a library, and which of them fits the driver."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ani3d_runtime.library import package_bake


@pytest.mark.parametrize(
    ("residuals", "expected"),
    [
        (("simulated", "simulated", "simulated"), [(False, 0), (False, 0), (True, 8)]),
        (("simulated", "simulated", "none"), [(False, 0), (True, 8), (False, 0)]),
        (("cape.npz", "simulated", "none"), [(False, 0), (True, 0), (False, 0)]),
        (("none", "none", "none"), [(True, 0), (False, 0), (False, 0)]),
    ],
)
def test_motions_that_are_read_otherwise_share_one_driver(
    residuals: tuple[str, ...], expected: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bakes: list[tuple[bool, int]] = []

    def noted(settings: Any, _: Any, *, fits_driver: bool) -> SimpleNamespace:
        bakes.append((fits_driver, settings.practice_count if settings.practice is None else settings.practice))
        return SimpleNamespace(warnings=())

    monkeypatch.setattr(package_bake, "run_bake", noted)
    clips = [
        {"name": f"c{index}", "file": "walk", "start_frame": index, "residual": each}
        for index, each in enumerate(residuals)
    ]
    settings = {"avatar": "dancer", "clips": clips, "practice": 8}
    package_bake.bake_package(settings, tmp_path / "a.a3d", lambda _: None)  # type: ignore[arg-type, return-value]
    assert bakes == expected
