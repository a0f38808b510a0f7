"""A level of Gaussians bit for bit: section ``splats.k``, layout 2.

Of a quaternion three components are coded; the largest follows from them but for its last bits.
"""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar, Binding
from ani3d_runtime.codec.primitives.cursor import Cursor, corrupt, packed_floats, varint
from ani3d_runtime.codec.primitives.floats import decode_floats, encode_floats, ordered_floats, ordered_integers
from ani3d_runtime.codec.primitives.integers import decode_integers, encode_integers, row_lengths
from ani3d_runtime.codec.primitives.quaternions import OTHER_COMPONENTS
from ani3d_runtime.codec.sections.level_tables import (
    decode_binding,
    decode_table,
    encode_binding,
    encode_table,
    part_runs,
    read_part_runs,
)
from ani3d_runtime.errors import InputError
from ani3d_runtime.spec.format import SPLATS_EXACT_LAYOUT, SPLATS_UNIT_TOLERANCE
from ani3d_runtime.splats import MAX_SH_DEGREE, SplatCloud

_NEGATIVE = 4


def encode_exact(level: Avatar, codec_id: str) -> bytes:
    """Section ``splats.k`` of a level, without loss.

    Raises:
        InputError: ``splats-not-exact`` for values that no reader takes.
    """
    splats = level.splats
    columns = (splats.means_m, splats.quats_wxyz, splats.scales_m, splats.opacities[:, None], splats.sh)
    if not all(np.isfinite(column).all() for column in columns) or not _is_sane(splats):
        raise InputError(
            "splats-not-exact",
            "splat cloud",
            found="NaN, infinity, a quaternion that is not unit, a scale or opacity out of range",
            expected="finite numbers, unit quaternions, scales above 0, opacities 0..1",
            fix="Build the cloud with SplatCloud.checked.",
        )
    runs = part_runs(level.binding.parts)
    head = bytearray([SPLATS_EXACT_LAYOUT, splats.sh_degree]) + varint(len(runs))
    for part, start, stop in runs:
        head += bytes([part]) + varint(stop - start) + packed_floats(splats.means_m[start:stop].min(axis=0))
    largest, others, correction = _split(splats.quats_wxyz)
    return (
        bytes(head)
        + encode_floats(splats.means_m.T, codec_id)
        + encode_table(largest[None], codec_id)
        + encode_floats(others, codec_id)
        + encode_integers(correction, row_lengths(1, level.count), codec_id)
        + encode_floats(splats.scales_m.T, codec_id)
        + encode_floats(splats.opacities[None], codec_id)
        + encode_floats(splats.sh.reshape(level.count, -1).T, codec_id)
        + encode_binding(level.binding, codec_id)
    )


def decode_exact(section: bytes | memoryview, name: str, count: int, joint_count: int) -> tuple[SplatCloud, Binding]:
    """Read a level that :func:`encode_exact` wrote.

    Raises:
        BrokenPackageError: ``section-*``, ``entropy-corrupt`` or ``splats-invalid``.
    """
    cursor = Cursor(section, name)
    cursor.expect_version(SPLATS_EXACT_LAYOUT)
    degree = cursor.u8()
    if degree > MAX_SH_DEGREE:
        raise corrupt("splats-invalid", name, found=f"degree {degree}", expected=f"0..{MAX_SH_DEGREE}")
    parts, _ = read_part_runs(cursor, count)
    means = decode_floats(cursor, 3, count)
    largest = decode_table(cursor, 1, count)[0]
    others = decode_floats(cursor, 3, count)
    correction = decode_integers(cursor, row_lengths(1, count))
    scales = decode_floats(cursor, 3, count)
    opacities = decode_floats(cursor, 1, count)[0]
    sh = decode_floats(cursor, 3 * (degree + 1) ** 2, count)
    binding = decode_binding(cursor, parts, joint_count)
    cursor.expect_end()
    if largest.min() < 0 or largest.max() >= 2 * _NEGATIVE:
        raise corrupt("splats-invalid", name, found="an unknown largest component", expected="0..7")
    cloud = SplatCloud(
        np.ascontiguousarray(means.T),
        _united(largest, others, correction),
        np.ascontiguousarray(scales.T),
        opacities,
        np.ascontiguousarray(sh.T).reshape(count, -1, 3),
    )
    if not _is_sane(cloud):
        raise corrupt(
            "splats-invalid",
            name,
            found="a rotation, scale or opacity out of range",
            expected="unit quaternions, scales above 0, opacities 0..1",
        )
    return cloud, binding


def _is_sane(cloud: SplatCloud) -> bool:
    with np.errstate(invalid="ignore", over="ignore"):
        lengths = np.linalg.norm(cloud.quats_wxyz.astype(np.float64), axis=1)
    return bool(
        (np.abs(lengths - 1) < SPLATS_UNIT_TOLERANCE).all()
        and (cloud.scales_m > 0).all()
        and (cloud.opacities >= 0).all()
        and (cloud.opacities <= 1).all()
    )


def _split(quats_wxyz: Float32Array) -> tuple[np.ndarray, Float32Array, np.ndarray]:
    """[n] which component is largest, 4 more where it is negative; [3, n] the others; [n] what corrects its size."""
    place = np.abs(quats_wxyz).argmax(axis=1)
    largest = np.take_along_axis(quats_wxyz, place[:, None], axis=1)[:, 0]
    others = np.ascontiguousarray(np.take_along_axis(quats_wxyz, OTHER_COMPONENTS[place], axis=1).T)
    correction = ordered_integers(np.abs(largest)) - ordered_integers(_expected_largest(others))
    return place + _NEGATIVE * (largest < 0), others, correction


def _united(largest: np.ndarray, others: Float32Array, correction: np.ndarray) -> Float32Array:
    with np.errstate(over="ignore", invalid="ignore"):
        size = ordered_floats(ordered_integers(_expected_largest(others)) + correction.astype(np.int32))
    place = largest % _NEGATIVE
    quats = np.empty((len(place), 4), dtype=np.float32)
    np.put_along_axis(quats, OTHER_COMPONENTS[place], others.T, axis=1)
    signed = np.where(largest >= _NEGATIVE, -size, size)
    np.put_along_axis(quats, place[:, None], signed[:, None], axis=1)
    return quats


def _expected_largest(others: Float32Array) -> Float32Array:
    """[n] sqrt(1 - a^2 - b^2 - c^2) in double precision, from the left, rounded once: the same on every machine."""
    a, b, c = others.astype(np.float64)
    return np.sqrt(np.maximum(0.0, 1 - a * a - b * b - c * c)).astype(np.float32)
