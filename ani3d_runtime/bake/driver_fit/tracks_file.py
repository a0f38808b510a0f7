"""Tracks of control nodes as a file, from the process that practises to the one that fits the driver."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ani3d_runtime.bake.driver_fit.clip_tracks import ClipTracks
from ani3d_runtime.body.pose import Pose
from ani3d_runtime.npz import NpzArchive

_ROOTS, _ROTATIONS, _NODES, _RATES = "root_translation_m", "joint_rotations_wxyz", "displacements_m", "fps"


def write_tracks(path: Path, tracks: Sequence[ClipTracks]) -> None:
    """Write tracks of as many frames each to an .npz: the same tracks are always the same bytes."""
    arrays: dict[str, Any] = {
        _RATES: np.array([each.fps for each in tracks]),
        _ROOTS: np.array([[pose.root_translation_m for pose in each.poses] for each in tracks]),
        _ROTATIONS: np.array([[pose.joint_rotations_wxyz for pose in each.poses] for each in tracks]),
        _NODES: np.array([each.displacements_m for each in tracks]),
    }
    np.savez(path, **arrays)


def read_tracks(path: Path) -> list[ClipTracks]:
    """The tracks that a file holds.

    Raises:
        InputError: ``npz-*``.
    """
    archive = NpzArchive(path)
    roots, rotations, nodes = (archive.array(name) for name in (_ROOTS, _ROTATIONS, _NODES))
    return [
        ClipTracks(float(fps), tuple(map(Pose, roots[number], rotations[number])), nodes[number])
        for number, fps in enumerate(archive.array(_RATES))
    ]
