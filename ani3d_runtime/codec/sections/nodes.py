"""Section ``nodes``: the control nodes' motion over one group of frames.

Displacements and rotation vectors are transformed by cosines in time and rounded with one step each; the integers of a
node may be predicted, row by row, from the mean of its parents' integers. What rounding loses here, detail makes good.
spec/SPEC.md, chapter "nodes", holds the layout.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array, Float64Array, Int32Array
from ani3d_runtime.codec.primitives.continuity import continuous
from ani3d_runtime.codec.primitives.cosines import cosine_basis
from ani3d_runtime.codec.primitives.cursor import Cursor, corrupt, packed_floats
from ani3d_runtime.codec.primitives.integers import decode_integers, encode_integers, row_lengths
from ani3d_runtime.geometry.quaternion import rotation_vector_from_quaternion
from ani3d_runtime.kernels import kernel
from ani3d_runtime.spec.format import (
    NODES_LAYOUT,
    NODES_MAX_ENTRY,
    NODES_MAX_TURN_RAD,
    NODES_STEP_BELOW,
)

_PLAIN, _PREDICTED = 0, 1


@dataclass(frozen=True)
class NodeTracks:
    """The nodes' motion in one clip: displacements_m [T, M, 3] and rotations_wxyz [T, M, 4]."""

    displacements_m: Float32Array
    rotations_wxyz: Float32Array


def encode_tracks(
    tracks: NodeTracks, parents: Int32Array, *, displacement_step_m: float, rotation_step_rad: float, codec_id: str
) -> bytes:
    """Section ``nodes`` of the F frames of ``tracks``."""
    vectors = continuous(rotation_vector_from_quaternion(tracks.rotations_wxyz))
    head = bytes([NODES_LAYOUT]) + packed_floats(np.array([displacement_step_m, rotation_step_rad], dtype=np.float32))
    return (
        head
        + _encode_channel(tracks.displacements_m, np.float32(displacement_step_m), parents, codec_id)
        + _encode_channel(vectors, np.float32(rotation_step_rad), parents, codec_id)
    )


@dataclass(frozen=True)
class NodeSpectra:
    """Section ``nodes`` of a group as whole coefficients: every frame can be worked out by itself.

    Attributes:
        displacements, vectors: [F, 3, M] whole numbers, of displacements and rotation vectors.
        steps: metres and radians that 1 is worth.
    """

    displacements: NDArray[np.signedinteger[Any]]
    vectors: NDArray[np.signedinteger[Any]]
    steps: Float64Array

    @classmethod
    def still(cls, frame_count: int, node_count: int) -> NodeSpectra:
        """Nodes that stay where they are."""
        zero = np.zeros((frame_count, 3, node_count), dtype=np.int16)
        return cls(zero, zero, np.ones(2))

    def frame(self, number: int) -> tuple[Float32Array, Float32Array]:
        """([M, 3] displacements in metres, [M, 4] unit rotations) in one frame of the group."""
        found = self.tracks(slice(number, number + 1))
        return found.displacements_m[0], found.rotations_wxyz[0]

    def tracks(self, frames: slice = slice(None)) -> NodeTracks:
        """Displacements and rotations in some frames of the group.

        Raises:
            BrokenPackageError: ``nodes-invalid`` where a rotation vector is out of range.
        """
        basis = cosine_basis(len(self.displacements))[:, frames].astype(np.float64)
        nodes = self.displacements.shape[2]
        displacements = np.empty((basis.shape[1], nodes, 3), dtype=np.float32)
        rotations = np.empty((basis.shape[1], nodes, 4), dtype=np.float32)
        whole = (self.displacements, self.vectors, self.steps)
        if not _work_out(*whole, basis, float(NODES_MAX_TURN_RAD), displacements, rotations):
            raise corrupt(
                "nodes-invalid", "nodes", found="a rotation out of range", expected=f"|turns| <= {NODES_MAX_TURN_RAD:g}"
            )
        return NodeTracks(displacements, rotations)


def decode_tracks(section: bytes | memoryview, parents: Int32Array, frame_count: int) -> NodeTracks:
    """Read section ``nodes``, all frames of it; raises what :func:`decode_spectra` does."""
    return decode_spectra(section, parents, frame_count).tracks()


def decode_spectra(
    section: bytes | memoryview, parents: Int32Array, frame_count: int, *, stored_bytes: int | None = None
) -> NodeSpectra:
    """Read section ``nodes``; frames are worked out later.

    Args:
        section: its bytes.
        parents: [M, 3] of ``ResidualModel.node_parents``.
        frame_count: F of the group.
        stored_bytes: length in the file, where an entropy codec is around the whole section.

    Raises:
        BrokenPackageError: ``section-*``, ``entropy-corrupt`` or ``nodes-invalid``.
    """
    cursor = Cursor(section, "nodes", stored_bytes)
    cursor.expect_version(NODES_LAYOUT)
    cursor.expect_integers(6 * frame_count * (1 + len(parents)))
    steps = cursor.floats(2).astype(np.float64)
    displacements = _decode_channel(cursor, steps[0], parents, frame_count)
    vectors = _decode_channel(cursor, steps[1], parents, frame_count)
    cursor.expect_end()
    # Half the memory where that holds them: a player keeps some groups. Both alike: kernels are compiled for each pair.
    largest = max(np.abs(rows).max(initial=0) for rows in (displacements, vectors))
    whole = np.int16 if largest <= np.iinfo(np.int16).max else np.int32
    return NodeSpectra(displacements.astype(whole, copy=False), vectors.astype(whole, copy=False), steps)


def _encode_channel(values: np.ndarray, step: np.float32, parents: Int32Array, codec_id: str) -> bytes:
    frames, nodes = values.shape[:2]
    spectrum = np.einsum("ft,tma->fam", cosine_basis(frames).astype(np.float64), values, optimize=True)
    whole = np.rint(spectrum / np.float64(step)).astype(np.int64).reshape(3 * frames, nodes)
    differences = whole.copy()
    _predict(differences, whole, parents, -1)
    cheaper = np.log2(1 + np.abs(differences)).sum(axis=1) < np.log2(1 + np.abs(whole)).sum(axis=1)
    coded = np.where(cheaper[:, None], differences, whole)
    return encode_integers(cheaper.astype(np.int64), row_lengths(1, len(coded)), codec_id) + encode_integers(
        coded, row_lengths(len(coded), nodes), codec_id
    )


def _decode_channel(cursor: Cursor, step: float, parents: Int32Array, frames: int) -> Int32Array:
    """[F, 3, M] finished entries."""
    nodes = len(parents)
    modes = decode_integers(cursor, row_lengths(1, 3 * frames))
    rows = decode_integers(cursor, row_lengths(3 * frames, nodes)).reshape(3 * frames, nodes)
    if ((modes != _PLAIN) & (modes != _PREDICTED)).any() or not 0 < step < NODES_STEP_BELOW:
        raise corrupt("nodes-invalid", cursor.section, found="an unknown prediction or step", expected="0 or 1")
    if not _finish(rows, modes, parents):
        raise corrupt("nodes-invalid", cursor.section, found="node motion out of range", expected="31-bit integers")
    return rows.reshape(frames, 3, nodes)


@kernel()
def _predict(rows, known, parents, sign):  # pyright: ignore
    """Add ``sign`` times the floor of the mean of the parents in ``known`` to each entry, in node order."""
    for row in range(rows.shape[0]):
        for node in range(3, rows.shape[1]):
            total = known[row, parents[node, 0]] + known[row, parents[node, 1]] + known[row, parents[node, 2]]
            rows[row, node] += sign * ((total + 1) // 3)


@kernel()
def _finish(rows, modes, parents):  # pyright: ignore
    """Undo the prediction of predicted rows; False where an entry leaves its range."""
    line = np.zeros(rows.shape[1], np.int64)
    for row in range(rows.shape[0]):
        for node in range(rows.shape[1]):
            value = np.int64(rows[row, node])
            if modes[row] == _PREDICTED and node >= 3:
                value += (line[parents[node, 0]] + line[parents[node, 1]] + line[parents[node, 2]] + 1) // 3
            if abs(value) > NODES_MAX_ENTRY:
                return False
            line[node] = value
            rows[row, node] = value
    return True


@kernel()
def _work_out(displacements, vectors, steps, basis, limit, moved, rotations):  # pyright: ignore
    """Fill ``moved`` [F', M, 3] and ``rotations`` [F', M, 4] at the frames of ``basis`` [F, F'].

    False where a component of a rotation vector passes ``limit``: an argument, for compiled kernels keep constants.
    """
    nodes = displacements.shape[2]
    sums = np.empty((2, 3, nodes))
    for t in range(basis.shape[1]):
        sums[:] = 0
        for f in range(basis.shape[0]):
            for axis in range(3):
                for node in range(nodes):
                    sums[0, axis, node] += basis[f, t] * displacements[f, axis, node]
                    sums[1, axis, node] += basis[f, t] * vectors[f, axis, node]
        for node in range(nodes):
            x, y, z = sums[1, 0, node] * steps[1], sums[1, 1, node] * steps[1], sums[1, 2, node] * steps[1]
            if max(abs(x), abs(y), abs(z)) > limit:
                return False
            angle = math.sqrt(x * x + y * y + z * z)
            share = math.sin(0.5 * angle) / angle if angle > 1e-9 else 0.5
            rotations[t, node, 0] = math.cos(0.5 * angle)
            rotations[t, node, 1] = share * x
            rotations[t, node, 2] = share * y
            rotations[t, node, 3] = share * z
            for axis in range(3):
                moved[t, node, axis] = sums[0, axis, node] * steps[0]
    return True
