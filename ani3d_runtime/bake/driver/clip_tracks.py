"""ClipTracks: what a baked clip says about its control nodes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.pose import Pose
from ani3d_runtime.package.reader import Package


@dataclass(frozen=True)
class ClipTracks:
    """One clip.

    Attributes:
        fps: Hz.
        poses: T poses.
        displacements_m: [T, M, 3] of the control nodes.
    """

    fps: float
    poses: tuple[Pose, ...]
    displacements_m: Float64Array

    def __len__(self) -> int:
        return len(self.poses)

    def first(self, count: int) -> ClipTracks:
        """The first ``count`` frames."""
        return ClipTracks(self.fps, self.poses[:count], self.displacements_m[:count])


def clip_tracks(package: Package) -> list[ClipTracks]:
    """All clips of a package that carry a residual layer."""
    tracks: list[ClipTracks] = []
    for name in package.clip_names:
        clip = package.clip(name)
        groups = [clip.residual_group(group, detail=False) for group in range(clip.group_count)]
        moved = [group.node_displacements_m for group in groups if group is not None]
        if not moved:
            continue
        motion = clip.motion()
        poses = tuple(map(Pose, motion.root_translation_m, motion.joint_rotations_wxyz))
        tracks.append(ClipTracks(clip.fps, poses, np.concatenate(moved).astype(np.float64)))
    return tracks
