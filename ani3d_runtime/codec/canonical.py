"""Canonical splats and their binding, one self-contained section per level of detail.

What is lost: see :class:`CanonicalSteps`; besides at most 1/510 of opacity and 1/8190 per weight.
docs/SPEC.md, chapter "Section splats", holds the layout.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array, UInt8Array
from ani3d_runtime.avatar import MAX_JOINTS_PER_GAUSSIAN, WEIGHT_UNITS, Avatar, Binding, Part
from ani3d_runtime.codec.cursor import Cursor, corrupt, packed_floats, varint
from ani3d_runtime.codec.integers import decode_integers, encode_integers, row_lengths
from ani3d_runtime.codec.quaternions import pack_smallest_three, unpack_smallest_three
from ani3d_runtime.errors import InputError
from ani3d_runtime.splats import SplatCloud

_LAYOUT = 1
_OPACITY_STEP = 1 / 255
_SH_DC = 0.28209479177387814
_MAX_STEPS = 1 << 28
_MAX_ROTATION_STEPS = 1 << 14
_PLAIN, _DELTA = 0, 1


@dataclass(frozen=True)
class CanonicalSteps:
    """How finely the rest pose is told.

    Attributes:
        position_error_m: bound on the distance of a decoded mean from the source.
        rotation_steps: of a quaternion component between 0 and 1 / sqrt 2; 255 are 0.18 degrees rms, 0.47 at most.
        log_scale: step of the natural logarithm of scales; half of it is lost at most.
        colour: step of degree-0 colour, 0..1.
        harmonics: step of higher harmonics.
    """

    position_error_m: float = 5e-5
    rotation_steps: int = 255
    log_scale: float = 0.04
    colour: float = 1 / 255
    harmonics: float = 0.02


_MAX_LOG_SCALE = 20.0


def encode_canonical(
    stored: Avatar,
    level_sizes: Sequence[int],
    *,
    steps: CanonicalSteps | None = None,
    codec_id: str = "rans",
) -> dict[str, bytes]:
    """Sections ``splats.0``, ``splats.1``, … of an avatar in storage order, one per level.

    Args:
        stored: the avatar, already in storage order.
        level_sizes: of :class:`~ani3d_runtime.codec.order.StorageOrder`.
        steps: how finely; the defaults of :class:`CanonicalSteps` where not given.
        codec_id: entropy codec of the streams.
    """
    ends = np.cumsum(level_sizes)
    sections: dict[str, bytes] = {}
    for level, (size, end) in enumerate(zip(level_sizes, ends, strict=True)):
        members = np.arange(end - size, end, dtype=np.int32)
        sections[f"splats.{level}"] = _encode_level(stored.take(members), steps or CanonicalSteps(), codec_id)
    return sections


def decode_canonical(
    sections: Mapping[str, bytes | memoryview],
    level_sizes: Sequence[int],
    *,
    joint_count: int,
    levels: int | None = None,
) -> tuple[SplatCloud, Binding]:
    """The Gaussians of the first ``levels`` levels (all by default); only their sections are needed.

    Raises:
        BrokenPackageError: ``section-missing``, ``section-*``, ``entropy-corrupt`` or ``splats-invalid``.
    """
    wanted = len(level_sizes) if levels is None else min(levels, len(level_sizes))
    parts: list[tuple[SplatCloud, Binding]] = []
    for level, size in enumerate(level_sizes[:wanted]):
        name = f"splats.{level}"
        if name not in sections:
            raise corrupt("section-missing", name, found="no such section", expected=f"one per level, {wanted} in all")
        parts.append(_decode_level(sections[name], name, size, joint_count))
    degrees = {cloud.sh.shape[1] for cloud, _ in parts}
    if len(degrees) != 1:
        raise corrupt(
            "splats-invalid", "splats.0", found="levels of different degrees", expected="one degree of harmonics"
        )
    cloud = SplatCloud(
        np.concatenate([c.means_m for c, _ in parts]),
        np.concatenate([c.quats_wxyz for c, _ in parts]),
        np.concatenate([c.scales_m for c, _ in parts]),
        np.concatenate([c.opacities for c, _ in parts]),
        np.concatenate([c.sh for c, _ in parts]),
    )
    binding = Binding(
        np.concatenate([b.joints for _, b in parts]),
        np.concatenate([b.weights for _, b in parts]),
        np.concatenate([b.parts for _, b in parts]),
    )
    return cloud, binding


def stored_steps(section: bytes | memoryview) -> CanonicalSteps:
    """How finely a section ``splats.k`` was told.

    Raises:
        BrokenPackageError: ``section-*``.
    """
    cursor = Cursor(section, "splats")
    cursor.expect_version(_LAYOUT)
    cursor.u8()
    step, log_scale, colour, harmonics = cursor.floats(4).tolist()
    rotation_steps = cursor.varint(_MAX_ROTATION_STEPS)
    return CanonicalSteps(step * math.sqrt(3) / 2, rotation_steps, log_scale, colour * _SH_DC, harmonics)


def _encode_level(level: Avatar, steps: CanonicalSteps, codec_id: str) -> bytes:
    splats, binding = level.splats, level.binding
    count = level.count
    runs = _part_runs(binding.parts)
    # A hundredth is kept back for float32 rounding in the decoder.
    step = np.float32(2 / math.sqrt(3) * steps.position_error_m * 0.99)
    log_scale_step = np.float32(steps.log_scale)
    dc_step, harmonics_step = np.float32(steps.colour / _SH_DC), np.float32(steps.harmonics)
    floats = np.array([step, log_scale_step, dc_step, harmonics_step])
    head = bytearray([_LAYOUT, splats.sh_degree]) + packed_floats(floats) + varint(steps.rotation_steps)
    head += varint(len(runs))
    cells = np.empty((3, count), dtype=np.int64)
    for part, start, stop in runs:
        low = splats.means_m[start:stop].min(axis=0)
        offsets = (splats.means_m[start:stop].astype(np.float64) - low) / np.float64(step)
        if offsets.max() >= _MAX_STEPS:
            raise InputError(
                "splats-too-large",
                "splat cloud",
                found=f"an extent of {float(offsets.max() * step):.3g} m with a position error of "
                f"{steps.position_error_m} m",
                expected=f"at most {_MAX_STEPS} steps",
                fix="Scale the cloud to metres, or allow a larger error.",
            )
        head += bytes([part]) + varint(stop - start) + packed_floats(low)
        cells[:, start:stop] = np.rint(offsets).T
    largest, smallest_three = pack_smallest_three(splats.quats_wxyz, steps.rotation_steps)
    colour = np.rint(splats.sh[:, 0] / np.float64(dc_step)).astype(np.int64)
    differences = np.stack([colour[:, 1], colour[:, 0] - colour[:, 1], colour[:, 2] - colour[:, 1]])
    rest = np.rint(splats.sh[:, 1:] / np.float64(harmonics_step)).astype(np.int64).reshape(count, -1).T
    joints, weights = _quantised_weights(binding)
    log_scales = np.rint(np.log(splats.scales_m.T.astype(np.float64)) / np.float64(log_scale_step))
    tables = (
        cells,
        largest[None],
        smallest_three,
        log_scales.astype(np.int64),
        np.rint(splats.opacities / _OPACITY_STEP).astype(np.int64)[None],
        differences,
        rest,
        joints,
        weights[1:],
    )
    return bytes(head) + b"".join(_encode_table(table, codec_id) for table in tables)


def _encode_table(table: np.ndarray, codec_id: str) -> bytes:
    """Plain, or as differences of neighbours where those are smaller; a byte says which."""
    deltas = np.diff(table, axis=1, prepend=np.zeros((len(table), 1), dtype=np.int64))
    is_smaller = np.log2(1 + np.abs(deltas)).sum() < np.log2(1 + np.abs(table)).sum()
    rows = row_lengths(*table.shape)
    return bytes([_DELTA if is_smaller else _PLAIN]) + encode_integers(deltas if is_smaller else table, rows, codec_id)


def _decode_table(cursor: Cursor, rows: int, count: int) -> np.ndarray:
    """[rows, count] int64."""
    mode = cursor.u8()
    if mode not in (_PLAIN, _DELTA):
        raise corrupt("splats-invalid", cursor.section, found=f"a table of mode {mode}", expected="0 or 1")
    table = decode_integers(cursor, row_lengths(rows, count)).reshape(rows, count)
    return np.cumsum(table, axis=1, dtype=np.int64) if mode == _DELTA else table.astype(np.int64)


def _decode_level(section: bytes | memoryview, name: str, count: int, joint_count: int) -> tuple[SplatCloud, Binding]:
    cursor = Cursor(section, name)
    cursor.expect_version(_LAYOUT)
    degree = cursor.u8()
    steps = cursor.floats(4).astype(np.float64)
    step, log_scale_step, dc_step, harmonics_step = steps.tolist()
    rotation_steps = cursor.varint(_MAX_ROTATION_STEPS)
    parts, origins = _read_part_runs(cursor, count)
    if degree > 3 or (steps <= 0).any() or (steps >= 1e3).any() or rotation_steps == 0:
        raise corrupt("splats-invalid", name, found=f"degree {degree}, steps {steps}", expected="0..3 and steps > 0")
    cells = _decode_table(cursor, 3, count)
    largest = _decode_table(cursor, 1, count)[0]
    smallest_three = _decode_table(cursor, 3, count)
    log_scales = _decode_table(cursor, 3, count) * log_scale_step
    opacities = _decode_table(cursor, 1, count)[0]
    differences = _decode_table(cursor, 3, count)
    rest = _decode_table(cursor, 3 * ((degree + 1) ** 2 - 1), count)
    joints = _decode_table(cursor, MAX_JOINTS_PER_GAUSSIAN, count)
    weights = _decode_table(cursor, MAX_JOINTS_PER_GAUSSIAN - 1, count)
    cursor.expect_end()
    first = WEIGHT_UNITS - weights.sum(axis=0)
    quats = unpack_smallest_three(largest, smallest_three, rotation_steps)
    if (
        quats is None
        or np.abs(cells).max() > _MAX_STEPS
        or np.abs(log_scales).max() > _MAX_LOG_SCALE
        or opacities.min() < 0
        or opacities.max() > 255
        or joints.min() < 0
        or joints.max() >= joint_count
        or weights.min() < 0
        or first.min() < 0
        or max(np.abs(differences).max(), np.abs(rest).max(initial=0)) > 1 << 20
    ):
        raise corrupt(
            "splats-invalid",
            name,
            found="a rotation, scale, opacity, colour, joint or weight out of range",
            expected=f"opacities 0..255, joints below {joint_count}, weights summing to {WEIGHT_UNITS}",
        )
    means = (cells.T * step + origins).astype(np.float32)
    green, red, blue = differences[0], differences[0] + differences[1], differences[0] + differences[2]
    dc = np.stack([red, green, blue], axis=1) * dc_step
    higher = rest.T.reshape(count, -1, 3) * harmonics_step
    cloud = SplatCloud(
        means,
        quats,
        np.exp(log_scales).T.astype(np.float32),
        (opacities * np.float64(_OPACITY_STEP)).astype(np.float32),
        np.concatenate([dc[:, None], higher], axis=1).astype(np.float32),
    )
    all_weights = np.concatenate([first[None], weights]).T / np.float64(WEIGHT_UNITS)
    binding = Binding(joints.T.astype(np.uint8), all_weights.astype(np.float32), parts)
    return cloud, binding


def _part_runs(parts: UInt8Array) -> list[tuple[int, int, int]]:
    """(part, start, stop) of stretches of one part."""
    edges = [0, *(np.flatnonzero(np.diff(parts)) + 1).tolist(), len(parts)]
    return [(int(parts[a]), a, b) for a, b in itertools.pairwise(edges)]


def _read_part_runs(cursor: Cursor, count: int) -> tuple[UInt8Array, Float32Array]:
    """Part label [count] and box corner [count, 3] of every Gaussian."""
    parts = np.zeros(count, dtype=np.uint8)
    origins = np.zeros((count, 3), dtype=np.float32)
    filled = 0
    for _ in range(cursor.varint(count)):
        part, length = cursor.u8(), cursor.varint(count)
        corner = cursor.floats(3)
        if part > max(Part) or not 0 < length <= count - filled:
            raise corrupt("splats-invalid", cursor.section, found=f"{length} of part {part}", expected="known parts")
        parts[filled : filled + length] = part
        origins[filled : filled + length] = corner
        filled += length
    if filled != count:
        raise corrupt("splats-invalid", cursor.section, found=f"parts of {filled}", expected=f"{count} Gaussians")
    return parts, origins


def _quantised_weights(binding: Binding) -> tuple[np.ndarray, np.ndarray]:
    """Joints and weights [4, n] by rising joint, so that neighbours' slots agree; weights sum to WEIGHT_UNITS exactly.

    Unused slots come last and repeat the first joint.
    """
    weights = binding.weights.astype(np.float64)
    exact = weights / weights.sum(axis=1, keepdims=True) * WEIGHT_UNITS
    whole = np.floor(exact).astype(np.int64)
    missing = WEIGHT_UNITS - whole.sum(axis=1)
    by_remainder = np.argsort(-(exact - whole), axis=1, kind="stable")
    ranks = np.empty_like(by_remainder)
    np.put_along_axis(ranks, by_remainder, np.arange(MAX_JOINTS_PER_GAUSSIAN)[None], axis=1)
    whole += ranks < missing[:, None]
    joints = binding.joints.astype(np.int64)
    order = np.argsort(np.where(whole > 0, joints, 256), axis=1, kind="stable")
    joints, whole = np.take_along_axis(joints, order, axis=1), np.take_along_axis(whole, order, axis=1)
    return np.where(whole > 0, joints, joints[:, :1]).T, whole.T
