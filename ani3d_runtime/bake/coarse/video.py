"""CoarseVideo: pictures along a trajectory, with what is known about every pixel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array, UInt8Array


@dataclass(frozen=True)
class CoarseVideo:
    """F pictures.

    Attributes:
        rgb: [F, H, W, 3] sRGB 0..1 over white.
        alpha: [F, H, W] coverage 0..1.
        depth_m: [F, H, W] expected depth along the view axis; 0 where nothing is.
        preserve: [F, H, W] 0..1: 1 where skin, face or accessories show, which must stay as they are; 0 where garment,
            hair or background shows, which the prior may change.
        control: [F, H, W, 3] 0..1: normals of the rigid layer in the camera's frame, (right, up, towards the camera)
            · 0.5 + 0.5; 0.5 where nothing is. The pose, as the prior is told it.
        velocity_m_s: [F, H, W, 3] of what the rigid layer shows, in the world, along the camera's axes (right, up,
            towards the camera), weighted by coverage. The pose's change, as the prior is told it.
        fps: pictures per second.
    """

    rgb: Float32Array
    alpha: Float32Array
    depth_m: Float32Array
    preserve: Float32Array
    control: Float32Array
    velocity_m_s: Float32Array
    fps: float

    def packed(self) -> dict[str, NDArray[Any]]:
        """As it is kept on disk: eight bits for what is 0..1, as any video has; depth as it is."""
        return {
            "rgb": packed_unit(self.rgb),
            "alpha": packed_unit(self.alpha),
            "depth_m": self.depth_m,
            "preserve": packed_unit(self.preserve),
            "control": packed_unit(self.control),
            "velocity_m_s": self.velocity_m_s.astype(np.float16),
            "fps": np.array(self.fps),
        }

    @classmethod
    def unpacked(cls, arrays: Mapping[str, NDArray[Any]]) -> CoarseVideo:
        """What :meth:`packed` kept."""
        return cls(
            unpacked_unit(arrays["rgb"]),
            unpacked_unit(arrays["alpha"]),
            arrays["depth_m"],
            unpacked_unit(arrays["preserve"]),
            unpacked_unit(arrays["control"]),
            arrays["velocity_m_s"].astype(np.float32),
            float(arrays["fps"]),
        )


def packed_unit(values: Float32Array) -> UInt8Array:
    """Values 0..1 in eight bits."""
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def unpacked_unit(values: UInt8Array) -> Float32Array:
    """Eight bits as values 0..1."""
    return np.divide(values, np.float32(255), dtype=np.float32)
