"""A package of four Gaussians written by hand from the specification, so that any number in it can be a lie.

Nothing here uses our encoder: tables are stored ``raw`` unless asked otherwise, and the bytes are the same on every
machine and for ever.
"""

from __future__ import annotations

import functools
import random
import struct
from collections.abc import Sequence
from typing import Any

import msgpack
import numpy as np

from ani3d_runtime.codec.entropy import codec_number, encode
from ani3d_runtime.testing.forgery import ForgedSection, Forgery

LEVEL_SIZES = (1, 3)
JOINTS = 2
FRAMES, FRAMES_PER_GROUP = 3, 2


def varint(value: int) -> bytes:
    """LEB128."""
    head = value & 127
    return bytes([head]) if value < 128 else bytes([head | 128]) + varint(value >> 7)


def f32(*values: float) -> bytes:
    """Little-endian floats."""
    return struct.pack(f"<{len(values)}f", *values)


def table(*values: int, codec_id: str = "raw") -> bytes:
    """A table of integers, shifted so that none needs an escape."""
    zigzagged = [2 * v if v >= 0 else -2 * v - 1 for v in values]
    shift = max(0, max(zigzagged, default=0).bit_length() - 7)
    symbols = bytes(u >> shift for u in zigzagged)
    bits = sum((u & (1 << shift) - 1) << i * shift for i, u in enumerate(zigzagged))
    low = bits.to_bytes((len(values) * shift + 7) // 8, "little")
    coded, escapes = encode(codec_id, symbols), encode(codec_id, b"")
    head = bytes([codec_number(codec_id), shift])
    return head + varint(len(coded)) + varint(len(escapes)) + varint(0) + coded + low + escapes


def repeated(value: int) -> bytes:
    """A table of any number of one integer, 0..127: nine bytes."""
    return bytes([codec_number("rans"), 0]) + varint(2) + varint(1) + varint(0) + bytes([1, 2 * value, 0])


def manifest(**changes: Any) -> dict[str, Any]:
    """The manifest as a map."""
    measures = ("rms_m", "p99_9_m", "max_m", "rotation_rms_rad", "rotation_max_rad", "shape_max_m", "colour_max")
    error = dict.fromkeys(measures, 0.0) | dict.fromkeys(("part_max_m", "part_shape_max_m"), [0.0] * 5)
    clip = {"name": "walk", "fps": 30.0, "frame_count": FRAMES, "has_residual": False, "error": error}
    fields = {
        "writer": "by hand",
        "avatar_name": "four",
        "gaussian_count": sum(LEVEL_SIZES),
        "joint_count": JOINTS,
        "sh_degree": 0,
        "level_sizes": list(LEVEL_SIZES),
        "part_counts": [2, 0, 1, 1, 0],
        "node_count": 0,
        "corrective_count": 0,
        "frames_per_group": FRAMES_PER_GROUP,
        "part_max_error_m": [1e-3] * 5,
        "part_max_shape_error_m": [1e-3] * 5,
        "max_error_m": 1e-3,
        "canonical_error_m": 5e-5,
        "max_shape_error_m": 1e-3,
        "max_colour_error": 4e-3,
        "clips": [clip],
        "provenance": {},
    }
    return fields | changes


def skeleton(**changes: Any) -> dict[str, Any]:
    """Two joints, the second above the first, in their zero pose."""
    fields = {
        "joint_names": ["hips", "head"],
        "parents": [-1, 0],
        "zero_joints_m": f32(0, 1, 0, 0, 1.5, 0),
        "rest_rotations_wxyz": f32(*([1, 0, 0, 0] * JOINTS)),
        "rest_translation_m": f32(0, 0, 0),
    }
    return fields | changes


def order(permutation: Sequence[int] = (2, 0, 3, 1), sizes: Sequence[int] = LEVEL_SIZES) -> bytes:
    """The section ``order``."""
    return bytes([1, len(sizes)]) + b"".join(map(varint, sizes)) + steps(permutation)


def splats(
    parts: Sequence[tuple[int, int]],
    *,
    version: int = 1,
    degree: int = 0,
    quantisation: Sequence[float] = (1e-3, 0.04, 0.0139, 0.02),
    quaternion_units: int = 511,
    delta: int = 1,
    corner: Sequence[float] = (0.0, 1.0, 0.0),
    largest: int = 0,
    others: Sequence[int] = (3, -2, 1),
    logscale: int = -120,
    opacity: int = 200,
    joint: int = 1,
    weights: Sequence[int] = (1000, 0, 0),
    codec_id: str = "raw",
) -> bytes:
    """A section ``splats.k`` whose stretches are ``(part, count)``; Gaussians lie in a row and are otherwise alike."""
    count = sum(length for _, length in parts)
    still = [0] * (count - 1)
    choices = (delta, 0, 0, 0, 0, 1, 0, 1, 0)
    stretches = b"".join(bytes([part]) + varint(length) + f32(*corner) for part, length in parts)
    alike = lambda values: [value for value in values for _ in range(count)]  # noqa: E731
    joints = (0, joint, 0, 0)
    coded = functools.partial(table, codec_id=codec_id)
    rows = [
        coded(*([10, *still]), *([20, *still]) * 2),
        coded(*alike([largest])),
        coded(*alike(others)),
        coded(*alike([logscale, logscale + 20, logscale - 20])),
        coded(*alike([opacity])),
        coded(*([30, *still]), *([10, *still]), *([-5, *still])),
        coded(),
        coded(*(value for j in joints for value in [j, *still])),
        coded(*alike(weights)),
    ]
    head = bytes([version, degree]) + f32(*quantisation) + varint(quaternion_units) + varint(len(parts)) + stretches
    return head + b"".join(bytes([choice]) + data for choice, data in zip(choices, rows, strict=True))


def floats(values: Sequence[float], *, mode: int = 0) -> bytes:
    """A column of float32, told whole; in planes of bytes where ``mode`` says so."""
    patterns = [struct.unpack("<i", struct.pack("<f", value))[0] for value in values]
    places = [bits if bits >= 0 else bits ^ 0x7FFFFFFF for bits in patterns]
    if mode != 2:
        return bytes([mode]) + table(*places)
    zigzagged = [2 * v if v >= 0 else -2 * v - 1 for v in places]
    planes = [bytes((u >> 8 * k) & 255 for u in zigzagged) for k in range(4)]
    return bytes([mode, 0]) + b"".join(varint(len(plane)) + plane for plane in planes)


def exact_splats(
    parts: Sequence[tuple[int, int]],
    *,
    mode: int = 0,
    largest: int = 4,
    correction: int = 0,
    scale: float = 1e-40,
    opacity: float = 0.75,
    height: float = -0.0,
) -> bytes:
    """A section ``splats.k`` of floats: half turns about x, thin, grey, hanging on the first joint alone."""
    count = sum(length for _, length in parts)
    stretches = b"".join(bytes([part]) + varint(length) + f32(0, 0, 0) for part, length in parts)
    still = [0.0] * count
    columns = [
        floats([0.1] * count),
        floats([height] * count, mode=2),
        floats(still),
        b"\0" + table(*[largest] * count),
        *(floats(values) for values in (still, still, [-0.0] * count)),
        table(*[correction] * count),
        *(floats([scale * (axis + 1)] * count) for axis in range(3)),
        floats([opacity] * count, mode=mode),
        *(floats([0.3] * count) for _ in range(3)),
        b"\0" + table(*[0] * (4 * count)),
        b"\0" + table(*[0] * (3 * count)),
    ]
    return bytes([2, 0]) + varint(len(parts)) + stretches + b"".join(columns)


def alike_splats(count: int, degree: int, *, largest: bytes | None = None, opacities: bytes | None = None) -> bytes:
    """A section ``splats.k`` of any number of Gaussians, all alike but for some tables, in a hundred bytes."""
    head = bytes([1, degree]) + f32(1e-3, 0.04, 0.0139, 0.02) + varint(511)
    stretch = varint(1) + bytes([0]) + varint(count) + f32(0, 1, 0)
    tables = [b"\0" + repeated(value) for value in (0, 0, 1, 0, 60, 3, 0, 0, 0)]
    tables[1], tables[4] = largest or tables[1], opacities or tables[4]
    return head + stretch + b"".join(tables)


def alike_package(count: int, degree: int, **tables: bytes) -> Forgery:
    """The rigid layer of Gaussians that are all alike, in one level of detail; the order is that of the source."""
    document = manifest(gaussian_count=count, sh_degree=degree, level_sizes=[count], part_counts=[count, 0, 0, 0, 0])
    identity = bytes([1, 1]) + varint(count) + table(0, *[1] * (count - 1), codec_id="rans")
    sections = {"splats_0": alike_splats(count, degree, **tables), "order": identity}
    return package(manifest=msgpack.packb(document), **sections).without("splats.1")


def pose(frames: int, *, orders: int = 1, sizes: Sequence[float] = (1e-4, 2.5e-4)) -> bytes:
    """A section ``pose`` that walks and turns a little."""
    rows = 3 + 3 * JOINTS
    first = [row * 5 for row in range(rows)]
    others = [row - 4 for row in range(rows) for _ in range(frames - 1)]
    return bytes([1]) + f32(*sizes) + table(*([orders] * rows)) + table(*first) + table(*others)


def model(
    *,
    layout: int = 2,
    nodes: int = 4,
    moving: Sequence[int] = (1, 2, 3),
    hanging: Sequence[int] = (0, 2),
    rest_step: float = 1e-4,
    ranks: Sequence[int] = (1, 2),
    gaps: Sequence[int] = (1, 1, 1, 0, 0, 1),
    weights: Sequence[int] = (40, 20, 0, 10, 0, 5),
    stage_ends: Sequence[int] = (2, 3),
    run_ends: Sequence[int] = (2, 3),
    runs: Sequence[int] = (0, 1, 0),
    offsets: Sequence[int] = (-1, 0, -1, 0),
    parent_weight: int = 16,
) -> bytes:
    """The section ``model``: four nodes, three moving Gaussians of which two hang on nodes, one of them predicted.

    In the walk the tracks come as 0, 2, 1: one finished track lies before the predicted one and one after it.
    """
    cells = (0, 3000, 500, -800, 10000, 10500, 14000, 12000, 0, 100, -900, 400)[: 3 * nodes]
    if nodes > 4:
        cells = tuple((k * k * 37) % 4001 - 2000 for k in range(3 * nodes))
    head = bytes([layout]) + varint(nodes) + varint(len(moving)) + varint(len(hanging)) + f32(rest_step)
    parts = [
        steps(moving),
        steps(hanging),
        table(*cells),
        table(*ranks),
        table(*gaps),
        table(*weights),
        bytes([len(stage_ends)]) + b"".join(map(varint, stage_ends)),
        bytes([len(run_ends)]) + b"".join(map(varint, run_ends)),
        table(*runs),
        table(*offsets),
        table(parent_weight, 12, 0, -4),
        table(parent_weight, 40, 0, -4),
    ]
    return head + b"".join(parts)


def further(*, gaussians: Sequence[int] = (0,), stage_ends: Sequence[int] = (3, 4)) -> bytes:
    """A section ``further``: the Gaussian that the model leaves still, predicted from those that it moves."""
    predicted = 4 - stage_ends[0]
    rows = [(0, 1, 2, 0), (16, 8, -4, 0), (20, 0, 6, 1)]
    parts = [
        steps(gaussians),
        bytes([len(stage_ends)]) + b"".join(map(varint, stage_ends)),
        bytes([2]) + varint(3) + varint(4),
        table(1, 0, 0, 0),
        *(table(*(value for value in row for _ in range(predicted))) for row in rows),
    ]
    return bytes([1]) + varint(len(gaussians)) + b"".join(parts)


def nodes(frames: int, *, count: int = 4, mode: int = 1, step: float = 1e-3, rotation_step: float = 1e-2) -> bytes:
    """A section ``nodes`` in which every second row is predicted."""
    modes = [mode * (row % 2) for row in range(3 * frames)]
    coefficients = [(7 * k) % 23 - 11 for k in range(3 * frames * count)]
    return bytes([1]) + f32(step, rotation_step) + 2 * (table(*modes) + table(*coefficients))


def turned_nodes(frames: int) -> bytes:
    """A section ``nodes`` that turns four nodes apart by more than pi, about one axis, and leaves them there."""
    half_angles = (2.2, 0.15, 1.3, 0.0)
    axis = (0.6, 0.0, 0.8)
    turns = [round(2 * half * share * frames**0.5 / 1e-2) for share in axis for half in half_angles]
    moves = [0] * (3 * frames * len(half_angles))
    plain = table(*[0] * (3 * frames))
    return bytes([1]) + f32(1e-3, 1e-2) + plain + table(*moves) + plain + table(*turns, *moves[len(turns) :])


def fading_nodes(frames: int, count: int) -> bytes:
    """A section ``nodes`` whose coefficients fade with frequency, under ``rans``, which learns from the rows above."""
    dice = random.Random(7)
    sizes = [100 * 3 ** (row // 3) // 4 ** (row // 3) for row in range(3 * frames)]
    coefficients = [dice.randint(-size, size) for size in sizes for _ in range(count)]
    modes = table(*[0] * (3 * frames))
    return bytes([1]) + f32(2e-4, 1e-3) + 2 * (modes + rans_table(coefficients, 3 * frames))


def rans_table(values: Sequence[int], rows: int) -> bytes:
    """A table of small integers under ``rans``, told of its rows."""
    symbols = bytes(2 * v if v >= 0 else -2 * v - 1 for v in values)
    coded = encode("rans", symbols, np.full(rows, len(values) // rows, dtype=np.int32))
    escapes = encode("rans", b"")
    head = bytes([codec_number("rans"), 0])
    return head + varint(len(coded)) + varint(len(escapes)) + varint(0) + coded + escapes


def detail(bandwidths: Sequence[int], *, step: float = 1e-3, step_index: int = 1, step_count: int = 2) -> bytes:
    """A section ``detail.…`` for as many moving Gaussians as there are bandwidths."""
    active = [bandwidth for bandwidth in bandwidths if bandwidth > 0]
    count = 3 * sum(bandwidths)
    choices = table(*([step_index] + [0] * (len(active) - 1)))
    head = bytes([1, step_count]) + f32(step, *[2e-3] * (step_count - 1))
    return head + table(*bandwidths) + choices + table(*((5 * k) % 13 - 6 for k in range(count)))


def steps(values: Sequence[int]) -> bytes:
    """A row of differences."""
    return table(*(b - a for a, b in zip((0, *values), values, strict=False)))


def package(**changes: bytes) -> Forgery:
    """The rigid layer alone; ``changes`` are sections by name, dots written as underscores."""
    avatar = {
        "manifest": msgpack.packb(manifest()),
        "skeleton": msgpack.packb(skeleton()),
        "splats_0": splats([(0, 1)]),
        "splats_1": splats([(0, 1), (2, 1), (3, 1)]),
        "order": order(),
    }
    groups = {"pose_0": pose(2), "pose_1": pose(1)}
    sections = [ForgedSection(name.replace("_", "."), changes.get(name, data)) for name, data in avatar.items()]
    sections += [ForgedSection("pose", changes.get(name, data), 0, int(name[-1])) for name, data in groups.items()]
    return Forgery(sections)


def residual_package(**changes: bytes) -> Forgery:
    """As :func:`package`, with a residual layer in all channels."""
    clip = manifest()["clips"][0] | {"has_residual": True}
    forgery = package(manifest=msgpack.packb(manifest(node_count=4, clips=[clip])))
    forgery.sections.append(ForgedSection("model", changes.get("model", model())))
    for group, frames in enumerate((2, 1)):
        layers = {
            "nodes": nodes(frames),
            "detail.position": detail([frames, 0, 1]),
            "detail.rotation": detail([0, frames, frames]),
            "detail.scale": detail([1, 1, 0]),
            "detail.colour": detail([0, 0, 1]),
        }
        for name, data in layers.items():
            changed = changes.get(f"{name.replace('.', '_')}_{group}", data)
            forgery.sections.append(ForgedSection(name, changed, 0, group))
    return forgery


def further_package(**changes: bytes) -> Forgery:
    """As :func:`residual_package`, with a Gaussian that only the clip moves."""
    moved = {
        f"detail_{name}_{group}": detail([*bandwidths, frames])
        for group, frames in enumerate((2, 1))
        for name, bandwidths in {
            "position": [frames, 0, 1],
            "rotation": [0, frames, 0],
            "scale": [1, 1, 0],
            "colour": [0, 0, 1],
        }.items()
    }
    forgery = residual_package(**moved)
    forgery.sections.append(ForgedSection("further", changes.get("further", further()), 0))
    return forgery
