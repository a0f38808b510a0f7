"""PoseHistory: what the poses so far say, as numbers that stay bounded whatever comes in.

Channels of one pose are seen from the root joint, as it has turned since the rest pose: places of tracked joints, the
direction of gravity, the root's velocity and turning, its acceleration, and products of its turning.
Each is clamped and passes a bank of damped oscillators, y'' = w^2 (channel - y) - 2 d w y', advanced by implicit Euler
steps, which no step makes unstable.
"""

from __future__ import annotations

import math

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.codec.sections.driver_model import Correctives
from ani3d_runtime.geometry.root_track import Carrying

_FILTER_STEP_S = 1 / 120
_MAX_FILTER_STEPS = 60
_LARGEST_FEATURE = 3.0
_PLACE_M, _VELOCITY_M_S, _TURNING_RAD_S, _ACCELERATION_M_S2, _PRODUCT = 3.0, 10.0, 20.0, 50.0, 100.0


class PoseHistory:
    """Features of the last poses.

    Args:
        learned: which joints, which filters, how features are scaled.
        rest_joints_m: [J, 3] where joints are in the rest pose.
    """

    def __init__(self, learned: Correctives, rest_joints_m: Float64Array) -> None:
        self._joints = learned.tracked.astype(np.int64)
        self._rest_m = rest_joints_m
        turn_hz = 2 * np.pi * learned.poles[:, :1]
        self._turn, self._damping = turn_hz, learned.poles[:, 1:]
        self._limits = np.concatenate(
            [
                np.full(3 * len(self._joints), _PLACE_M),
                np.repeat([1.0, _VELOCITY_M_S, _TURNING_RAD_S, _ACCELERATION_M_S2], 3),
                np.full(6, _PRODUCT),
            ]
        )
        channels = np.zeros(len(self._limits))
        self._place = np.tile(channels, (len(learned.poles), 1))
        self._speed = np.zeros_like(self._place)
        self._root_m, self._velocity, self._rotation = np.zeros(3), np.zeros(3), np.eye(3)

    def reset(self, transforms: Float64Array) -> None:
        """Fill the history with one pose, as if the body had always stood in it.

        Args:
            transforms: [J, 3, 4], from rest to posed.
        """
        self._root_m, self._rotation = self._root_of(transforms), transforms[0, :, :3].copy()
        self._velocity = np.zeros(3)
        channels = self._channels(transforms, np.zeros(3), np.zeros(3), np.zeros(3))
        self._place[:] = channels
        self._speed[:] = 0

    def carry(self, carrying: Carrying) -> None:
        """Take the last pose along; what filters hold is seen from the root, and stays."""
        self._root_m, self._velocity = carrying.points(self._root_m), carrying.vectors(self._velocity)
        self._rotation = carrying.turn @ self._rotation

    def step(self, transforms: Float64Array, dt_s: float) -> Float64Array:
        """[D] features of this pose, ``dt_s`` after the last."""
        root, rotation = self._root_of(transforms), transforms[0, :, :3].copy()
        velocity = (root - self._root_m) / dt_s
        acceleration = (velocity - self._velocity) / dt_s
        turning = _vector_of(self._rotation.T @ rotation) / dt_s
        self._root_m, self._velocity, self._rotation = root, velocity, rotation
        channels = self._channels(transforms, velocity, turning, acceleration)
        self._filter(channels, dt_s)
        filtered = np.stack([self._place, self._speed / self._turn], axis=1)
        return np.concatenate([channels, filtered.ravel()])

    def _root_of(self, transforms: Float64Array) -> Float64Array:
        return transforms[0, :, :3] @ self._rest_m[0] + transforms[0, :, 3]

    def _channels(
        self, transforms: Float64Array, velocity: Float64Array, turning: Float64Array, acceleration: Float64Array
    ) -> Float64Array:
        back = transforms[0, :, :3].T
        chosen = transforms[self._joints]
        places = np.einsum("tab,tb->ta", chosen[:, :, :3], self._rest_m[self._joints]) + chosen[:, :, 3]
        x, y, z = turning
        channels = np.concatenate(
            [
                ((places - self._root_of(transforms)) @ back.T).ravel(),
                -back[:, 1],
                back @ velocity,
                turning,
                back @ acceleration,
                [x * x, y * y, z * z, x * y, y * z, z * x],
            ]
        )
        return np.clip(channels, -self._limits, self._limits)

    def _filter(self, channels: Float64Array, dt_s: float) -> None:
        steps = min(_MAX_FILTER_STEPS, max(1, math.ceil(dt_s / _FILTER_STEP_S - 1e-6)))
        h = dt_s / steps
        wh = self._turn * h
        pull, share = wh * self._turn, 1 / (1 + 2 * self._damping * wh + wh * wh)
        for _ in range(steps):
            self._speed = (self._speed + pull * (channels - self._place)) * share
            self._place = self._place + h * self._speed


def scaled(features: Float64Array, learned: Correctives) -> Float64Array:
    """Features [..., D] in units of their spread, clamped."""
    return np.clip((features - learned.means) / learned.scales, -_LARGEST_FEATURE, _LARGEST_FEATURE)


def _vector_of(rotation: Float64Array) -> Float64Array:
    """Sine of the angle times the axis."""
    r = rotation
    return 0.5 * np.array([r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]])
