"""BvhSource: a BVH file, played as if it were captured now."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ani3d_runtime.body.joint_names import SMPLX_JOINT_NAMES
from ani3d_runtime.body.mapping import guess_mapping, read_mapping
from ani3d_runtime.body.model import SMPL_JOINT_NAMES
from ani3d_runtime.body.readers.bounds import refuse_absurd
from ani3d_runtime.body.readers.bvh import bvh_takes, read_bvh
from ani3d_runtime.body.readers.captured_motion import upright_capture
from ani3d_runtime.body.readers.notes import Say, silent
from ani3d_runtime.body.retarget_live import SourceSkeleton
from ani3d_runtime.client.sources.feed import SourcePose

_KNOWN_JOINTS = tuple(dict.fromkeys((*SMPL_JOINT_NAMES, *SMPLX_JOINT_NAMES)))


class BvhSource:
    """Plays a file by the clock, frame by frame at its own rate.

    Args:
        path: the file.
        mapping: JSON file of joint names for a file with names of its own.
        loop: start again at the end.
        seconds: stop after so many; None for the file's end.
        say: takes what is decided about its axes, and doubts.

    Attributes:
        skeleton: the file's.
        fps: the file's frames per second.
        frame_count: frames in the file.

    Raises:
        MotionError: ``bvh-*``, ``motion-*``, ``mapping-*``, ``retarget-*``.
    """

    def __init__(
        self,
        path: Path,
        *,
        mapping: Path | None = None,
        loop: bool = False,
        seconds: float | None = None,
        say: Say = silent,
    ) -> None:
        bvh = read_bvh(path)
        refuse_absurd(bvh, str(path))
        takes = bvh_takes(path)
        if len(takes) > 1:
            say(f"{path.name}: {len(takes)} takes (MOTION sections); the first is played")
        if mapping is None:
            matched, _ = guess_mapping(bvh.joint_names, str(path))
        else:
            matched = read_mapping(mapping, bvh.joint_names, _KNOWN_JOINTS)
        capture, rest = upright_capture(bvh, matched, str(path), say)
        self.fps = bvh.fps
        self.frame_count = bvh.frame_count
        self.skeleton = SourceSkeleton(
            joint_names=capture.joint_names,
            parents=capture.parents,
            offsets=capture.offsets.astype(np.float32),
            rest_rotations_wxyz=rest.astype(np.float32),
            axes="yup",
            mapping={}
            if mapping is None
            else {capture.joint_names[k]: name for k, name in capture.body_joints.items()},
        )
        self._rotations = capture.rotations_wxyz.astype(np.float32)
        self._root = capture.root_position.astype(np.float32)
        self._loop = loop
        self._seconds = seconds

    def poses(self) -> Iterator[SourcePose]:
        """Poses, each when it is due; a pose that is overdue by more than a frame is left out."""
        started_s = time.monotonic()
        number = 0
        while self._seconds is None or number < self._seconds * self.fps:
            if number >= self.frame_count and not self._loop:
                return
            due_s = started_s + number / self.fps
            time.sleep(max(0.0, due_s - time.monotonic()))
            frame = number % self.frame_count
            yield SourcePose(self._rotations[frame], self._root[frame], due_s, number > 0 and frame == 0)
            number = max(number + 1, int((time.monotonic() - started_s) * self.fps))
