"""SPZ, Niantic's packed Gaussians, versions 1 to 4: https://github.com/nianticlabs/spz.

Six streams one after another: positions as fixed point of 24 bits (version 1: half floats), opacities, colours, scale
logarithms and harmonics as bytes, rotations as three bytes (1 and 2) or as the three smallest entries of 10 bits (3 and
4). Versions 1 to 3 are one gzip stream; 4 is a plain header, a table of sizes and a Zstandard frame per stream.

The page of the format means X right, Y up, Z back. Most tools write whatever axes they have.
"""

from __future__ import annotations

import gzip
import importlib
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array, UInt8Array
from ani3d_runtime.errors import ResourceError
from ani3d_runtime.formats.smallest_three import join_smallest, split_smallest
from ani3d_runtime.formats.splat_file import (
    SplatFile,
    checked_cloud,
    damaged,
    file_bytes,
    refuse_empty,
    refuse_expansion,
    truncated,
    unknown_version,
    wrong_magic,
)
from ani3d_runtime.splats import SplatCloud

SpzVersion = Literal[3, 4]

MAGIC = b"NGSP"
GZIP_MAGIC = b"\x1f\x8b"
_HEADER = struct.Struct("<4sIIBBBB")
_HEADER_4 = struct.Struct("<4sIIBBBBI12x")
_SIZES_4 = struct.Struct("<QQ")
_TERMS = (1, 4, 9, 16, 25)
_COLOUR_SCALE = 0.15
_MIN_LOG_SCALE, _STEPS_PER_LOG = -10.0, 16.0
_MAGNITUDE = 511
# How much may lie behind the Gaussians and is passed over.
_EXTENSION_BYTES = 1 << 20
# Finest step of positions whose range is still ±8 m × 2^k; the format's own default is 12.
_MOST_FRACTION_BITS = 23
_DEFAULT_FRACTION_BITS = 12


@dataclass(frozen=True)
class _Header:
    version: int
    count: int
    degree: int
    fraction_bits: int

    @property
    def widths(self) -> tuple[int, ...]:
        """Bytes a Gaussian takes in each stream."""
        position = 6 if self.version == 1 else 9
        rotation = 3 if self.version < 3 else 4
        return position, 1, 3, 3, rotation, 3 * (_TERMS[self.degree] - 1)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Bytes of each stream."""
        return tuple(width * self.count for width in self.widths)


def read_spz(path: Path | str) -> SplatFile:
    """Read an SPZ of version 1 to 4.

    Raises:
        SplatFileError: ``splat-file-*``. ResourceError: ``extra-missing``, for version 4 without zstandard.
    """
    path = Path(path)
    data = file_bytes(path, "an SPZ file", _HEADER.size)
    if data.startswith(GZIP_MAGIC):
        header, streams = _unzipped(path, data)
    elif data.startswith(MAGIC):
        header, streams = _unpacked_4(path, data)
    else:
        raise wrong_magic(path, data, "gzip's 1f 8b, or NGSP of SPZ 4")
    notes = () if header.degree < 4 else ("harmonics of degree 4 are left out; a package holds up to degree 3",)
    return SplatFile(_cloud_of(path, header, streams), notes=notes)


def spz_bytes(cloud: SplatCloud, version: SpzVersion = 3) -> bytes:
    """An SPZ file of a cloud, in the cloud's order.

    Raises:
        ResourceError: ``extra-missing``, for version 4 without zstandard.
    """
    largest = float(np.abs(cloud.means_m).max())
    # 24 bits with a sign: as fine as the cloud's size allows, but no finer than readers expect.
    bits = int(np.clip(np.floor(22.99 - np.log2(max(largest, 1e-9))), 0, _DEFAULT_FRACTION_BITS))
    header = _Header(version, cloud.count, cloud.sh_degree, bits)
    streams = [np.ascontiguousarray(stream).tobytes() for stream in _streams_of(cloud, bits)]
    if version == 3:
        head = _HEADER.pack(MAGIC, 3, header.count, header.degree, bits, 0, 0)
        return gzip.compress(head + b"".join(streams), compresslevel=6, mtime=0)
    packed = [_zstandard().ZstdCompressor(level=12).compress(stream) for stream in streams if stream]
    head = _HEADER_4.pack(MAGIC, 4, header.count, header.degree, bits, 0, len(packed), _HEADER_4.size)
    table = [_SIZES_4.pack(len(part), size) for part, size in zip(packed, header.sizes, strict=False)]
    return b"".join([head, *table, *packed])


def _streams_of(cloud: SplatCloud, fraction_bits: int) -> list[UInt8Array]:
    fixed = np.rint(cloud.means_m.astype(np.float64) * 2.0**fraction_bits).astype("<i4")
    largest, others = split_smallest(cloud.quats_wxyz[:, [1, 2, 3, 0]])
    magnitudes = np.floor(np.abs(others) * _MAGNITUDE + 0.5).astype(np.uint32)
    fields = magnitudes | ((others < 0).astype(np.uint32) << 9)
    rotations = (largest.astype(np.uint32) << 30) | (fields[:, 0] << 20) | (fields[:, 1] << 10) | fields[:, 2]
    return [
        fixed.view(np.uint8).reshape(cloud.count, 3, 4)[:, :, :3],
        _bytes(cloud.opacities * 255.0),
        _bytes(cloud.sh[:, 0] * (_COLOUR_SCALE * 255) + 127.5),
        _bytes((np.log(cloud.scales_m) - _MIN_LOG_SCALE) * _STEPS_PER_LOG),
        rotations.astype("<u4").view(np.uint8),
        _bytes(cloud.sh[:, 1:] * 128.0 + 128.0),
    ]


def _bytes(values: NDArray[np.floating]) -> UInt8Array:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _cloud_of(path: Path, header: _Header, streams: list[UInt8Array]) -> SplatCloud:
    positions, alphas, colours, scales, rotations, rest = streams
    count = header.count
    sh = np.empty((count, _TERMS[min(header.degree, 3)], 3), dtype=np.float32)
    sh[:, 0] = (colours.reshape(count, 3) / np.float32(255) - np.float32(0.5)) / np.float32(_COLOUR_SCALE)
    coefficients = rest.reshape(count, -1, 3)[:, : sh.shape[1] - 1]
    sh[:, 1:] = (coefficients.astype(np.float32) - 128) / 128
    log_scales = scales.reshape(count, 3) / np.float32(_STEPS_PER_LOG) + np.float32(_MIN_LOG_SCALE)
    return checked_cloud(
        path,
        _positions(header, positions),
        _rotations(header, rotations),
        np.exp(log_scales),
        alphas / np.float32(255),
        sh,
    )


def _positions(header: _Header, stream: UInt8Array) -> Float32Array:
    if header.version == 1:
        return stream.view("<f2").astype(np.float32).reshape(header.count, 3)
    padded = np.zeros((header.count, 3, 4), dtype=np.uint8)
    padded[:, :, 1:] = stream.reshape(header.count, 3, 3)
    # The sign is the highest bit: read as the upper 24 bits, and shift it down.
    fixed = (padded.view("<i4")[:, :, 0] >> 8).astype(np.float64)
    return (fixed / 2.0**header.fraction_bits).astype(np.float32)


def _rotations(header: _Header, stream: UInt8Array) -> Float32Array:
    if header.version < 3:
        xyz = stream.reshape(header.count, 3) / np.float32(127.5) - np.float32(1)
        w = np.sqrt(np.maximum(1 - (xyz**2).sum(axis=1), 0))
        return np.concatenate([w[:, None], xyz], axis=1).astype(np.float32)
    packed = stream.view("<u4")
    fields = np.stack([packed >> 20, packed >> 10, packed], axis=1) & 1023
    others = (fields & _MAGNITUDE) / _MAGNITUDE * np.where(fields >> 9, -1.0, 1.0)
    return join_smallest(packed >> 30, others)[:, [3, 0, 1, 2]]


def _unzipped(path: Path, data: bytes) -> tuple[_Header, list[UInt8Array]]:
    try:
        stream = zlib.decompressobj(wbits=31)
        head = stream.decompress(data, _HEADER.size)
        if len(head) < _HEADER.size or not head.startswith(MAGIC):
            raise damaged(path, f"a gzip stream that begins with {head[:4]!r}", "NGSP, the mark of SPZ")
        header = _checked(path, *_HEADER.unpack(head)[1:5], versions=(1, 2, 3))
        total = sum(header.sizes)
        refuse_expansion(path, len(data), total, "Gaussians")
        body = stream.decompress(stream.unconsumed_tail, total)
        # The checksum is compared at the end, behind whatever extensions add.
        left = _EXTENSION_BYTES
        while not stream.eof and left > 0 and (more := stream.decompress(stream.unconsumed_tail, left)):
            left -= len(more)
    except zlib.error as exc:
        raise damaged(path, f"a gzip stream that breaks ({exc})", "a whole one") from None
    if len(body) < total or not (stream.eof or left <= 0):
        raise truncated(path, f"{len(body)} bytes of Gaussians", f"{total} bytes for {header.count} of them")
    return header, _cut(np.frombuffer(body, dtype=np.uint8), header.sizes)


def _unpacked_4(path: Path, data: bytes) -> tuple[_Header, list[UInt8Array]]:
    if len(data) < _HEADER_4.size:
        raise truncated(path, f"{len(data)} bytes", f"a header of {_HEADER_4.size}")
    _, version, count, degree, bits, _, stream_count, table_at = _HEADER_4.unpack_from(data)
    header = _checked(path, version, count, degree, bits, versions=(4,))
    sizes = [size for size in header.sizes if size]
    at = table_at + stream_count * _SIZES_4.size
    if stream_count != len(sizes) or table_at < _HEADER_4.size:
        raise damaged(path, f"{stream_count} streams, listed at byte {table_at}", f"{len(sizes)} behind the header")
    if at > len(data):
        raise truncated(path, f"{len(data)} bytes", f"a table of streams that ends at byte {at}")
    refuse_expansion(path, len(data), sum(sizes), "Gaussians")
    streams: list[UInt8Array] = []
    for index, size in enumerate(sizes):
        packed, unpacked = _SIZES_4.unpack_from(data, table_at + index * _SIZES_4.size)
        if unpacked != size or at + packed > len(data):
            raise damaged(path, f"stream {index} of {packed} bytes for {unpacked}", f"{size} bytes within the file")
        streams.append(_unpacked_stream(path, data[at : at + packed], size))
        at += packed
    return header, streams if len(streams) == 6 else [*streams, np.empty(0, dtype=np.uint8)]


def _unpacked_stream(path: Path, packed: bytes, size: int) -> UInt8Array:
    zstandard = _zstandard()
    try:
        # One byte more than there is: a frame that states no size of its own ends there at the latest.
        with zstandard.ZstdDecompressor().stream_reader(packed) as reader:
            unpacked = reader.read(size + 1)
    except zstandard.ZstdError as exc:
        raise damaged(path, f"a Zstandard stream that breaks ({exc})", "a whole one") from None
    if len(unpacked) != size:
        raise damaged(path, f"a stream of {len(unpacked)} bytes or more", f"{size} bytes")
    return np.frombuffer(unpacked, dtype=np.uint8)


def _checked(path: Path, version: int, count: int, degree: int, bits: int, versions: tuple[int, ...]) -> _Header:
    if version not in versions:
        raise unknown_version(path, f"SPZ version {version}", f"1 to 3 in gzip, or 4 as it is; here {versions}")
    if degree >= len(_TERMS) or bits > _MOST_FRACTION_BITS:
        raise damaged(
            path, f"degree {degree}, {bits} bits of fraction", f"0 to 4, and at most {_MOST_FRACTION_BITS} bits"
        )
    refuse_empty(path, count)
    return _Header(version, count, degree, bits)


def _cut(body: UInt8Array, sizes: tuple[int, ...]) -> list[UInt8Array]:
    ends = np.cumsum(sizes)
    return [body[end - size : end] for end, size in zip(ends.tolist(), sizes, strict=True)]


def _zstandard() -> ModuleType:
    try:
        return importlib.import_module("zstandard")
    except ImportError:
        raise ResourceError(
            "extra-missing",
            "SPZ 4",
            found="no module zstandard",
            expected="ani3d-runtime with its [fast] extra",
            fix="Run: pip install 'ani3d-runtime[fast]', or use SPZ 3.",
        ) from None
