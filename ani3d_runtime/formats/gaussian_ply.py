"""A 3D Gaussian splatting PLY, as the original trainer and most tools since write it.

Properties: x y z, f_dc_0..2, f_rest_0.. (channel-major), opacity (logit), scale_0..2 (natural logarithm), rot_0..3
(wxyz). Others, such as normals, are passed over. Kerbl et al., "3D Gaussian Splatting" (2023). Dialects: two scales
alone (2D Gaussians, Huang et al. 2024), colours as red green blue (nerfstudio), and packed ones
(:mod:`ani3d_runtime.formats.compressed_ply`).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.errors import PlyError
from ani3d_runtime.formats.compressed_ply import is_compressed, read_compressed_ply
from ani3d_runtime.formats.ply_table import PlyFile, PlyTable
from ani3d_runtime.formats.splat_file import MIN_SCALE, SplatFile, sigmoid
from ani3d_runtime.geometry.harmonics import SH_C0
from ani3d_runtime.splats import SplatCloud

_POSITION = ("x", "y", "z")
_OPACITY = ("opacity",)
_COLOUR = ("f_dc_0", "f_dc_1", "f_dc_2")
_RGB = ("red", "green", "blue")
_SCALE = ("scale_0", "scale_1", "scale_2")
_ROTATION = ("rot_0", "rot_1", "rot_2", "rot_3")
_PART = "part"
# exp(80) still is a float32, and no scale a renderer can draw is near it.
_MAX_LOG_SCALE = 80.0
_MAX_COORDINATE = 1e9
_MIN_LOG_SCALE = float(np.log(MIN_SCALE))
# Gaussians wider than this share of the cloud, in the median, are no Gaussians of a person.
_WIDE = 0.06
# Fewer are no person, and nothing is judged by them.
_FEWEST_JUDGED = 16
# A logit is infinite at 0 and 1; 1e-6 is far below what an 8-bit alpha can show.
_OPACITY_MARGIN = 1e-6


def property_names(sh_degree: int) -> list[str]:
    """Names of the columns that are written, in file order."""
    rest = 3 * ((sh_degree + 1) ** 2 - 1)
    return [
        *_POSITION,
        *("nx", "ny", "nz"),
        *_COLOUR,
        *(f"f_rest_{index}" for index in range(rest)),
        *_OPACITY,
        *_SCALE,
        *_ROTATION,
    ]


def gaussian_ply_bytes(cloud: SplatCloud) -> bytes:
    """A 3DGS PLY of a cloud, in the cloud's order."""
    lines = ["ply", "format binary_little_endian 1.0", f"element vertex {cloud.count}"]
    lines += [f"property float {name}" for name in property_names(cloud.sh_degree)]
    return "\n".join([*lines, "end_header", ""]).encode("ascii") + _columns_of(cloud).tobytes()


def read_gaussian_ply(path: Path | str, *, drop_nan: bool = False) -> SplatFile:
    """Read a 3DGS PLY: ascii, binary of either byte order, or compressed; SH degree 0 to 3.

    Args:
        path: the file.
        drop_nan: leave Gaussians with NaN out instead of refusing the file.

    Raises:
        PlyError: ``ply-*`` or ``splats-*``: missing file, not a PLY, properties missing, NaN, empty, cut short.
        SplatFileError: ``splat-file-*``, for a compressed one.
    """
    file = PlyFile.open(path)
    if is_compressed(file):
        return read_compressed_ply(file)
    table = file.vertex
    flat = "scale_2" not in table.names and "scale_1" in table.names
    rgb = _COLOUR[0] not in table.names and _RGB[0] in table.names
    scales, colours = (_SCALE[:2] if flat else _SCALE), (_RGB if rgb else _COLOUR)
    table.require((*_POSITION, *colours, *_OPACITY, *scales, *_ROTATION))
    rest = _rest_names(table)
    notes: list[str] = []
    if drop_nan:
        names = [*_POSITION, *colours, *rest, *_OPACITY, *scales, *_ROTATION]
        whole = table.whole_rows(names, may_be_infinite=(*_OPACITY, *scales))
        table = table.only(whole)
        notes.append(f"{int((~whole).sum())} Gaussians with NaN are left out")
    if flat:
        notes.append("2D Gaussians: their third axis is made as thin as a micrometre")
    if rgb:
        notes.append("colours are red, green and blue: no harmonics of higher degree")
    cloud = _cloud_of(table, scales, colours, rest)
    labels = table.columns((_PART,))[:, 0] if _PART in table.names else None
    return SplatFile(cloud, part_labels=labels, notes=tuple(notes))


def _cloud_of(table: PlyTable, scales: tuple[str, ...], colours: tuple[str, ...], rest: list[str]) -> SplatCloud:
    means = table.centred_columns(_POSITION)
    log_scales = table.columns(scales, may_be_infinite=True)
    _refuse_absurd(table, means, log_scales)
    third = np.full((len(means), 3 - log_scales.shape[1]), _MIN_LOG_SCALE, dtype=np.float32)
    return SplatCloud.checked(
        means,
        _shrunk(table.columns(_ROTATION)),
        np.exp(np.maximum(np.concatenate([log_scales, third], axis=1), _MIN_LOG_SCALE)),
        sigmoid(table.columns(_OPACITY, may_be_infinite=True)[:, 0]),
        _harmonics(table, colours, rest),
        name=str(table.path),
        error=PlyError,
    )


def _refuse_absurd(table: PlyTable, means: Float32Array, log_scales: Float32Array) -> None:
    largest = float(log_scales.max())
    if largest > _MAX_LOG_SCALE:
        raise PlyError(
            "ply-out-of-range",
            table.path,
            found=f"a scale logarithm of {largest:.1f}",
            expected=f"natural logarithms of the standard deviations, below {_MAX_LOG_SCALE:.0f}",
            fix="Export the raw trained parameters.",
        )
    if float(np.abs(means).max()) > _MAX_COORDINATE:
        raise PlyError(
            "ply-out-of-range",
            table.path,
            found=f"a coordinate of {float(np.abs(means).max()):.3g}",
            expected=f"coordinates below {_MAX_COORDINATE:g}",
            fix="The file is damaged, or stray Gaussians must be removed first.",
        )
    extent = float(np.ptp(means.astype(np.float64), axis=0).max())
    widest = log_scales.max(axis=1)
    # Positive numbers that would be logarithms of widths that no cloud of this size has: they are the widths.
    if (
        float(log_scales.min()) >= 0
        and len(means) >= _FEWEST_JUDGED
        and float(np.median(np.exp(widest))) > _WIDE * extent
    ):
        raise PlyError(
            "ply-activated",
            table.path,
            found=f"scales from {float(log_scales.min()):.3g} to {largest:.3g}, none negative, in a cloud of "
            f"{extent:.3g}: as logarithms the median Gaussian would be {float(np.median(np.exp(widest))):.3g} wide",
            expected="natural logarithms of the standard deviations, and logits of the opacities",
            fix="Export the raw trained parameters, or write log(scale) and log(opacity / (1 - opacity)) first.",
        )


def _columns_of(cloud: SplatCloud) -> Float32Array:
    """[N, P] columns in the order of :func:`property_names`."""
    opacity = np.clip(cloud.opacities.astype(np.float64), _OPACITY_MARGIN, 1 - _OPACITY_MARGIN)
    rest: NDArray[np.float32] = cloud.sh[:, 1:].transpose(0, 2, 1).reshape(cloud.count, -1)
    columns = [
        cloud.means_m,
        np.zeros((cloud.count, 3), dtype=np.float32),
        cloud.sh[:, 0],
        rest,
        np.log(opacity / (1 - opacity))[:, None],
        np.log(cloud.scales_m),
        cloud.quats_wxyz,
    ]
    return np.ascontiguousarray(np.concatenate(columns, axis=1), dtype="<f4")


def _shrunk(quats: Float32Array) -> Float32Array:
    """Quaternions divided by their largest entry: what a trainer let grow or shrink must not overflow when squared."""
    largest = np.abs(quats).max(axis=1, keepdims=True)
    return (quats / np.where(largest > 0, largest, 1)).astype(np.float32)


def _rest_names(table: PlyTable) -> list[str]:
    count = sum(name.startswith("f_rest_") for name in table.names)
    if count not in (0, 9, 24, 45):
        raise PlyError(
            "ply-sh-degree",
            table.path,
            found=f"{count} f_rest properties",
            expected="0, 9, 24 or 45 (spherical harmonics of degree 0 to 3)",
            fix="Export with spherical harmonics of degree 0 to 3.",
        )
    return [f"f_rest_{index}" for index in range(count)]


def _harmonics(table: PlyTable, colours: tuple[str, ...], rest: list[str]) -> Float32Array:
    terms = len(rest) // 3 + 1
    sh = np.empty((len(table.rows), terms, 3), dtype=np.float32)
    values = table.columns(colours)
    if colours == _RGB:
        full = 255 if table.rows.dtype[_RGB[0]].kind in "iu" or float(values.max()) > 1 else 1
        values = ((values / full - 0.5) / SH_C0).astype(np.float32)
    sh[:, 0] = values
    if rest:
        sh[:, 1:] = table.columns(rest).reshape(-1, 3, terms - 1).transpose(0, 2, 1)
    return sh
