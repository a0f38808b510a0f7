"""Walk: the moving Gaussians in one line, neighbours in space side by side, whatever their levels of detail.

Storage order is a few runs (one per level), each along the same curve. Merging the runs gives the walk back; all that
has to be stored is which run is next.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Int32Array


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
