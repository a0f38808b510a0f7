"""What a run of the benchmark found, as tables, plots and scripts take it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks.codec.measure import PictureQuality, PositionError
from benchmarks.codec.peers.ani3d import FAMILY as OURS
from benchmarks.codec.peers.contender import Outcome


@dataclass(frozen=True)
class Factor:
    """How many times smaller ours is.

    Attributes:
        at_least: our smallest files are compared, which are better than what they are compared with.
    """

    times: float
    at_least: bool


@dataclass(frozen=True)
class Row:
    """One codec with one setting.

    Attributes:
        problem: why there is no figure (``not installed``, or what went wrong); None where there are figures.
        position: None where the codec sorts Gaussians.
    """

    family: str
    setting: str
    problem: str | None = None
    outcome: Outcome | None = None
    position: PositionError | None = None
    picture: PictureQuality | None = None

    @property
    def is_ours(self) -> bool:
        """Whether it is ani3d."""
        return self.family == OURS


@dataclass(frozen=True)
class SequenceReport:
    """All codecs on one sequence.

    Attributes:
        gaussians, moving: N, and those with a residual.
        measured_frames, pictured_frames: how many frames errors and pictures were taken of.
    """

    name: str
    gaussians: int
    moving: int
    frames: int
    fps: float
    measured_frames: int
    pictured_frames: int
    rows: tuple[Row, ...]

    def smaller_at_equal_psnr(self, row: Row) -> Factor | None:
        """How many times smaller ours is than this row at the row's mean PSNR."""
        if row.is_ours or row.outcome is None or row.picture is None:
            return None
        curve = [(r.picture.mean_db, r.outcome.bytes_per_frame) for r in self._ours() if r.picture and r.outcome]
        return factor_at(curve, row.picture.mean_db, row.outcome.bytes_per_frame)

    def smaller_at_equal_max_error(self, row: Row) -> Factor | None:
        """How many times smaller ours is than this row at the row's largest position error."""
        if row.is_ours or row.outcome is None or row.position is None:
            return None
        curve = [(_closeness(r.position), r.outcome.bytes_per_frame) for r in self._ours() if r.position and r.outcome]
        return factor_at(curve, _closeness(row.position), row.outcome.bytes_per_frame)

    def to_json(self) -> dict[str, Any]:
        """As scripts read it."""
        rows = []
        for row in self.rows:
            outcome = row.outcome
            figures = None
            if outcome is not None:
                figures = {
                    "bytes_per_frame": outcome.bytes_per_frame,
                    "clip_bytes_per_frame": outcome.clip_bytes_per_frame,
                    "encode_frames_per_s": outcome.encode_frames_per_s,
                    "encode_cpu_ms": outcome.encode_cpu_ms,
                    "decode_ms": outcome.decode_ms,
                    "position": None if row.position is None else asdict(row.position),
                    "picture": None if row.picture is None else asdict(row.picture),
                    "smaller_at_equal_psnr": _json(self.smaller_at_equal_psnr(row)),
                    "smaller_at_equal_max_error": _json(self.smaller_at_equal_max_error(row)),
                }
            rows.append({"codec": row.family, "setting": row.setting, "problem": row.problem, "figures": figures})
        own = {"name", "gaussians", "moving", "frames", "fps", "measured_frames", "pictured_frames"}
        return {key: getattr(self, key) for key in sorted(own)} | {"rows": rows}

    def _ours(self) -> list[Row]:
        return [row for row in self.rows if row.is_ours]


def factor_at(ours: Sequence[tuple[float, float]], quality: float, size: float) -> Factor | None:
    """How many times larger ``size`` is than ours at ``quality``.

    Args:
        ours: (quality, bytes) of our settings; between them the logarithm of the size is linear in quality. A setting
            that is both better and smaller than another takes its place, as it would in anybody's choice.
        quality: higher is better.
        size: bytes of the other codec.

    Returns:
        None where we have no setting as good.
    """
    points = sorted(ours)
    if not points or quality > points[-1][0]:
        return None
    qualities = [point[0] for point in points]
    smallest = np.minimum.accumulate([point[1] for point in reversed(points)])[::-1]
    if quality < qualities[0]:
        return Factor(size / float(smallest[0]), at_least=True)
    return Factor(size / float(np.exp(np.interp(quality, qualities, np.log(smallest)))), at_least=False)


def _closeness(position: PositionError) -> float:
    return -math.log(max(position.max_mm, 1e-9))


def _json(factor: Factor | None) -> dict[str, Any] | None:
    return None if factor is None else asdict(factor)
