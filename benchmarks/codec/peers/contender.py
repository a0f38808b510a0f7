"""Contender: a codec in the comparison, and what it made of a sequence."""

from __future__ import annotations

import importlib.util
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ani3d_runtime.splats import SplatCloud
from benchmarks.codec.sampling import Sampling
from benchmarks.codec.sequences import BenchmarkSequence


@dataclass(frozen=True)
class Outcome:
    """What a codec made of a sequence.

    Attributes:
        bytes_per_frame: everything that a client needs, per frame of what was encoded.
        clip_bytes_per_frame: without what all clips of the avatar share; None where nothing is shared.
        encode_frames_per_s: wall time.
        encode_cpu_ms: CPU time per frame, all cores and processes together.
        decode_ms: wall time per frame, until Gaussians stand in the world.
        decoded: world-space Gaussians of the measured frames.
        keeps_order: whether they are in the source's order; positions can't be compared otherwise.
    """

    bytes_per_frame: float
    clip_bytes_per_frame: float | None
    encode_frames_per_s: float
    encode_cpu_ms: float
    decode_ms: float
    decoded: Mapping[int, SplatCloud] = field(repr=False)
    keeps_order: bool = True


class Contender(ABC):
    """A codec with one setting.

    Attributes:
        family: rows of one family are joined by a line in the plot.
        setting: how it was asked to code.
        modules: Python modules that it needs.
    """

    family: str
    setting: str
    modules: tuple[str, ...] = ()

    def is_installed(self) -> bool:
        """Whether it can run here."""
        return all(importlib.util.find_spec(module) is not None for module in self.modules)

    @abstractmethod
    def run(self, sequence: BenchmarkSequence, sampling: Sampling, folder: Path) -> Outcome:
        """Encode and decode, in an empty folder."""
