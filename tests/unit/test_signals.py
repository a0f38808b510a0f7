"""Ending a process ends what it has started, also what does not listen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ani3d_runtime.signals import end_group
from tests.waiting import until


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
def test_a_child_that_ignores_sigterm_does_not_outlive_its_parent(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    child = (
        "import os, pathlib, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"pathlib.Path({str(pid)!r}).write_text(str(os.getpid()) + '.'); time.sleep(600)"
    )
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    process = subprocess.Popen([sys.executable, "-c", parent], start_new_session=True)
    until(lambda: pid.exists() and pid.read_text().endswith("."))
    end_group(process, 5.0)
    stat = Path("/proc") / pid.read_text().rstrip(".") / "stat"
    until(lambda: not stat.exists() or stat.read_text().rpartition(") ")[2].startswith("Z"))
