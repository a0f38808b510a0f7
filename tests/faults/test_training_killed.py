"""kill -9 while the built-in prior is trained: its workers end, and the run that follows goes on alone."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from ani3d_runtime.bake.prior.builtin.clips import CHANNELS

ROOT = Path(__file__).parents[2]
# Deaf to interrupts, as "nohup … &" in a script makes it and as workers inherit it; interrupts are what torch sends to
# workers whose parent died.
RUN = """
import signal
import sys
from pathlib import Path
from ani3d_runtime.bake.prior.builtin.network import NetworkShape
from ani3d_runtime.bake.prior.builtin.train import FitSettings, fit

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    shape = NetworkShape(widths=(32, 32, 32), depths=(1, 1, 1), heads=2)
    settings = FitSettings(steps=100_000, batch=1, frames=4, bfloat16=False, checkpoint_s=0.0, network=shape)
    fit(Path(sys.argv[1]), settings=settings, workers=1)
"""


def test_workers_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    clip = np.random.default_rng(0).integers(0, 256, (1, 6, 32, 32, CHANNELS), dtype=np.uint8)
    np.save(tmp_path / "train" / "clip-0.npy", clip)
    script = tmp_path / "run.py"
    script.write_text(RUN, encoding="utf-8")
    # Workers hold the pipe as long as they live.
    with subprocess.Popen([sys.executable, str(script), str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE) as run:
        try:
            _wait_for_checkpoint(tmp_path, run)
        finally:
            run.kill()
        run.communicate(timeout=30)
    written = (tmp_path / "checkpoint.pt").stat().st_mtime_ns
    time.sleep(1)
    assert (tmp_path / "checkpoint.pt").stat().st_mtime_ns == written


def _wait_for_checkpoint(folder: Path, run: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 120
    while not (folder / "checkpoint.pt").exists():
        assert run.poll() is None
        assert time.monotonic() < until
        time.sleep(0.2)
