"""A BVH file as the motion of a body."""

from __future__ import annotations

from pathlib import Path

from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers.bvh import read_bvh
from ani3d_runtime.body.readers.captured_motion import captured_motion
from ani3d_runtime.body.readers.notes import Say
from ani3d_runtime.body.readers.options import MotionOptions
from ani3d_runtime.body.skeleton import Skeleton


def read_bvh_motion(path: Path, skeleton: Skeleton, *, name: str, options: MotionOptions, say: Say) -> Motion:
    """Read a BVH file and retarget it to a skeleton.

    Args:
        path: the file.
        skeleton: the body's.
        name: name of the motion.
        options: how the file is to be understood.
        say: takes one sentence per decision, and doubts.

    Raises:
        MotionError: ``bvh-*``, ``mapping-*``, ``motion-*``, ``retarget-*``.
    """
    bvh = read_bvh(path)
    if bvh.frame_count > bvh.declared_frame_count:
        say(
            f"{path.name}: holds {bvh.frame_count} frames, though it declares {bvh.declared_frame_count}; all are taken"
        )
    return captured_motion(bvh, skeleton, name=name, options=options, subject=str(path), say=say)
