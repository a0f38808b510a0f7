"""SIGTERM ends a command as Ctrl-C does: it says so, and nothing half-written stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ani3d_runtime.server import serving
from ani3d_runtime.testing.packages import write_synthetic_package
from tests.waiting import until


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_film_that_is_stopped_leaves_nothing(tmp_path: Path, number: int, code: int) -> None:
    catalogue, films = tmp_path / "catalogue", tmp_path / "films"
    catalogue.mkdir()
    films.mkdir()
    write_synthetic_package(catalogue / "ada.a3d")
    with serving(catalogue) as server:
        film = ("--loop", "--frames", "100000", "--size", "64x64", "--render", str(films / "cut.mp4"))
        command = ("play", server.address, "ada", "--clip", "walk", *film)
        with subprocess.Popen(
            [sys.executable, "-m", "ani3d_runtime.cli", *command],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"ANI3D_CACHE_DIR": str(tmp_path / "cache")},
        ) as process:
            try:
                until(lambda: any(films.iterdir()))
                # Twice, as timeout does it: to its child, and to its group.
                process.send_signal(number)
                if number == signal.SIGTERM:
                    process.send_signal(number)
                _, said = process.communicate(timeout=20)
            finally:
                process.kill()
    assert process.returncode == code, said
    assert said.endswith("interrupted; nothing half-written was left behind\n")
    assert list(films.iterdir()) == []
