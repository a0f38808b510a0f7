"""Every command that ends by itself, as a shell sees it: exit code, JSON on stdout, and nothing else said.

The other tests call commands in their own process. Those that run until they are stopped (serve, play, retarget,
watch), the demo and bakes have processes in tests of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ani3d_runtime.testing.packages import write_synthetic_package


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("commands")
    write_synthetic_package(folder / "ada.a3d")
    return folder


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("info ada.a3d", '"gaussian_count": 200'),
        ("validate ada.a3d", '"ok": true'),
        ("render ada.a3d --clip walk --frame 3 --size 64x64 -o ada.png", '"ada.png"'),
        ("token --new-key token.keys", '"token.keys"'),
        ("formats", '"ply-sequence"'),
        ("doctor", '"round trip"'),
    ],
    ids=lambda value: value.split()[0],
)
def test_it_succeeds(ani3d_process: Callable, folder: Path, line: str, said: str) -> None:
    outcome = ani3d_process(*line.split(), cwd=folder)
    assert outcome.code == 0, outcome.stderr
    assert outcome.stderr == ""
    assert isinstance(outcome.json, dict)
    assert said in outcome.stdout


def test_an_export_that_loses_something_says_so(ani3d_process: Callable, folder: Path) -> None:
    outcome = ani3d_process(
        *["export", "ada.a3d", "--to", "ply", "--clip", "walk", "--frames", "3", "-o", "ada.ply"], cwd=folder
    )
    assert outcome.code == 0
    assert outcome.stderr == "lost: parts: which Gaussians are skin, face, hair, garment, accessory\n"
    assert isinstance(outcome.json, dict)
    assert '"ada.ply"' in outcome.stdout


def test_a_refusal_is_an_error_that_scripts_can_read(ani3d_process: Callable, folder: Path) -> None:
    for line, code, exit_code in (("info none.a3d", "file-not-found", 1), ("wobble", "command-line", 2)):
        outcome = ani3d_process(*line.split(), cwd=folder)
        assert (outcome.error_code, outcome.code) == (code, exit_code)
        assert outcome.stdout == ""
