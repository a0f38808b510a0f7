"""Packages of any size put together from integers, where the one of four Gaussians is too small for what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ani3d_runtime.package.layout import pack
from ani3d_runtime.testing.forgery import ForgedSection, Forgery
from tests.conformance import handmade
from tests.conformance.handmade import f32, table, varint

STEPS = (1e-3, 0.04, 0.0139, 0.02)
Row = Sequence[int]
# Codec rans, no shift, two bytes of symbols, one of escapes, mode 1: all bytes are the one that follows.
RUN_HEAD = bytes([1, 0, 2, 1, 0, 1])
ESCAPES_OF_A_RUN = b"\0"


def column(values: Sequence[int]) -> bytes:
    """A table; where all values are one small number, as a run of one byte."""
    if len(values) > 4 and len(set(values)) == 1 and -127 <= values[0] < 127:
        symbol = 2 * values[0] if values[0] >= 0 else -2 * values[0] - 1
        return RUN_HEAD + bytes([symbol]) + ESCAPES_OF_A_RUN
    return table(*values) if max(map(abs, values), default=0) < 2**30 else wide(values)


def splats(
    count: int,
    *,
    stretches: Sequence[tuple[int, int]] = (),
    degree: int = 0,
    steps: Sequence[float] = STEPS,
    units: int = 511,
    corner: Sequence[float] = (0.0, 1.0, 0.0),
    **rows: Row,
) -> bytes:
    """A section ``splats.k`` of layout 1. ``rows``: ``cells``, ``largest``, ``others``, ``logscales``, ``opacities``,
    ``base``, ``higher``, ``joints``, ``weights``, each row after row; one that is not named is the same throughout."""
    higher = 3 * ((degree + 1) ** 2 - 1)
    usual = {
        "cells": [10] * 3 * count,
        "largest": [0] * count,
        "others": [3] * 3 * count,
        "logscales": [-120] * 3 * count,
        "opacities": [126] * count,
        "base": [30] * 3 * count,
        "higher": [1] * higher * count,
        "joints": [0] * 4 * count,
        "weights": [100] * 3 * count,
    }
    parts = stretches or [(0, count)]
    head = bytes([1, degree]) + f32(*steps) + varint(units) + varint(len(parts))
    head += b"".join(bytes([part]) + varint(length) + f32(*corner) for part, length in parts)
    return head + b"".join(b"\0" + column(rows.get(name, values)) for name, values in usual.items())


def skeleton(joint_count: int, **changes: Any) -> bytes:
    """A chain of joints, 10 cm apart, in the zero pose."""
    fields = {
        "joint_names": [f"joint {joint}" for joint in range(joint_count)],
        "parents": list(range(-1, joint_count - 1)),
        "zero_joints_m": f32(*[value for joint in range(joint_count) for value in (0.0, 1 + 0.1 * joint, 0.0)]),
        "rest_rotations_wxyz": f32(*[1, 0, 0, 0] * joint_count),
        "rest_translation_m": f32(0, 0, 0),
    }
    return pack(fields | changes)


def pose(
    joint_count: int,
    frames: int,
    *,
    steps: Sequence[float] = (1e-4, 2.5e-4),
    order: int = 0,
    first: Row = (),
    others: Row = (),
) -> bytes:
    """A section ``pose``; all zero where nothing else is given."""
    rows = 3 + 3 * joint_count
    first = first or [0] * rows
    others = others or [0] * (rows * (frames - 1))
    return bytes([1]) + f32(*steps) + column([order] * rows) + column(first) + column(others)


def package(
    levels: Sequence[tuple[int, bytes]],
    *,
    part_counts: Sequence[int] | None = None,
    joint_count: int = 1,
    skeleton_section: bytes | None = None,
    poses: Sequence[bytes] | None = None,
    frame_count: int = 1,
    residual: Sequence[ForgedSection] = (),
    **manifest: Any,
) -> Forgery:
    """Levels of detail as (count, section), and one clip."""
    total = sum(count for count, _ in levels)
    clip = handmade.manifest()["clips"][0] | {"frame_count": frame_count, "has_residual": bool(residual)}
    fields = {
        "gaussian_count": total,
        "joint_count": joint_count,
        "level_sizes": [count for count, _ in levels],
        "part_counts": list(part_counts or (total, 0, 0, 0, 0)),
        "frames_per_group": frame_count,
        "clips": [clip],
    }
    sections = [
        ForgedSection("manifest", pack(handmade.manifest(**(fields | manifest)))),
        ForgedSection("skeleton", skeleton_section or skeleton(joint_count)),
        *(ForgedSection(f"splats.{level}", data) for level, (_, data) in enumerate(levels)),
        ForgedSection("order", handmade.order(range(total), [count for count, _ in levels])),
        *(ForgedSection("pose", data, 0, k) for k, data in enumerate(poses or [pose(joint_count, frame_count)])),
        *residual,
    ]
    return Forgery(sections)


def wide(values: Sequence[int], *, shift: int = 24, escape: int | None = None) -> bytes:
    """A table of numbers of up to 32 bits with escapes; the escape may be another than the right one."""
    zigzagged = [2 * v if v >= 0 else -2 * v - 1 for v in values]
    symbols = bytes(min(255, u >> shift) for u in zigzagged)
    right = [(u >> shift) - 255 for u in zigzagged if u >> shift >= 255]
    escapes = b"".join(varint(value if escape is None else escape) for value in right)
    bits = sum((u & (1 << shift) - 1) << i * shift for i, u in enumerate(zigzagged))
    low = bits.to_bytes((len(values) * shift + 7) // 8, "little")
    lengths = b"".join(map(varint, (len(symbols), len(escapes), len(escapes))))
    return bytes([0, shift]) + lengths + symbols + low + escapes


def model(
    cells: Row,
    moving: Row,
    *,
    hanging: Row = (),
    ranks: Row = (),
    gaps: Row = (),
    weights: Row = (),
    stage_ends: Row = (),
    walk: bytes = b"",
) -> bytes:
    """A section ``model``: cells as three rows, and, where there is more than one stage, the walk and all behind it."""
    ends = stage_ends or [len(moving)]
    head = bytes([2]) + b"".join(map(varint, (len(cells) // 3, len(moving), len(hanging)))) + f32(1e-4)
    tables = [handmade.steps(moving), handmade.steps(hanging), wide(cells, shift=20)]
    tables += [column(row) for row in (ranks, gaps, weights)]
    return head + b"".join(tables) + varint(len(ends)) + b"".join(map(varint, ends)) + walk


def walk(run_ends: Row, runs: Row, offsets: Row, weights: int = 16) -> bytes:
    """Runs, the walk, the parents of predicted tracks, and their weights, of positions and of rotations."""
    head = varint(len(run_ends)) + b"".join(map(varint, run_ends))
    return head + column(runs) + column(offsets) + 2 * table(*[weights, -weights, 1, 2] * (len(offsets) // 4))


def nodes(
    frames: int, count: int, *, steps: Sequence[float], moves: Row, turns: Row, predicted: tuple[int, int] = (0, 0)
) -> bytes:
    """A section ``nodes``: coefficients of displacements and rotation vectors, 3 F rows of ``count``."""
    parts = [
        column([flag] * (3 * frames)) + wide(row, shift=22) for flag, row in zip(predicted, (moves, turns), strict=True)
    ]
    return bytes([1]) + f32(*steps) + b"".join(parts)
