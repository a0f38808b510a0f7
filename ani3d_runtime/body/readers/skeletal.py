"""SkeletalMotion: a motion on the skeleton of its own file, as BVH, FBX and glTF hold it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float64Array, Int32Array
from ani3d_runtime.geometry.frames import Axes


@dataclass(frozen=True)
class SkeletalMotion:
    """A motion as its file holds it, in its own unit and axes.

    Attributes:
        joint_names: K names, parents first; end sites are named ``<parent> end``.
        parents: [K] int32, -1 for the root.
        offsets: [K, 3] from the parent, file unit.
        is_end: [K] bool, True for end sites.
        root_position: [T, 3] of the root joint, file unit.
        rotations_wxyz: [T, K, 4] local.
        fps: frames per second, Hz.
        declared_frame_count: what the file says T is; some files hold more, none may hold less.
        positions: [T, K, 3] of every joint from its parent, file unit; None where only the root moves.
        axes: how its axes lie, where its format says so.
        metres_per_unit: where its format says so.
    """

    joint_names: tuple[str, ...]
    parents: Int32Array
    offsets: Float64Array
    is_end: np.ndarray[tuple[int], np.dtype[np.bool_]]
    root_position: Float64Array
    rotations_wxyz: Float64Array
    fps: float
    declared_frame_count: int
    positions: Float64Array | None = None
    axes: Axes | None = None
    metres_per_unit: float | None = None

    @property
    def frame_count(self) -> int:
        """T, the number of frames."""
        return len(self.root_position)
