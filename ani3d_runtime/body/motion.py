"""Motion: a pose for every frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.errors import MotionError


@dataclass(frozen=True)
class Motion:
    """Local joint rotations and root translation at a fixed rate.

    Attributes:
        name: the clip is named after it.
        fps: frames per second, Hz.
        joint_names: J names, in the order of ``joint_rotations_wxyz``.
        root_translation_m: [T, 3] added to the root joint's zero position, metres, Y up.
        joint_rotations_wxyz: [T, J, 4] unit, relative to the zero pose of the body.
        betas: [B] body shape the motion was captured with; None where unknown.
        before: frames that led to the first one, at the same rate and not kept; what swings is simulated through them.
    """

    name: str
    fps: float
    joint_names: tuple[str, ...]
    root_translation_m: Float32Array
    joint_rotations_wxyz: Float32Array
    betas: Float32Array | None = None
    before: Motion | None = None

    def __post_init__(self) -> None:
        frames = len(self.root_translation_m)
        shapes_ok = (
            frames > 0
            and self.root_translation_m.shape == (frames, 3)
            and self.joint_rotations_wxyz.shape == (frames, len(self.joint_names), 4)
        )
        if not shapes_ok or not 0 < self.fps <= 1000:
            raise MotionError(
                "motion-wrong-shape",
                self.name,
                found=f"translation {self.root_translation_m.shape}, rotations {self.joint_rotations_wxyz.shape}, "
                f"{self.fps} fps",
                expected=f"[T, 3] and [T, {len(self.joint_names)}, 4] with T > 0, and 0 < fps <= 1000",
                fix="Check the file's joint count and frame rate.",
            )
        if not (np.isfinite(self.root_translation_m).all() and np.isfinite(self.joint_rotations_wxyz).all()):
            raise MotionError(
                "motion-not-finite",
                self.name,
                found="NaN or infinite values",
                expected="finite rotations and translations",
                fix="Repair or trim the capture.",
            )

    @property
    def frame_count(self) -> int:
        """T, the number of frames."""
        return len(self.root_translation_m)

    @property
    def duration_s(self) -> float:
        """Seconds from the first frame to the last."""
        return (self.frame_count - 1) / self.fps

    def slice(self, start: int, stop: int) -> Motion:
        """Frames ``start`` to ``stop`` (exclusive), and nothing of what came before."""
        return Motion(
            self.name,
            self.fps,
            self.joint_names,
            self.root_translation_m[start:stop],
            self.joint_rotations_wxyz[start:stop],
            self.betas,
        )
