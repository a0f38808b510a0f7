"""Section ``driver``: see spec/SPEC.md, chapter "driver"."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float64Array, Int32Array
from ani3d_runtime.codec.primitives.cursor import Cursor, corrupt, packed_floats, varint
from ani3d_runtime.codec.primitives.integers import decode_integers, encode_integers, row_lengths
from ani3d_runtime.codec.sections.driver_model import (
    Capsules,
    Correctives,
    DriverModel,
    HangingNodes,
    Materials,
    NodeLinks,
    feature_count,
)
from ani3d_runtime.spec.format import (
    DRIVER_COMPLIANCE_CODES,
    DRIVER_COMPLIANCE_CODES_PER_OCTAVE,
    DRIVER_COMPLIANCE_LOWEST_OCTAVE,
    DRIVER_HANG_STEP_BELOW,
    DRIVER_LAYOUT,
    DRIVER_LINK_ORDER_FACTOR,
    DRIVER_MAX_CAPSULE_POSITION_M,
    DRIVER_MAX_CAPSULE_RADIUS_M,
    DRIVER_MAX_CAPSULES,
    DRIVER_MAX_DAMPING_HZ,
    DRIVER_MAX_DRAG,
    DRIVER_MAX_FRICTION,
    DRIVER_MAX_KINDS,
    DRIVER_MAX_LEARNED,
    DRIVER_MAX_LEARNED_STEP,
    DRIVER_MAX_LINKS_PER_NODE,
    DRIVER_MAX_MEAN,
    DRIVER_MAX_POLE_DAMPING,
    DRIVER_MAX_POLE_HZ,
    DRIVER_MAX_POLES,
    DRIVER_MAX_REACH_M,
    DRIVER_MAX_SHARE,
    DRIVER_MAX_STEPS,
    DRIVER_MAX_THICKNESS_M,
    DRIVER_NORMAL_UNITS,
    DRIVER_WEIGHT_UNITS,
)

_CODEC = "rans"
_MEAN_STEP_M = 1e-3
# Steps of what was learned, as shares of a row's largest entry.
_LEARNED_LEVELS = 127
_MATERIAL_LIMITS = (
    DRIVER_MAX_DAMPING_HZ,
    DRIVER_MAX_DRAG,
    DRIVER_MAX_THICKNESS_M,
    DRIVER_MAX_FRICTION,
    DRIVER_MAX_SHARE,
)


def compliance_codes(compliances: Float64Array) -> Int32Array:
    """[n] 0 for no compliance, otherwise 1..255 with 8 codes an octave."""
    positive = np.maximum(compliances, 1e-30)
    codes = np.rint(DRIVER_COMPLIANCE_CODES_PER_OCTAVE * (np.log2(positive) - DRIVER_COMPLIANCE_LOWEST_OCTAVE))
    return np.where(compliances > 0, np.clip(codes, 1, DRIVER_COMPLIANCE_CODES - 1), 0).astype(np.int32)


def compliances_of(codes: NDArray[Any]) -> Float64Array:
    """[n] what codes stand for, s^2."""
    values = np.exp2(codes.astype(np.float64) / DRIVER_COMPLIANCE_CODES_PER_OCTAVE + DRIVER_COMPLIANCE_LOWEST_OCTAVE)
    return np.where(codes > 0, values, 0.0)


def solving_order(link_count: int) -> Int32Array:
    """[L] which of the sorted links is solved first, second …"""
    # The factor is odd and near 2^32 / golden ratio: its multiples visit a list in an order without direction.
    keys = np.arange(link_count, dtype=np.uint64) * np.uint64(DRIVER_LINK_ORDER_FACTOR) % np.uint64(1 << 32)
    return np.argsort(keys, kind="stable").astype(np.int32)


def encode_driver(model: DriverModel) -> bytes:
    """The section; what is decoded is ``model`` rounded, with its links in solving order."""
    nodes, learned = model.nodes, model.correctives
    counts = (
        len(model.materials.damping_hz),
        len(model.links.pairs),
        len(model.capsules.joints),
        len(learned.tracked),
        len(learned.poles),
        len(learned.weights),
    )
    units = _whole_units(nodes.weights)
    return b"".join(
        [
            bytes([DRIVER_LAYOUT]),
            *map(varint, counts),
            _f32([model.reach_m]),
            _f32(np.stack(_material_rows(model.materials), axis=1)),
            _table(nodes.kinds, 1),
            _table(nodes.joints.T, 4),
            _table(units[:, 1:].T, 3),
            _table(np.rint(nodes.normals.T * DRIVER_NORMAL_UNITS), 3),
            _table(compliance_codes(nodes.follow), 1),
            _f32([_MEAN_STEP_M]),
            _table(np.rint(nodes.mean_m.T / _MEAN_STEP_M), 3),
            _encoded_links(model.links),
            _encoded_capsules(model.capsules),
            learned.tracked.astype(np.uint8).tobytes(),
            _f32(learned.poles),
            _encoded_learned(learned) if len(learned.weights) else b"",
        ]
    )


def _encoded_capsules(capsules: Capsules) -> bytes:
    """Capsules: their joints, then ends and radii."""
    shapes = np.concatenate([capsules.ends_m.reshape(-1, 6), capsules.radii_m], axis=1)
    return capsules.joints.astype(np.uint8).tobytes() + _f32(shapes)


def decode_driver(section: bytes, node_count: int, joint_count: int) -> DriverModel:
    """The model of ``node_count`` nodes on a skeleton of ``joint_count`` joints.

    Raises:
        BrokenPackageError: ``section-*``, ``entropy-corrupt`` or ``driver-invalid``. FuturePackageError.
    """
    cursor = Cursor(section, "driver")
    cursor.expect_version(DRIVER_LAYOUT)
    kinds = cursor.varint(DRIVER_MAX_KINDS)
    links = cursor.varint(DRIVER_MAX_LINKS_PER_NODE * node_count)
    capsules = cursor.varint(DRIVER_MAX_CAPSULES)
    tracked = cursor.varint(joint_count)
    poles = cursor.varint(DRIVER_MAX_POLES)
    learned = cursor.varint(DRIVER_MAX_LEARNED)
    reach_m = float(cursor.floats(1)[0])
    _need(0 < reach_m <= DRIVER_MAX_REACH_M, "a reach")
    materials = _decoded_materials(cursor, kinds)
    nodes = _decoded_nodes(cursor, node_count, kinds, joint_count)
    return DriverModel(
        reach_m,
        nodes,
        materials,
        _decoded_links(cursor, links, node_count),
        _decoded_capsules(cursor, capsules, joint_count),
        _decoded_learned(cursor, tracked, poles, learned, node_count, joint_count),
    )


def _decoded_materials(cursor: Cursor, kinds: int) -> Materials:
    _need(kinds > 0, "no kinds of nodes")
    table = cursor.floats(5 * kinds).astype(np.float64).reshape(kinds, 5)
    _need(bool((table >= 0).all() and (table <= _MATERIAL_LIMITS).all()), "a material")
    return Materials(*table.T.copy())


def _decoded_nodes(cursor: Cursor, count: int, kinds: int, joint_count: int) -> HangingNodes:
    kind = _integers(cursor, 1, count)[0]
    joints = _integers(cursor, 4, count)
    others = _integers(cursor, 3, count)
    normals = _integers(cursor, 3, count).T.astype(np.float64)
    codes = _integers(cursor, 1, count)[0]
    step = float(cursor.floats(1)[0])
    mean = _integers(cursor, 3, count).T
    units = np.concatenate([DRIVER_WEIGHT_UNITS - others.sum(axis=0, keepdims=True), others])
    _need(_within(kind, 0, kinds - 1) and _within(joints, 0, joint_count - 1), "a kind or joint")
    _need(
        _within(units, 0, DRIVER_WEIGHT_UNITS) and _within(normals, -DRIVER_NORMAL_UNITS, DRIVER_NORMAL_UNITS),
        "a weight or normal",
    )
    _need(
        _within(codes, 0, DRIVER_COMPLIANCE_CODES - 1)
        and _within(mean, -DRIVER_MAX_STEPS, DRIVER_MAX_STEPS)
        and 0 < step < DRIVER_HANG_STEP_BELOW,
        "where nodes hang",
    )
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    return HangingNodes(
        np.ascontiguousarray(joints.T, dtype=np.uint8),
        np.ascontiguousarray(units.T / DRIVER_WEIGHT_UNITS),
        kind.astype(np.uint8),
        np.ascontiguousarray(normals / np.where(lengths > 0, lengths, 1.0)),
        compliances_of(codes),
        np.ascontiguousarray(mean * step),
    )


def _encoded_links(links: NodeLinks) -> bytes:
    pairs = np.sort(links.pairs, axis=1).astype(np.int64)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    first, second = pairs[order].T
    codes = compliance_codes(links.compliances)[order]
    return _table(np.diff(first, prepend=0), 1) + _table(second - first, 1) + _table(codes, 1)


def _decoded_links(cursor: Cursor, count: int, node_count: int) -> NodeLinks:
    first = np.cumsum(_integers(cursor, 1, count)[0], dtype=np.int64)
    second = first + _integers(cursor, 1, count)[0]
    codes = _integers(cursor, 1, count)[0]
    _need(_within(first, 0, node_count - 1) and _within(second, 0, node_count - 1), "a link")
    _need(bool((first < second).all()) and _within(codes, 0, DRIVER_COMPLIANCE_CODES - 1), "a link")
    order = solving_order(count)
    pairs = np.stack([first, second], axis=1)[order].astype(np.int32)
    return NodeLinks(np.ascontiguousarray(pairs), compliances_of(codes[order]))


def _decoded_capsules(cursor: Cursor, count: int, joint_count: int) -> Capsules:
    joints = np.frombuffer(cursor.take(count), dtype=np.uint8).copy()
    shapes = cursor.floats(8 * count).astype(np.float64).reshape(count, 8)
    ends, radii = shapes[:, :6].reshape(count, 2, 3), shapes[:, 6:]
    _need(_within(joints, 0, joint_count - 1), "the joint of a capsule")
    _need(
        _within(ends, -DRIVER_MAX_CAPSULE_POSITION_M, DRIVER_MAX_CAPSULE_POSITION_M)
        and _within(radii, 0, DRIVER_MAX_CAPSULE_RADIUS_M),
        "a capsule",
    )
    return Capsules(joints, np.ascontiguousarray(ends), np.ascontiguousarray(radii))


def _encoded_learned(learned: Correctives) -> bytes:
    rows, width = len(learned.weights), learned.basis_m[0].size
    parts = [_f32(learned.means), _f32(learned.scales)]
    for table, columns in ((learned.weights, len(learned.means)), (learned.basis_m.reshape(rows, width), width)):
        steps = np.maximum(np.abs(table).max(axis=1), 1e-9).astype(np.float32) / np.float32(_LEARNED_LEVELS)
        whole = np.rint(table / steps[:, None].astype(np.float64))
        parts += [_f32(steps), encode_integers(whole, row_lengths(rows, columns), _CODEC)]
    return b"".join(parts)


def _decoded_learned(
    cursor: Cursor, tracked: int, poles: int, rows: int, node_count: int, joint_count: int
) -> Correctives:
    joints = np.frombuffer(cursor.take(tracked), dtype=np.uint8).copy()
    pole = cursor.floats(2 * poles).astype(np.float64).reshape(poles, 2)
    _need(_within(joints, 0, joint_count - 1), "a tracked joint")
    _need(bool((pole > 0).all()) and bool((pole <= (DRIVER_MAX_POLE_HZ, DRIVER_MAX_POLE_DAMPING)).all()), "a filter")
    if rows == 0:
        cursor.expect_end()
        none = Correctives.none(node_count)
        return Correctives(joints, pole, none.means, none.scales, none.weights, none.basis_m)
    features = feature_count(tracked, poles)
    means = cursor.floats(features).astype(np.float64)
    scales = cursor.floats(features).astype(np.float64)
    weights = _learned_table(cursor, rows, features)
    basis = _learned_table(cursor, rows, 3 * node_count)
    cursor.expect_end()
    _need(bool((scales > 0).all()) and _within(means, -DRIVER_MAX_MEAN, DRIVER_MAX_MEAN), "the scale of a feature")
    return Correctives(joints, pole, means, scales, weights, basis.reshape(rows, node_count, 3))


def _learned_table(cursor: Cursor, rows: int, columns: int) -> Float64Array:
    steps = cursor.floats(rows).astype(np.float64)
    whole = _integers(cursor, rows, columns)
    _need(
        _within(whole, -DRIVER_MAX_STEPS, DRIVER_MAX_STEPS) and _within(steps, 0, DRIVER_MAX_LEARNED_STEP),
        "what was learned",
    )
    return whole * steps[:, None]


def _material_rows(materials: Materials) -> list[Float64Array]:
    return [
        materials.damping_hz,
        materials.drag,
        materials.thickness_m,
        materials.friction,
        materials.share,
    ]


def _whole_units(weights: Float64Array) -> Int32Array:
    """[M, 4] in 255ths that sum to 255: what rounding leaves goes to the largest weight."""
    units = np.rint(weights * DRIVER_WEIGHT_UNITS).astype(np.int32)
    rows = np.arange(len(units))
    units[rows, weights.argmax(axis=1)] += DRIVER_WEIGHT_UNITS - units.sum(axis=1)
    return units


def _table(values: NDArray[Any], rows: int) -> bytes:
    flat = np.asarray(values)
    return encode_integers(flat, row_lengths(rows, flat.size // rows), _CODEC)


def _integers(cursor: Cursor, rows: int, columns: int) -> Int32Array:
    return decode_integers(cursor, row_lengths(rows, columns)).reshape(rows, columns)


def _f32(values: Any) -> bytes:
    return packed_floats(np.asarray(values, dtype=np.float32))


def _within(values: NDArray[Any], low: float, high: float) -> bool:
    return bool(values.size == 0 or (values.min() >= low and values.max() <= high))


def _need(holds: bool, about: str) -> None:
    if not holds:
        raise corrupt("driver-invalid", "driver", found=f"{about} out of range", expected="a driver as in SPEC.md")
