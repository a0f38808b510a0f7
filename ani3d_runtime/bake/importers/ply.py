"""A 3D Gaussian splatting PLY, as the original trainer and most tools since write it.

Properties: x y z, f_dc_0..2, f_rest_0.. (channel-major), opacity (logit), scale_0..2 (natural logarithm), rot_0..3
(wxyz). Others, such as normals, are passed over. Kerbl et al., "3D Gaussian Splatting" (2023).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ani3d_runtime.arrays import Float32Array, UInt8Array
from ani3d_runtime.avatar import Part
from ani3d_runtime.bake.importers.ply_table import PlyTable
from ani3d_runtime.errors import PlyError
from ani3d_runtime.geometry.frames import checked_axes, cloud_from_axes
from ani3d_runtime.splats import SplatCloud

_POSITION = ("x", "y", "z")
_OPACITY = ("opacity",)
_COLOUR = ("f_dc_0", "f_dc_1", "f_dc_2")
_SCALE = ("scale_0", "scale_1", "scale_2")
_ROTATION = ("rot_0", "rot_1", "rot_2", "rot_3")
_PART = "part"
# exp(80) still is a float32, and no scale a renderer can draw is near it.
_MAX_LOG_SCALE = 80.0
_MAX_COORDINATE = 1e9
# A trainer lets scales shrink without end; below a micrometre they no longer differ on screen.
_MIN_LOG_SCALE = float(np.log(1e-6))


def read_splat_ply(path: Path | str, *, axes: str = "rdf") -> SplatCloud:
    """Read a 3DGS PLY: ascii or binary of either byte order, SH degree 0 to 3.

    Args:
        path: the file.
        axes: the convention its coordinates are in, see :mod:`ani3d_runtime.geometry.frames`.

    Returns:
        The Gaussians in file order, in our axes and in the file's unit of length.

    Raises:
        PlyError: ``ply-*`` or ``splats-*``: missing file, not a PLY, properties missing, NaN, empty, cut short.
        UsageError: ``axes-unknown``.
    """
    checked_axes(axes)
    table = PlyTable.open(path)
    table.require((*_POSITION, *_COLOUR, *_OPACITY, *_SCALE, *_ROTATION))
    means = table.columns(_POSITION)
    log_scales = table.columns(_SCALE)
    if float(log_scales.max()) > _MAX_LOG_SCALE:
        raise PlyError(
            "ply-out-of-range",
            table.path,
            found=f"a scale logarithm of {float(log_scales.max()):.1f}",
            expected=f"natural logarithms of the standard deviations, below {_MAX_LOG_SCALE:.0f}",
            fix="Export the raw trained parameters; linear scales cannot be told apart from their logarithms.",
        )
    if float(np.abs(means).max()) > _MAX_COORDINATE:
        raise PlyError(
            "ply-out-of-range",
            table.path,
            found=f"a coordinate of {float(np.abs(means).max()):.3g}",
            expected=f"coordinates below {_MAX_COORDINATE:g}",
            fix="The file is damaged, or stray Gaussians must be removed first.",
        )
    cloud = SplatCloud.checked(
        means,
        _shrunk(table.columns(_ROTATION)),
        np.exp(np.maximum(log_scales, _MIN_LOG_SCALE)),
        _sigmoid(table.columns(_OPACITY)[:, 0]),
        _read_harmonics(table),
        name=str(table.path),
        error=PlyError,
    )
    return cloud_from_axes(cloud, axes)


def read_part_labels(path: Path | str) -> UInt8Array | None:
    """[N] labels of the property ``part`` of a PLY, values of :class:`Part`; None where it has none.

    Raises:
        PlyError: as :func:`read_splat_ply`, and ``ply-bad-part`` for a label that is not one.
    """
    table = PlyTable.open(path)
    if _PART not in table.names:
        return None
    labels = table.columns((_PART,))[:, 0]
    if (labels != np.rint(labels)).any() or labels.min() < 0 or labels.max() > max(Part):
        raise PlyError(
            "ply-bad-part",
            table.path,
            found=f"labels from {labels.min():g} to {labels.max():g}",
            expected=", ".join(f"{int(part)} {part.name.lower()}" for part in Part),
            fix="Relabel the property part, or remove it to have the parts guessed.",
        )
    return labels.astype(np.uint8)


def _shrunk(quats: Float32Array) -> Float32Array:
    """Quaternions divided by their largest entry: what a trainer let grow or shrink must not overflow when squared."""
    largest = np.abs(quats).max(axis=1, keepdims=True)
    return (quats / np.where(largest > 0, largest, 1)).astype(np.float32)


def _sigmoid(logits: Float32Array) -> Float32Array:
    # tanh does not overflow, 1 / (1 + exp(-x)) does.
    return (0.5 * (1 + np.tanh(0.5 * logits))).astype(np.float32)


def _read_harmonics(table: PlyTable) -> Float32Array:
    count = sum(name.startswith("f_rest_") for name in table.names)
    if count not in (0, 9, 24, 45):
        raise PlyError(
            "ply-sh-degree",
            table.path,
            found=f"{count} f_rest properties",
            expected="0, 9, 24 or 45 (spherical harmonics of degree 0 to 3)",
            fix="Export with spherical harmonics of degree 0 to 3.",
        )
    terms = count // 3 + 1
    sh = np.empty((len(table.rows), terms, 3), dtype=np.float32)
    sh[:, 0] = table.columns(_COLOUR)
    if count:
        rest = table.columns([f"f_rest_{index}" for index in range(count)])
        sh[:, 1:] = rest.reshape(-1, 3, terms - 1).transpose(0, 2, 1)
    return sh
