"""Walk: the moving Gaussians in one line, neighbours in space side by side, whatever their levels of detail.

Storage order is a few runs (one per level), each along the same curve. Merging the runs gives the walk back; all that
has to be stored is which run is next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Int32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.codec.order import morton_codes


@dataclass(frozen=True)
class Walk:
    """A merge of runs.

    Attributes:
        run_ends: where each run ends in the list of moving Gaussians, increasing, the last one S.
        runs: [S] int32, the run that the k-th of the walk is the next member of.
    """

    run_ends: tuple[int, ...]
    runs: Int32Array

    def tracks(self) -> Int32Array | None:
        """[S] the moving Gaussians along the walk, or None where ``runs`` does not use up every run exactly."""
        starts = np.array((0, *self.run_ends[:-1]), dtype=np.int64)
        ends = np.array(self.run_ends, dtype=np.int64)
        inside = bool(((self.runs >= 0) & (self.runs < len(starts))).all())
        if not inside or (np.bincount(self.runs, minlength=len(starts)) != ends - starts).any():
            return None
        tracks = np.empty(len(self.runs), dtype=np.int32)
        tracks[np.argsort(self.runs, kind="stable")] = np.arange(len(tracks), dtype=np.int32)
        return tracks


def merged_walk(decoded: Avatar, moving: Int32Array, level_sizes: Sequence[int]) -> Walk:
    """Merge the moving Gaussians of all levels by part and Morton code; any merge is valid, a good one is short.

    ``moving`` increases but for one place: Gaussians that only one clip moves follow those that the model knows.
    """
    drops = np.flatnonzero(np.diff(moving) < 0) + 1
    level_ends = np.cumsum(level_sizes)
    ends = np.unique(
        np.concatenate(
            [
                first + np.searchsorted(stretch, level_ends)
                for first, stretch in zip((0, *drops), np.split(moving, drops), strict=True)
            ]
        )
    )
    ends = ends[ends > 0]
    means = decoded.splats.means_m
    part_first = decoded.binding.parts[moving].astype(np.uint64) << np.uint64(56)
    keys = part_first | morton_codes(means)[moving]
    runs = np.searchsorted(ends, np.arange(len(moving)), side="right")
    # Rounding may have moved a Gaussian before its predecessor in the run; a run is never reordered.
    for run in range(len(ends)):
        members = runs == run
        keys[members] = np.maximum.accumulate(keys[members])
    return Walk(tuple(int(end) for end in ends), runs[np.argsort(keys, kind="stable")].astype(np.int32))
