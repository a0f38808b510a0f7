"""A prior that is quick, whose work can be told from its input, and that plugs in as any other does."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ani3d_runtime.bake.prior.prior import PriorDescription, PriorOptions, RestoreRequest
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.progress import ProgressCallback

# Where it writes a line for every video that it restores, and how long it takes over one.
LOG, PAUSE_S = "STAND_IN_PRIOR_LOG", "STAND_IN_PRIOR_PAUSE_S"
MORE_INK = 0.1


@dataclass(frozen=True)
class StandInPrior:
    """Darkens what it may change, with a little noise of the seed's."""

    frames: int = 4
    side_px: int = 32

    @property
    def description(self) -> PriorDescription:
        return PriorDescription(
            name="stand-in",
            digest="0",
            dtype="float32",
            frame_multiple=1,
            frame_remainder=0,
            size_multiple=8,
            native_frames=self.frames,
            native_size_px=(self.side_px, self.side_px),
            takes_control=True,
            takes_reference=True,
            takes_prompt=False,
            default_sampling=SamplingSettings(),
            memory_bytes=1_000_000,
        )

    def restore(self, request: RestoreRequest, sampling: SamplingSettings, progress: ProgressCallback) -> np.ndarray:
        if LOG in os.environ:
            with Path(os.environ[LOG]).open("a") as log:
                log.write(f"{sampling.seed}\n")
        for step in range(4):
            time.sleep(float(os.environ.get(PAUSE_S, "0")) / 4)
            progress((step + 1) / 4)
        noise = np.random.default_rng(sampling.seed).normal(0, 0.002, request.coarse.shape)
        free = 1 - request.preserve[..., None]
        # White stays white: nothing is there.
        darker = 1 - (1 - request.coarse) * (1 + MORE_INK * free)
        return (darker + noise * free).clip(0, 1).astype(np.float32)


class StandInFamily:
    """What its entry point names."""

    summary = "a stand-in for tests"

    def recognises(self, folder: Path) -> bool:
        return False

    def load(self, folder: Path | None, device: str, options: PriorOptions) -> StandInPrior:
        return StandInPrior()


def plug_in(folder: Path) -> str:
    """Install the family as ``stand-in`` in a folder; returns the PYTHONPATH that finds it."""
    facts = folder / "ani3d_stand_in-1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: ani3d-stand-in\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("[ani3d.priors]\nstand-in = tests.stand_in_prior:StandInFamily\n")
    return os.pathsep.join((str(folder), str(Path(__file__).parents[1])))
