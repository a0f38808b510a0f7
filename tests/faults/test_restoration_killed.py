"""kill -9 at any stage of a restoration: what was complete is not done again, and the result is the same."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stand_in_prior import LOG, PAUSE_S

# Two views of two windows.
VIDEOS = 4
ROOT = Path(__file__).parents[2]
# A process of its own that restores a tiny clip and writes its layer.
WORKER = """
import contextlib, sys
from dataclasses import replace
from pathlib import Path
import numpy as np
from ani3d_runtime.bake.restoration.fitting import Fitter
from ani3d_runtime.bake.restoration.pipeline import RestorationPipeline
from ani3d_runtime.bake.restoration.plan import plan_restoration
from ani3d_runtime.bake.restoration.settings import RestoreSettings
from ani3d_runtime.bake.restoration.store import UnitStore
from ani3d_runtime.testing.avatars import synthetic_motion
from ani3d_runtime.testing.sequences import dancing_sequence
from tests.stand_in_prior import StandInPrior

avatar, _ = dancing_sequence(700, 8)
motion = synthetic_motion(avatar.skeleton, 8)
settings = RestoreSettings(views=2, fit_iterations=240)
plan = plan_restoration(avatar, motion, StandInPrior().description, settings, "draft")
rounds = tuple(replace(turn, fit=replace(turn.fit, checkpoint_every=20)) for turn in plan.rounds)
store = UnitStore(Path(sys.argv[1]))
result = RestorationPipeline(
    avatar, motion, StandInPrior(), replace(plan, rounds=rounds), Fitter(avatar, motion, None, store, "cpu"),
    reference=None, store=store, watch=lambda name: contextlib.nullcontext(lambda fraction: None),
).run()
np.savez(sys.argv[2], dpos_m=result.layer.dpos_m, drot_rad=result.layer.drot_rad, losses=result.losses)
print(*(f"{cost.stage}:{cost.units}" for cost in result.costs))
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """One thread each, or small kernels would wait for each other on a busy machine."""
    threads = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    return {**os.environ, **threads, "PYTHONPATH": str(ROOT), LOG: str(tmp_path / "log")}


def worker(folder: Path, output: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORKER, str(folder), str(output)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def kill_when(there: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    with process:
        while not there():
            if process.poll() is not None:
                raise AssertionError(process.communicate()[1])
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL


def test_a_restoration_killed_in_both_long_stages_ends_as_one_that_was_not(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    kept, broken, whole = tmp_path / "kept", tmp_path / "broken.npz", tmp_path / "whole.npz"
    slow = {**environment, PAUSE_S: "0.4"}
    kill_when(lambda: any(kept.glob("restore/*.npz")), worker(kept, broken, slow))
    kill_when(lambda: any(kept.glob("fit/*.checkpoint")), worker(kept, broken, environment))
    assert not any(kept.glob("fit/*.npz")), "the fit was over before it could be killed"
    stored = {path: path.stat().st_mtime_ns for path in kept.rglob("*.npz")}
    with worker(kept, broken, environment) as last:
        said, errors = last.communicate(timeout=200)
    assert last.returncode == 0, errors
    assert said.split() == ["coarse:0", "restore:0", "fit:1"]
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in stored.items())
    seeds = (tmp_path / "log").read_text().split()
    # One video may have been in the works when it was killed; none that was finished was restored again.
    assert len(set(seeds)) == VIDEOS
    assert len(seeds) <= VIDEOS + 1
    with worker(tmp_path / "afresh", whole, environment) as uninterrupted:
        said, errors = uninterrupted.communicate(timeout=200)
    assert uninterrupted.returncode == 0, errors
    assert said.split() == [f"coarse:{VIDEOS}", f"restore:{VIDEOS}", "fit:1"]
    assert digest(whole) == digest(broken)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
