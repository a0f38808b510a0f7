"""The one place that knows the axes of other tools.

Ours is right-handed, Y up, facing +Z, metres. The conventions of clouds are right-handed too, so that taking a cloud
over is a rotation: centres, orientations and spherical harmonics turn together and nothing else changes. Poses come
from left-handed tools as well; they are mirrored, every joint's frame included.

| name   | axes                                         | who uses it              |
|--------|----------------------------------------------|--------------------------|
| yup    | x right-handed to y up, z to the front       | ani3d, glTF, SMPL bodies |
| rdf    | x right, y down, z forward                   | 3DGS and COLMAP captures |
| zup    | z up, y to the back                          | AMASS, Blender           |
| unity  | left-handed: x right, y up, z to the front   | Unity, VMC; poses only   |
| unreal | left-handed: x to the front, y right, z up   | Unreal; poses only       |
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.errors import UsageError
from ani3d_runtime.geometry.harmonics import rotate_sh
from ani3d_runtime.geometry.quaternion import conjugate, multiply, normalised, rotate
from ani3d_runtime.splats import SplatCloud

Axes: TypeAlias = Literal["yup", "rdf", "zup"]
PoseAxes: TypeAlias = Literal["yup", "rdf", "zup", "unity", "unreal"]

# Rows are our x, y and z in terms of the other convention's coordinates.
_MATRIX_TO_YUP: dict[str, tuple[tuple[int, int, int], ...]] = {
    "yup": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "rdf": ((1, 0, 0), (0, -1, 0), (0, 0, -1)),
    "zup": ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
    "unity": ((-1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "unreal": ((0, -1, 0), (0, 0, 1), (1, 0, 0)),
}
_QUATERNION_TO_YUP: dict[str, tuple[float, float, float, float]] = {
    "yup": (1.0, 0.0, 0.0, 0.0),
    "rdf": (0.0, 1.0, 0.0, 0.0),
    "zup": (0.5**0.5, -(0.5**0.5), 0.0, 0.0),
}


def checked_axes(axes: str) -> Axes:
    """``axes`` as a known name.

    Raises:
        UsageError: ``axes-unknown``.
    """
    for known in get_args(Axes):
        if axes == known:
            return known
    raise UsageError(
        "axes-unknown",
        "axes",
        found=repr(axes),
        expected=" or ".join(get_args(Axes)),
        fix="Name the convention that the file was written in: 3DGS captures are usually rdf.",
    )


@dataclass(frozen=True)
class PoseBasis:
    """Takes poses given in other axes to ours: all joints' frames change with the world's, lengths keep their unit.

    Attributes:
        source: [3] which of their components each of ours is.
        signs: [3] and with which sign.
        handedness: -1 for left-handed axes, whose rotations turn the other way.
    """

    source: NDArray[np.int_]
    signs: Float64Array
    handedness: float

    @classmethod
    def of(cls, axes: PoseAxes) -> PoseBasis:
        """The change from ``axes``."""
        matrix = np.array(_MATRIX_TO_YUP[axes])
        source = np.abs(matrix).argmax(axis=1)
        return cls(source, matrix[np.arange(3), source].astype(np.float64), float(round(np.linalg.det(matrix))))

    def points(self, points: NDArray[Any]) -> Float64Array:
        """[..., 3] points or offsets."""
        return points[..., self.source] * self.signs

    def rotations(self, quats_wxyz: NDArray[Any]) -> Float64Array:
        """[..., 4] local or global rotations: a mirror keeps the angle and turns the mirrored axis around."""
        turned = np.empty(quats_wxyz.shape)
        turned[..., 0] = quats_wxyz[..., 0]
        turned[..., 1:] = quats_wxyz[..., 1 + self.source] * (self.signs * self.handedness)
        return turned


def rotation_from_axes(axes: str) -> Float64Array:
    """[4] unit quaternion wxyz that takes vectors given in ``axes`` to ours."""
    return np.array(_QUATERNION_TO_YUP[checked_axes(axes)])


def points_from_axes(points: NDArray[Any], axes: str) -> NDArray[Any]:
    """[..., 3] points or vectors given in ``axes``, in ours. Exact: signs and order change, no value does."""
    matrix = np.array(_MATRIX_TO_YUP[checked_axes(axes)])
    source = np.abs(matrix).argmax(axis=1)
    return points[..., source] * matrix[np.arange(3), source].astype(points.dtype)


def cloud_from_axes(cloud: SplatCloud, axes: str) -> SplatCloud:
    """A cloud read in ``axes``, in ours."""
    if checked_axes(axes) == "yup":
        return cloud
    return _turned(cloud, rotation_from_axes(axes), np.array(_MATRIX_TO_YUP[axes]))


def cloud_to_axes(cloud: SplatCloud, axes: str) -> SplatCloud:
    """A cloud of ours as it is written in ``axes``; the inverse of :func:`cloud_from_axes`."""
    if checked_axes(axes) == "yup":
        return cloud
    return _turned(cloud, conjugate(rotation_from_axes(axes)), np.array(_MATRIX_TO_YUP[axes]).T)


def turned_cloud(cloud: SplatCloud, rotation_wxyz: Float64Array) -> SplatCloud:
    """A cloud turned about the origin by any rotation [4], harmonics included."""
    means = rotate(rotation_wxyz, cloud.means_m.astype(np.float64)).astype(np.float32)
    quats = normalised(multiply(rotation_wxyz, cloud.quats_wxyz)).astype(np.float32)
    return replace(cloud, means_m=means, quats_wxyz=quats, sh=turned_harmonics(cloud.sh, rotation_wxyz))


def _turned(cloud: SplatCloud, rotation_wxyz: Float64Array, matrix: NDArray[np.int_]) -> SplatCloud:
    source = np.abs(matrix).argmax(axis=1)
    signs = matrix[np.arange(3), source].astype(np.float32)
    quats = normalised(multiply(rotation_wxyz, cloud.quats_wxyz)).astype(np.float32)
    return replace(
        cloud,
        means_m=np.ascontiguousarray(cloud.means_m[:, source] * signs),
        quats_wxyz=quats,
        sh=turned_harmonics(cloud.sh, rotation_wxyz),
    )


def turned_harmonics(sh: Float32Array, rotation_wxyz: NDArray[Any]) -> Float32Array:
    """[N, K, 3] harmonics after one rotation shared by all Gaussians.

    Rotation is linear in the coefficients, so the K unit vectors are rotated once and the resulting [K, K] matrix is
    applied to all N.
    """
    terms = sh.shape[1]
    if terms == 1:
        return sh
    unit = np.repeat(np.eye(terms, dtype=np.float32)[:, :, None], 3, axis=2)
    columns = rotate_sh(unit, np.repeat(np.asarray(rotation_wxyz, dtype=np.float32)[None], terms, axis=0))[:, :, 0]
    flat = sh.transpose(0, 2, 1).reshape(-1, terms) @ columns.astype(np.float32)
    return np.ascontiguousarray(flat.reshape(-1, 3, terms).transpose(0, 2, 1))
