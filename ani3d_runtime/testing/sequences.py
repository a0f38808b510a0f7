"""A dancer-like sequence in a second, without a body or a simulation: a skirt, hair and a body that stands still.

The skirt is a cone whose folds are sums of travelling waves with slowly wandering amplitudes, growing towards the hem;
hair hangs in strands that swing together and a little each on its own. Rotations follow the surfaces.
"""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.avatar import Avatar, Binding, Part
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.geometry.quaternion import (
    quaternion_from_matrix,
    rotation_vector_from_quaternion,
)
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.splats import SplatCloud

_FPS = 30.0
_WAIST_M, _HEM_M = 1.0, 0.45
_STRANDS_PER_GAUSSIAN = 1 / 35
_TIP = 1e-3


def dancing_sequence(
    gaussian_count: int = 5000,
    frame_count: int = 60,
    *,
    skirt_share: float = 0.24,
    hair_share: float = 0.14,
    jitter_m: float = 0.0,
    seed: int = 0,
) -> tuple[Avatar, ResidualLayer]:
    """An avatar and its residual layer.

    Args:
        gaussian_count: N.
        frame_count: T, at 30 frames per second.
        skirt_share: part of N that is skirt.
        hair_share: part of N that is hair.
        jitter_m: standard deviation of white noise added to every displacement, metres.
        seed: everything random follows from it.

    Returns:
        The avatar (SH degree 0, two joints) and its residual layer with rotations.
    """
    generator = np.random.default_rng(seed)
    skirt_count = int(gaussian_count * skirt_share)
    hair_count = int(gaussian_count * hair_share)
    skirt = _Skirt(generator, skirt_count, frame_count)
    hair = _Hair(generator, hair_count, frame_count)
    body = _body_points(generator, gaussian_count - skirt_count - hair_count)
    skirt_rest, skirt_axes = skirt.rest()
    hair_rest, hair_axes = hair.rest()
    shape = (frame_count, skirt_count + hair_count, 3)
    # Frame by frame: a long sequence in double precision would not fit in memory.
    dpos, drot = np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.float32)
    for frame in range(frame_count):
        moved, turned = _moved(skirt, skirt_rest, skirt_axes, frame)
        swung, twisted = _moved(hair, hair_rest, hair_axes, frame)
        dpos[frame] = np.concatenate([moved, swung]) + generator.normal(0, 1, shape[1:]) * jitter_m
        drot[frame] = np.concatenate([turned, twisted])
    avatar = _avatar(generator, body, skirt_rest, skirt_axes, hair_rest, hair_axes)
    indices = np.arange(len(body), gaussian_count, dtype=np.int32)
    return avatar, ResidualLayer(gaussian_count, indices, dpos, drot)


class _Skirt:
    """Points on a cone at angle ``theta`` and height ``down`` (0 waist, 1 hem), moved by waves."""

    def __init__(self, generator: np.random.Generator, count: int, frame_count: int, waves: int = 24) -> None:
        self.theta = generator.uniform(0, 2 * np.pi, count)
        self.down = np.sqrt(generator.uniform(0.02, 1, count))
        self.order = generator.integers(1, 11, waves)
        self.speed_hz = generator.normal(0, 0.6, waves)
        self.phase = generator.uniform(0, 2 * np.pi, waves)
        self.direction = generator.normal(0, 1, (waves, 3)) * np.array([1.0, 0.5, 0.6])
        wander = _wandering(generator, frame_count, waves)
        self.amplitude_m = 0.08 * wander / self.order**0.8

    def rest(self) -> tuple[Float64Array, Float64Array]:
        """([n, 3] points, [n, 3, 3] rotations whose columns are along, across and out of the cloth)."""
        points = self._cone(self.theta, self.down)
        return points, _frames(
            points, self._cone(self.theta + _TIP, self.down), self._cone(self.theta, self.down + _TIP)
        )

    def at(self, frame: int) -> tuple[Float64Array, Float64Array]:
        """The same in a frame."""
        points = self._waving(self.theta, self.down, frame)
        along = self._waving(self.theta + _TIP, self.down, frame)
        across = self._waving(self.theta, self.down + _TIP, frame)
        return points, _frames(points, along, across)

    @staticmethod
    def _cone(theta: Float64Array, down: Float64Array) -> Float64Array:
        radius = 0.14 + 0.25 * down
        return np.stack([radius * np.sin(theta), _WAIST_M + (_HEM_M - _WAIST_M) * down, radius * np.cos(theta)], axis=1)

    def _waving(self, theta: Float64Array, down: Float64Array, frame: int) -> Float64Array:
        angle = self.order * theta[:, None] + 2 * np.pi * self.speed_hz * frame / _FPS + self.phase
        angle = angle + 2.0 * down[:, None]
        weights = np.sin(angle) * self.amplitude_m[frame] * down[:, None] ** 1.5
        local = weights @ self.direction
        sine, cosine = np.sin(theta), np.cos(theta)
        moved = np.stack(
            [local[:, 0] * sine + local[:, 2] * cosine, local[:, 1], local[:, 0] * cosine - local[:, 2] * sine], axis=1
        )
        return self._cone(theta, down) + moved


class _Hair:
    """Strands that hang from the scalp and swing."""

    def __init__(self, generator: np.random.Generator, count: int, frame_count: int) -> None:
        strands = max(1, int(count * _STRANDS_PER_GAUSSIAN))
        self.strand = np.arange(count) % strands
        self.along = (np.arange(count) // strands + 0.5) / max(1, -(-count // strands))
        angle = generator.uniform(np.pi * 0.6, np.pi * 2.4, strands)
        self.root = np.stack(
            [0.09 * np.cos(angle), generator.uniform(1.55, 1.68, strands), 0.09 * np.sin(angle)], axis=1
        )
        together = _wandering(generator, frame_count, 3)
        apart = _wandering(generator, frame_count, 3 * strands).reshape(frame_count, strands, 3)
        self.swing_m = (0.12 * together[:, None] + 0.03 * apart) * np.array([1.0, 0.15, 1.0])

    def rest(self) -> tuple[Float64Array, Float64Array]:
        """([n, 3] points, [n, 3, 3] rotations whose first column runs along the strand)."""
        return self._bent(np.zeros_like(self.swing_m[0]))

    def at(self, frame: int) -> tuple[Float64Array, Float64Array]:
        """The same in a frame."""
        return self._bent(self.swing_m[frame])

    def _bent(self, swing_m: Float64Array) -> tuple[Float64Array, Float64Array]:
        points = self._curve(swing_m, self.along)
        ahead = self._curve(swing_m, self.along + _TIP)
        return points, _frames(points, ahead, points + np.array([1.0, 0.1, 0.2]))

    def _curve(self, swing_m: Float64Array, along: Float64Array) -> Float64Array:
        root = self.root[self.strand]
        hang = np.stack([0.05 * along, -0.35 * along, -0.04 * along], axis=1)
        return root + hang + swing_m[self.strand] * along[:, None] ** 2


def _moved(
    thing: _Skirt | _Hair, rest: Float64Array, rest_axes: Float64Array, frame: int
) -> tuple[Float64Array, Float64Array]:
    points, axes = thing.at(frame)
    turn = axes @ rest_axes.transpose(0, 2, 1)
    return points - rest, rotation_vector_from_quaternion(quaternion_from_matrix(turn))


def _wandering(generator: np.random.Generator, frame_count: int, channels: int) -> Float64Array:
    """[T, channels] smooth random signals of about unit size, with most of their power below 2 Hz."""
    lead = 30
    noise = generator.normal(0, 1, (frame_count + 2 * lead, channels))
    window = np.hanning(2 * lead + 1)[::2]
    kernel = window / np.linalg.norm(window)
    smooth = np.stack([np.convolve(noise[:, c], kernel, mode="same") for c in range(channels)], axis=1)
    return smooth[lead : lead + frame_count]


def _frames(points: Float64Array, along: Float64Array, across: Float64Array) -> Float64Array:
    first = along - points
    first = first / np.linalg.norm(first, axis=1, keepdims=True)
    third = np.cross(first, across - points)
    third = third / np.linalg.norm(third, axis=1, keepdims=True)
    return np.stack([first, np.cross(third, first), third], axis=2)


def _body_points(generator: np.random.Generator, count: int) -> Float64Array:
    angle = generator.uniform(0, 2 * np.pi, count)
    height = generator.uniform(0, 1.7, count)
    return np.stack([0.12 * np.sin(angle), height, 0.1 * np.cos(angle)], axis=1)


def _avatar(
    generator: np.random.Generator,
    body: Float64Array,
    skirt: Float64Array,
    skirt_axes: Float64Array,
    hair: Float64Array,
    hair_axes: Float64Array,
) -> Avatar:
    counts = (len(body), len(skirt), len(hair))
    count = sum(counts)
    identity = np.broadcast_to(np.eye(3), (len(body), 3, 3))
    axes = np.concatenate([identity, skirt_axes, hair_axes])
    sizes: Float32Array = np.repeat(
        np.array([(6e-3, 6e-3, 1e-3), (6e-3, 5e-3, 8e-4), (8e-3, 6e-4, 6e-4)], dtype=np.float32), counts, axis=0
    )
    splats = SplatCloud.checked(
        np.concatenate([body, skirt, hair]),
        quaternion_from_matrix(axes),
        sizes * np.exp(generator.normal(0, 0.15, (count, 1))),
        generator.uniform(0.6, 1, count),
        generator.normal(0, 0.3, (count, 1, 3)),
    )
    parts = np.repeat(np.array([Part.SKIN, Part.GARMENT, Part.HAIR], dtype=np.uint8), counts)
    joints = np.zeros((count, 4), dtype=np.uint8)
    joints[parts == Part.HAIR] = 1
    weights = np.zeros((count, 4), dtype=np.float32)
    weights[:, 0] = 1
    skeleton = Skeleton.in_zero_pose(
        ("pelvis", "head"),
        np.array([-1, 0], dtype=np.int32),
        np.array([[0, 0.9, 0], [0, 1.5, 0]], dtype=np.float32),
    )
    return Avatar("dancing", splats, skeleton, Binding(joints, weights, parts))
