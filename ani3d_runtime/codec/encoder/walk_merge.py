"""Merging the moving Gaussians of all levels into one walk along which neighbours in space follow each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ani3d_runtime.arrays import Int32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.codec.encoder.storage_order import morton_codes
from ani3d_runtime.codec.sections.walk import Walk


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
