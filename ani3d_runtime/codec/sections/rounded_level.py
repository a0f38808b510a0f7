"""A level of Gaussians in whole steps: section ``splats.k``, layout 1."""

from __future__ import annotations

import math

import numpy as np

from ani3d_runtime.avatar import Avatar, Binding
from ani3d_runtime.codec.primitives.cursor import Cursor, corrupt, packed_floats, varint
from ani3d_runtime.codec.primitives.quaternions import pack_smallest_three, unpack_smallest_three
from ani3d_runtime.codec.sections.canonical_steps import CanonicalSteps
from ani3d_runtime.codec.sections.level_tables import (
    decode_binding,
    decode_table,
    encode_binding,
    encode_table,
    part_runs,
    read_part_runs,
)
from ani3d_runtime.errors import InputError
from ani3d_runtime.geometry.harmonics import SH_C0
from ani3d_runtime.spec.format import (
    SPLATS_MAX_CELL,
    SPLATS_MAX_COLOUR_STEPS,
    SPLATS_MAX_LOG_SCALE,
    SPLATS_MAX_QUATERNION_UNITS,
    SPLATS_OPACITY_UNITS,
    SPLATS_ROUNDED_LAYOUT,
    SPLATS_STEP_BELOW,
)
from ani3d_runtime.splats import MAX_SH_DEGREE, SplatCloud

_OPACITY_STEP = 1 / SPLATS_OPACITY_UNITS


def encode_rounded(level: Avatar, steps: CanonicalSteps, codec_id: str) -> bytes:
    """Section ``splats.k`` of a level, rounded."""
    splats, binding = level.splats, level.binding
    count = level.count
    runs = part_runs(binding.parts)
    # A hundredth is kept back for float32 rounding in the decoder.
    step = np.float32(2 / math.sqrt(3) * steps.position_error_m * 0.99)
    log_scale_step = np.float32(steps.log_scale)
    dc_step, harmonics_step = np.float32(steps.colour / SH_C0), np.float32(steps.harmonics)
    floats = np.array([step, log_scale_step, dc_step, harmonics_step])
    head = bytearray([SPLATS_ROUNDED_LAYOUT, splats.sh_degree]) + packed_floats(floats) + varint(steps.rotation_steps)
    head += varint(len(runs))
    cells = np.empty((3, count), dtype=np.int64)
    for part, start, stop in runs:
        low = splats.means_m[start:stop].min(axis=0)
        offsets = (splats.means_m[start:stop].astype(np.float64) - low) / np.float64(step)
        if offsets.max() >= SPLATS_MAX_CELL:
            raise InputError(
                "splats-too-large",
                "splat cloud",
                found=f"an extent of {float(offsets.max() * step):.3g} m with a position error of "
                f"{steps.position_error_m} m",
                expected=f"at most {SPLATS_MAX_CELL} steps",
                fix="Scale the cloud to metres, or allow a larger error.",
            )
        head += bytes([part]) + varint(stop - start) + packed_floats(low)
        cells[:, start:stop] = np.rint(offsets).T
    largest, smallest_three = pack_smallest_three(splats.quats_wxyz, steps.rotation_steps)
    colour = np.rint(splats.sh[:, 0] / np.float64(dc_step)).astype(np.int64)
    differences = np.stack([colour[:, 1], colour[:, 0] - colour[:, 1], colour[:, 2] - colour[:, 1]])
    rest = np.rint(splats.sh[:, 1:] / np.float64(harmonics_step)).astype(np.int64).reshape(count, -1).T
    log_scales = np.rint(np.log(splats.scales_m.T.astype(np.float64)) / np.float64(log_scale_step))
    tables = (
        cells,
        largest[None],
        smallest_three,
        log_scales.astype(np.int64),
        np.rint(splats.opacities / _OPACITY_STEP).astype(np.int64)[None],
        differences,
        rest,
    )
    tables_coded = b"".join(encode_table(table, codec_id) for table in tables)
    return bytes(head) + tables_coded + encode_binding(binding, codec_id)


def decode_rounded(section: bytes | memoryview, name: str, count: int, joint_count: int) -> tuple[SplatCloud, Binding]:
    """Read a level that :func:`encode_rounded` wrote."""
    cursor = Cursor(section, name)
    cursor.expect_version(SPLATS_ROUNDED_LAYOUT)
    degree = cursor.u8()
    steps = cursor.floats(4).astype(np.float64)
    step, log_scale_step, dc_step, harmonics_step = steps.tolist()
    rotation_steps = cursor.varint(SPLATS_MAX_QUATERNION_UNITS)
    parts, origins = read_part_runs(cursor, count)
    if degree > MAX_SH_DEGREE or (steps <= 0).any() or (steps >= SPLATS_STEP_BELOW).any() or rotation_steps == 0:
        raise corrupt("splats-invalid", name, found=f"degree {degree}, steps {steps}", expected="0..3 and steps > 0")
    cells = decode_table(cursor, 3, count)
    largest = decode_table(cursor, 1, count)[0]
    smallest_three = decode_table(cursor, 3, count)
    log_scales = decode_table(cursor, 3, count) * log_scale_step
    opacities = decode_table(cursor, 1, count)[0]
    differences = decode_table(cursor, 3, count)
    rest = decode_table(cursor, 3 * ((degree + 1) ** 2 - 1), count)
    binding = decode_binding(cursor, parts, joint_count)
    cursor.expect_end()
    quats = unpack_smallest_three(largest, smallest_three, rotation_steps)
    if (
        quats is None
        or np.abs(cells).max() > SPLATS_MAX_CELL
        or np.abs(log_scales).max() > SPLATS_MAX_LOG_SCALE
        or opacities.min() < 0
        or opacities.max() > SPLATS_OPACITY_UNITS
        or max(np.abs(differences).max(), np.abs(rest).max(initial=0)) > SPLATS_MAX_COLOUR_STEPS
    ):
        raise corrupt(
            "splats-invalid",
            name,
            found="a rotation, scale, opacity or colour out of range",
            expected="values that its steps can reach, opacities 0..255",
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
    return cloud, binding


def steps_of_rounded(section: bytes | memoryview) -> CanonicalSteps:
    """The steps that a section was coded with.

    Raises:
        BrokenPackageError: ``section-*``.
    """
    cursor = Cursor(section, "splats")
    cursor.expect_version(SPLATS_ROUNDED_LAYOUT)
    cursor.u8()
    step, log_scale, colour, harmonics = cursor.floats(4).tolist()
    rotation_steps = cursor.varint(SPLATS_MAX_QUATERNION_UNITS)
    return CanonicalSteps(step * math.sqrt(3) / 2, rotation_steps, log_scale, colour * SH_C0, harmonics)
