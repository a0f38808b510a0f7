""".ksplat of three.js' GaussianSplats3D: https://github.com/mkkellogg/GaussianSplats3D.

A header of 4,096 bytes, one of 1,024 bytes for each section, and the sections' data: sizes of partly filled buckets,
bucket centres, Gaussians. Level 0 has floats; 1 has positions of 16 bits around their bucket's centre and half floats;
2 has harmonics as bytes as well. Harmonics come band after band, channel after channel within each.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.formats.splat_file import (
    SplatFile,
    checked_cloud,
    damaged,
    file_bytes,
    refuse_empty,
    refuse_expansion,
    truncated,
    unknown_version,
)
from ani3d_runtime.geometry.harmonics import SH_C0

_HEADER_BYTES, _SECTION_BYTES = 4096, 1024
# Numbers of harmonics per Gaussian, by degree; the format has no degree 3.
_REST = (0, 9, 24)
_MAX_SECTIONS = 4096
_MOST_HARMONIC = 1e6
_CENTRE_FLOATS = 3


@dataclass(frozen=True)
class _Section:
    count: int
    most: int
    capacity: int
    buckets: int
    block: float
    bucket_bytes: int
    span: int
    full: int
    partial: int
    degree: int

    @property
    def bucket_table_bytes(self) -> int:
        return self.bucket_bytes * self.buckets + 4 * self.partial


def read_ksplat(path: Path | str) -> SplatFile:
    """Read a .ksplat of level 0 to 2.

    Raises:
        SplatFileError: ``splat-file-*``.
    """
    path = Path(path)
    data = file_bytes(path, "a .ksplat file", _HEADER_BYTES)
    major, minor = data[0], data[1]
    if major != 0 or minor < 1:
        raise unknown_version(path, f".ksplat version {major}.{minor}", "0.1 and later of 0")
    section_count = int.from_bytes(data[4:8], "little")
    count, level = int.from_bytes(data[16:20], "little"), int.from_bytes(data[20:22], "little")
    refuse_empty(path, count)
    if level > 2 or section_count > _MAX_SECTIONS:
        raise damaged(path, f"level {level}, {section_count} sections", f"level 0 to 2, up to {_MAX_SECTIONS} sections")
    at = _HEADER_BYTES + section_count * _SECTION_BYTES
    if at > len(data):
        raise truncated(path, f"{len(data)} bytes", f"{at} bytes of headers")
    low, high = (float(value) for value in np.frombuffer(data, "<f4", 2, 36))
    bounds = (low or -1.5, high or 1.5)
    if not np.isfinite(bounds).all() or max(map(abs, bounds)) > _MOST_HARMONIC:
        raise damaged(path, f"harmonics from {low:.3g} to {high:.3g}", f"bounds within ±{_MOST_HARMONIC:g}")
    parts: list[tuple[Float32Array, ...]] = []
    for index in range(section_count):
        section = _section(path, data, _HEADER_BYTES + index * _SECTION_BYTES, level)
        parts.append(_gaussians(path, data, at, section, level, bounds))
        at += section.bucket_table_bytes + section.most * _row(level, section.degree).itemsize
    found = sum(len(part[0]) for part in parts)
    if found != count:
        raise damaged(path, f"{found} Gaussians in {section_count} sections", f"{count}, as the header says")
    terms = max(part[4].shape[1] for part in parts)
    means, quats, scales, opacities = (np.concatenate([part[column] for part in parts]) for column in range(4))
    sh = np.concatenate([np.pad(part[4], ((0, 0), (0, terms - part[4].shape[1]), (0, 0))) for part in parts])
    return SplatFile(checked_cloud(path, means, quats, scales, opacities, sh))


def _section(path: Path, data: bytes, at: int, level: int) -> _Section:
    words = np.frombuffer(data, "<u4", 10, at)
    section = _Section(
        count=int(words[0]),
        most=int(words[1]),
        capacity=int(words[2]),
        buckets=int(words[3]),
        block=float(np.frombuffer(data, "<f4", 1, at + 16)[0]),
        bucket_bytes=int(words[5]) & 0xFFFF,
        span=int(words[6]) or (1 if level == 0 else 32767),
        full=int(words[8]),
        partial=int(words[9]),
        degree=int.from_bytes(data[at + 40 : at + 42], "little"),
    )
    holds = section.count <= section.most and section.full + section.partial <= section.buckets
    if not holds or section.degree >= len(_REST) or not np.isfinite(section.block):
        raise damaged(path, f"a section of {section}", "counts that fit into each other, and degree 0 to 2")
    return section


def _row(level: int, degree: int) -> np.dtype[np.void]:
    number = "<f4" if level == 0 else "<f2"
    harmonics = ("<f4", "<f2", "u1")[level]
    return np.dtype(
        [
            ("means", "<f4" if level == 0 else "<u2", 3),
            ("scales", number, 3),
            ("quats", number, 4),
            ("rgba", "u1", 4),
            ("rest", harmonics, (_REST[degree],)),
        ]
    )


def _gaussians(
    path: Path, data: bytes, at: int, section: _Section, level: int, bounds: tuple[float, float]
) -> tuple[Float32Array, ...]:
    """Positions, rotations, scales, opacities and harmonics of a section."""
    row = _row(level, section.degree)
    start = at + section.bucket_table_bytes
    if start + section.count * row.itemsize > len(data):
        raise truncated(path, f"{len(data)} bytes", f"{start + section.count * row.itemsize} for its sections")
    refuse_expansion(path, len(data), section.count * 256, "Gaussians")
    rows = np.frombuffer(data, row, section.count, start)
    means = rows["means"].astype(np.float32)
    if level > 0:
        centres = _centres(path, data, at, section)
        means = (means - np.float32(section.span)) * np.float32(section.block / 2 / section.span) + centres
    rgba = rows["rgba"] / np.float32(255)
    numbers = [rows[name].astype(np.float32) for name in ("quats", "scales")]
    rest = rows["rest"].astype(np.float32)
    if level == 2:
        rest = (bounds[0] + rest / 255 * (bounds[1] - bounds[0])).astype(np.float32)
    if not all(np.isfinite(values).all() for values in (means, *numbers, rest)) or (numbers[1] < 0).any():
        raise damaged(path, "values that are no numbers, or negative scales", "rows of Gaussians")
    colour = ((rgba[:, None, :3] - 0.5) / SH_C0).astype(np.float32)
    sh = np.concatenate([colour, *_bands(rest, section.degree)], axis=1, dtype=np.float32)
    return means, numbers[0], numbers[1], rgba[:, 3], sh


def _centres(path: Path, data: bytes, at: int, section: _Section) -> Float32Array:
    """[N, 3] centre of the bucket of each Gaussian: full buckets come first, then those of stated sizes."""
    table = at + 4 * section.partial
    if section.bucket_bytes != 4 * _CENTRE_FLOATS or section.capacity == 0 or not section.buckets:
        raise damaged(path, f"{section.buckets} buckets of {section.bucket_bytes} bytes", "centres of 12 bytes")
    if table + section.bucket_bytes * section.buckets > len(data):
        raise truncated(path, f"{len(data)} bytes", "the table of its buckets")
    sizes = np.frombuffer(data, "<u4", section.partial, at).astype(np.int64)
    ends = np.concatenate([np.full(section.full, section.capacity, dtype=np.int64), sizes]).cumsum()
    bucket = np.searchsorted(ends, np.arange(section.count), side="right")
    if section.count and int(bucket[-1]) >= len(ends):
        raise damaged(path, f"{int(ends[-1]) if len(ends) else 0} places in buckets", f"{section.count} of them")
    centres = np.frombuffer(data, "<f4", section.buckets * _CENTRE_FLOATS, table).reshape(-1, _CENTRE_FLOATS)
    return centres[bucket]


def _bands(rest: Float32Array, degree: int) -> list[NDArray[np.float32]]:
    """[N, 3, 3] and [N, 5, 3] harmonics of the bands 1 and 2."""
    bands = [rest[:, :9].reshape(-1, 3, 3), rest[:, 9:].reshape(-1, 3, 5)][:degree]
    return [band.transpose(0, 2, 1) for band in bands]
