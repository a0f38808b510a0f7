"""Section ``nodes``: the control nodes' motion over one group of frames.

Displacements and rotation vectors are transformed by cosines in time and rounded with one step each; the integers of a
node may be predicted, row by row, from the mean of its parents' integers. What rounding loses here, detail makes good.
docs/SPEC.md, chapter "Section nodes", holds the layout.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ani3d_runtime.arrays import Float64Array, Int32Array
from ani3d_runtime.codec.continuity import continuous
from ani3d_runtime.codec.cosines import cosine_basis
from ani3d_runtime.codec.cursor import Cursor, corrupt, packed_floats
from ani3d_runtime.codec.integers import decode_integers, encode_integers, row_lengths
from ani3d_runtime.codec.nodes import NodeTracks
from ani3d_runtime.geometry.quaternion import quaternion_from_rotation_vector, rotation_vector_from_quaternion

_LAYOUT = 1
_PLAIN, _PREDICTED = 0, 1


def encode_tracks(
    tracks: NodeTracks, parents: Int32Array, *, displacement_step_m: float, rotation_step_rad: float, codec_id: str
) -> bytes:
    """Section ``nodes`` of the F frames of ``tracks``."""
    vectors = continuous(rotation_vector_from_quaternion(tracks.rotations_wxyz))
    head = bytes([_LAYOUT]) + packed_floats(np.array([displacement_step_m, rotation_step_rad], dtype=np.float32))
    return (
        head
        + _encode_channel(tracks.displacements_m, np.float32(displacement_step_m), parents, codec_id)
        + _encode_channel(vectors, np.float32(rotation_step_rad), parents, codec_id)
    )


def decode_tracks(section: bytes | memoryview, parents: Int32Array, frame_count: int) -> NodeTracks:
    """Read section ``nodes``.

    Raises:
        BrokenPackageError: ``section-*``, ``entropy-corrupt`` or ``nodes-invalid``.
    """
    cursor = Cursor(section, "nodes")
    cursor.expect_version(_LAYOUT)
    steps = cursor.floats(2)
    displacements = _decode_channel(cursor, steps[0], parents, frame_count)
    vectors = _decode_channel(cursor, steps[1], parents, frame_count)
    cursor.expect_end()
    return NodeTracks(displacements.astype(np.float32), quaternion_from_rotation_vector(vectors).astype(np.float32))


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


def _decode_channel(cursor: Cursor, step: np.float32, parents: Int32Array, frames: int) -> Float64Array:
    """[F, M, 3]."""
    nodes = len(parents)
    modes = decode_integers(cursor, row_lengths(1, 3 * frames))
    whole = decode_integers(cursor, row_lengths(3 * frames, nodes)).reshape(3 * frames, nodes).astype(np.int64)
    if ((modes != _PLAIN) & (modes != _PREDICTED)).any() or not 0 < step < 1e3:
        raise corrupt("nodes-invalid", cursor.section, found="an unknown prediction or step", expected="0 or 1")
    predicted = modes == _PREDICTED
    rows = whole[predicted]
    _predict(rows, rows, parents, 1)
    whole[predicted] = rows
    if np.abs(whole).max(initial=0) > 1 << 30:
        raise corrupt("nodes-invalid", cursor.section, found="node motion out of range", expected="31-bit integers")
    spectrum = (whole * np.float64(step)).reshape(frames, 3, nodes)
    return np.einsum("ft,fam->tma", cosine_basis(frames).astype(np.float64), spectrum, optimize=True)


@njit(cache=True, nogil=True)
def _predict(rows, known, parents, sign):  # pyright: ignore
    """Add ``sign`` times the floor of the mean of the parents in ``known`` to each entry, in node order."""
    for row in range(rows.shape[0]):
        for node in range(3, rows.shape[1]):
            total = known[row, parents[node, 0]] + known[row, parents[node, 1]] + known[row, parents[node, 2]]
            rows[row, node] += sign * ((total + 1) // 3)
