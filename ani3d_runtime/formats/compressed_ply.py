"""Compressed PLY, PlayCanvas' packed Gaussians, https://developer.playcanvas.com/user-manual/gaussian-splatting/formats.

Chunks of 256 Gaussians have bounds; each Gaussian's position, scale logarithms and colour are places within them:
11, 10 and 11 bits in a word, colour and opacity 8 bits each. Rotations are the three smallest entries of 10 bits.
Harmonics are bytes, channel after channel: 256 steps from -4 to 4.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array, Float64Array, UInt8Array
from ani3d_runtime.formats.morton import morton_order
from ani3d_runtime.formats.ply_table import PlyFile, PlyTable
from ani3d_runtime.formats.smallest_three import join_smallest, split_smallest
from ani3d_runtime.formats.splat_file import SplatFile, checked_cloud, damaged, refuse_empty
from ani3d_runtime.geometry.harmonics import SH_C0
from ani3d_runtime.splats import SplatCloud

CHUNK = 256
_WORDS = ("packed_position", "packed_rotation", "packed_scale", "packed_color")
_AXES = ("x", "y", "z")
_BOUNDS = {
    "position": [[f"{end}_{axis}" for axis in _AXES] for end in ("min", "max")],
    "scale": [[f"{end}_scale_{axis}" for axis in _AXES] for end in ("min", "max")],
    "colour": [[f"{end}_{channel}" for channel in "rgb"] for end in ("min", "max")],
}
# Bits of the three fields of a word, and where they begin.
_FIELDS = ((11, 21), (10, 11), (11, 0))
# Written between these, and read below the other: its exponential still is a float32.
_MOST_LOG_SCALE, _LARGEST_LOG_SCALE = 20.0, 80.0
_SH_SPAN = 8.0
_TERMS = {0: 1, 9: 4, 24: 9, 45: 16}


def is_compressed(file: PlyFile) -> bool:
    """Whether a PLY holds packed Gaussians."""
    return _WORDS[0] in file.vertex.names


def read_compressed_ply(file: PlyFile) -> SplatFile:
    """Gaussians of an opened PLY.

    Raises:
        PlyError: ``ply-missing-property``, ``ply-truncated``, ``ply-empty``. SplatFileError: ``splat-file-damaged``.
    """
    table = file.vertex
    table.require(_WORDS)
    path, count = table.path, len(table.rows)
    refuse_empty(path, count)
    position, rotation, scale, colour = (_word(path, table.rows[name]) for name in _WORDS)
    chunks = file.element("chunk")
    if len(chunks.rows) != -(-count // CHUNK):
        raise damaged(path, f"{len(chunks.rows)} chunks for {count} vertices", f"one for every {CHUNK} vertices")
    fields = np.stack([colour >> 24, colour >> 16, colour >> 8, colour], axis=1) & 255
    rgb = fields[:, :3] / 255.0
    if _BOUNDS["colour"][0][0] in chunks.names:
        rgb = _within(chunks, "colour", rgb)
    sh = np.empty((count, _TERMS[0], 3), dtype=np.float32)
    sh[:, 0] = (rgb - 0.5) / SH_C0
    log_scales = _within(chunks, "scale", _fractions(scale))
    if float(log_scales.max()) > _LARGEST_LOG_SCALE:
        raise damaged(path, f"a scale logarithm of {float(log_scales.max()):.3g}", f"below {_LARGEST_LOG_SCALE:g}")
    cloud = checked_cloud(
        path,
        _within(chunks, "position", _fractions(position)),
        _rotations(rotation),
        np.exp(log_scales),
        (fields[:, 3] / 255.0).astype(np.float32),
        _with_rest(file, sh),
    )
    return SplatFile(cloud)


def compressed_ply_bytes(cloud: SplatCloud) -> bytes:
    """A compressed PLY of a cloud. Its Gaussians lie in Morton order, so that chunks are small."""
    cloud = cloud.take(morton_order(cloud.means_m).astype(np.int32))
    log_scales = np.clip(np.log(cloud.scales_m.astype(np.float64)), -_MOST_LOG_SCALE, _MOST_LOG_SCALE)
    rgb = cloud.sh[:, 0].astype(np.float64) * SH_C0 + 0.5
    bounds: list[Float32Array] = []
    words: list[NDArray[np.integer[Any]]] = []
    for values in (cloud.means_m.astype(np.float64), log_scales):
        low, high, parts = _placed(values)
        bounds += [low, high]
        words.append(_packed(parts))
    low, high, parts = _placed(rgb)
    bytes_ = np.rint(np.concatenate([parts, cloud.opacities[:, None]], axis=1) * 255).astype(np.uint32)
    words.append(bytes_[:, 0] << 24 | bytes_[:, 1] << 16 | bytes_[:, 2] << 8 | bytes_[:, 3])
    largest, others = split_smallest(cloud.quats_wxyz)
    small = np.rint((others * 0.5 + 0.5) * 1023).astype(np.uint32)
    turns = largest.astype(np.uint32) << 30 | small[:, 0] << 20 | small[:, 1] << 10 | small[:, 2]
    rest = cloud.sh[:, 1:].transpose(0, 2, 1).reshape(cloud.count, -1)
    return b"".join(
        [
            _header(cloud.count, len(low), rest.shape[1]),
            np.concatenate([*bounds, low, high], axis=1, dtype=np.float32).astype("<f4").tobytes(),
            np.stack([words[0], turns, words[1], words[2]], axis=1).astype("<u4").tobytes(),
            # Truncated: a reader takes the middle of each step.
            np.clip(np.floor((rest / _SH_SPAN + 0.5) * 256), 0, 255).astype(np.uint8).tobytes(),
        ]
    )


def _header(count: int, chunks: int, rest: int) -> bytes:
    bounds = [name for pair in _BOUNDS.values() for names in pair for name in names]
    lines = ["ply", "format binary_little_endian 1.0", f"element chunk {chunks}"]
    lines += [f"property float {name}" for name in bounds]
    lines += [f"element vertex {count}", *(f"property uint {name}" for name in _WORDS)]
    if rest:
        lines += [f"element sh {count}", *(f"property uchar f_rest_{index}" for index in range(rest))]
    return "\n".join([*lines, "end_header", ""]).encode("ascii")


def _placed(values: Float64Array) -> tuple[Float32Array, Float32Array, Float64Array]:
    """Bounds of every chunk, [C, 3] each, and the places of [N, 3] values within them, 0..1."""
    starts = np.arange(0, len(values), CHUNK)
    # float32 as they are written, and never inside what they bound.
    low = np.nextafter(np.minimum.reduceat(values, starts).astype(np.float32), np.float32(-np.inf))
    high = np.nextafter(np.maximum.reduceat(values, starts).astype(np.float32), np.float32(np.inf))
    of = np.arange(len(values)) // CHUNK
    span = (high.astype(np.float64) - low)[of]
    return low, high, np.clip((values - low[of]) / span, 0, 1)


def _packed(parts: Float64Array) -> NDArray[np.uint32]:
    words = np.zeros(len(parts), dtype=np.uint32)
    for column, (bits, shift) in enumerate(_FIELDS):
        words |= np.rint(parts[:, column] * ((1 << bits) - 1)).astype(np.uint32) << shift
    return words


def _fractions(words: NDArray[np.uint32]) -> Float64Array:
    return np.stack([(words >> shift & ((1 << bits) - 1)) / ((1 << bits) - 1) for bits, shift in _FIELDS], axis=1)


def _within(chunks: PlyTable, bound: str, parts: Float64Array) -> Float64Array:
    """[N, 3] values of their places 0..1 between the bounds of their chunks."""
    low, high = (chunks.columns(names).astype(np.float64) for names in _BOUNDS[bound])
    of = np.arange(len(parts)) // CHUNK
    return low[of] + (high - low)[of] * parts


def _rotations(words: NDArray[np.uint32]) -> Float32Array:
    others = np.stack([words >> 20, words >> 10, words], axis=1) & 1023
    return join_smallest(words >> 30, others / 1023 * 2 - 1)


def _with_rest(file: PlyFile, sh: Float32Array) -> Float32Array:
    """The harmonics, with those of higher degree where the file has them."""
    if "sh" not in file.element_names:
        return sh
    table = file.element("sh")
    names = [name for name in table.names if name.startswith("f_rest_")]
    if len(names) not in _TERMS or len(table.rows) != len(sh):
        raise damaged(
            table.path, f"{len(table.rows)} times {len(names)} harmonics", f"0, 9, 24 or 45 for {len(sh)} vertices"
        )
    terms = _TERMS[len(names)]
    table.require([f"f_rest_{index}" for index in range(len(names))])
    steps: UInt8Array = np.stack([table.rows[f"f_rest_{index}"] for index in range(len(names))], axis=1)
    values = (steps.astype(np.float32) + np.float32(0.5)) / 256
    # The two ends stand for themselves, other steps for their middle.
    values = np.where(steps == 0, 0, np.where(steps == 255, 1, values))
    rest = ((values - 0.5) * _SH_SPAN).reshape(len(sh), 3, terms - 1).transpose(0, 2, 1)
    return np.concatenate([sh, rest], axis=1, dtype=np.float32)


def _word(path: Path, column: NDArray[np.generic]) -> NDArray[np.uint32]:
    if column.dtype.kind not in "ui" or column.dtype.itemsize != 4:
        raise damaged(path, f"packed words of type {column.dtype}", "uint")
    return column.astype(np.uint32)
