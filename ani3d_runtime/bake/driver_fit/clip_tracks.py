"""ClipTracks: what a baked clip says about its control nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.pose import Pose
from ani3d_runtime.package.reader import Package

# Errors of clips that move less than this count as if they moved so far: what is smaller nobody sees.
_LEAST_MOVED_M = 0.02


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

    @property
    def weight(self) -> float:
        """What a squared metre of error counts, 1/m^2: a quiet clip is to be foretold as well as a wild one."""
        moved = np.square(self.displacements_m).sum(axis=2).mean() if len(self) else 0.0
        return 1 / (float(moved) + _LEAST_MOVED_M**2)

    def part(self, start: int, count: int) -> ClipTracks:
        """At most ``count`` frames from ``start`` on."""
        frames = slice(start, start + count)
        return ClipTracks(self.fps, self.poses[frames], self.displacements_m[frames])

    def liveliest(self, count: int) -> ClipTracks:
        """The ``count`` frames in a row between which nodes move most."""
        moved = np.square(np.diff(self.displacements_m, axis=0)).sum(axis=(1, 2))
        until = np.concatenate([[0.0], np.cumsum(moved)])
        within = until[count - 1 :] - until[: max(len(until) - count + 1, 0)]
        return self.part(int(within.argmax()) if len(within) else 0, count)


def in_several(clips: Sequence[ClipTracks]) -> list[ClipTracks]:
    """Clips of which one can be left out: a single one in two halves."""
    if len(clips) > 1 or len(clips[0]) < 2:
        return list(clips)
    half = len(clips[0]) // 2
    return [clips[0].part(0, half), clips[0].part(half, len(clips[0]))]


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
