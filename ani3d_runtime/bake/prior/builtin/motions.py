"""Random motions that the built-in prior is trained on: made-up dances and gaits, and the built-in clips at other
speeds. The built-in dance, which the prior is evaluated on, is not among them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ani3d_runtime.bake.practice.motions import FPS, made_up_motion, turning_yaw, turns
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers.motion_file import read_motion, resampled
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.geometry.quaternion import multiply

SOURCE_CLIPS = ("run", "walk", "cmu_01_01")


def random_motion(name: str, skeleton: Skeleton, frames: int, rng: np.random.Generator) -> Motion:
    """``frames`` frames at 30 Hz on the floor; the body spins, walks, kicks, sways and stops at random."""
    kind = rng.choice(("dance", "gait", "clip"), p=(0.55, 0.25, 0.20))
    if kind == "clip":
        return _varied_clip(name, skeleton, frames, rng)
    return made_up_motion(name, "dance" if kind == "dance" else "gait", skeleton, frames, rng)


def _varied_clip(name: str, skeleton: Skeleton, frames: int, rng: np.random.Generator) -> Motion:
    source = read_motion(str(rng.choice(SOURCE_CLIPS)), skeleton)
    speed = rng.uniform(0.7, 1.4)
    motion = resampled(replace(source, fps=source.fps * speed), FPS)
    start = int(rng.integers(0, max(1, motion.frame_count - frames)))
    motion = motion.slice(start, start + frames)
    rotations = motion.joint_rotations_wxyz.astype(np.float64)
    if rng.random() < 0.5:
        yaw = turning_yaw(rng, motion.frame_count, rng.uniform(0.1, 1))
        rotations[:, 0] = multiply(turns(yaw), rotations[:, 0])
    return replace(motion, name=name, joint_rotations_wxyz=rotations.astype(np.float32))
