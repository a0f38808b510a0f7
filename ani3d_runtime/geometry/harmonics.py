# pyright: basic
"""Real spherical harmonics of degree 0 to 3 in the 3DGS convention: evaluate and rotate.

The basis is that of 3D Gaussian Splatting (Kerbl et al. 2023), which carries the Condon-Shortley sign: bands are
ordered m = -l..l and odd m are negated. Polynomials follow Sloan, "Efficient Spherical Harmonic Evaluation", JCGT 2013.
"""

from __future__ import annotations

import functools

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.geometry.quaternion import matrix_from_quaternion, normalised
from ani3d_runtime.kernels import inner, kernel
from ani3d_runtime.parallel import parallel_kernel

# Y_0^0: turns a degree-0 coefficient into a colour offset.
SH_C0 = 0.28209479177387814

_F = np.float32
_C0 = _F(SH_C0)
_C1 = _F(0.48860251190292)
_C2_SIDE, _C2_OUTER = _F(-1.092548430592079), _F(0.5462742152960395)
_C2_ZZ, _C2_ONE = _F(0.9461746957575601), _F(-0.3153915652525201)
_C3_INNER_ZZ, _C3_INNER_ONE = _F(-2.285228997322329), _F(0.4570457994644658)
_C3_SIDE, _C3_OUTER = _F(1.445305721320277), _F(-0.5900435899266435)
_C3_ZZ, _C3_ONE = _F(1.865881662950577), _F(-1.119528997770346)
_TWO, _THREE, _HALF, _ZERO = _F(2), _F(3), _F(0.5), _F(0)

_PROBE_COUNT = 9


@inner(inline="always")
def sh_basis(x, y, z, degree, basis):
    """Write the (degree + 1)^2 basis values of the unit direction (x, y, z) into ``basis``."""
    basis[0] = _C0
    if degree < 1:
        return
    basis[1] = -_C1 * y
    basis[2] = _C1 * z
    basis[3] = -_C1 * x
    if degree < 2:
        return
    zz = z * z
    cos2 = x * x - y * y
    sin2 = _TWO * x * y
    basis[4] = _C2_OUTER * sin2
    basis[5] = _C2_SIDE * z * y
    basis[6] = _C2_ZZ * zz + _C2_ONE
    basis[7] = _C2_SIDE * z * x
    basis[8] = _C2_OUTER * cos2
    if degree < 3:
        return
    inner = _C3_INNER_ZZ * zz + _C3_INNER_ONE
    basis[9] = _C3_OUTER * (x * sin2 + y * cos2)
    basis[10] = _C3_SIDE * z * sin2
    basis[11] = inner * y
    basis[12] = z * (_C3_ZZ * zz + _C3_ONE)
    basis[13] = inner * x
    basis[14] = _C3_SIDE * z * cos2
    basis[15] = _C3_OUTER * (x * cos2 - y * sin2)


@inner(inline="always")
def sh_basis_gradient(x, y, z, degree, gradient):
    """Write d basis / d(x, y, z), before projection onto the sphere, into ``gradient`` [(degree + 1)^2, 3]."""
    for k in range((degree + 1) * (degree + 1)):
        gradient[k, 0] = _ZERO
        gradient[k, 1] = _ZERO
        gradient[k, 2] = _ZERO
    if degree < 1:
        return
    gradient[1, 1] = -_C1
    gradient[2, 2] = _C1
    gradient[3, 0] = -_C1
    if degree < 2:
        return
    gradient[4, 0] = _TWO * _C2_OUTER * y
    gradient[4, 1] = _TWO * _C2_OUTER * x
    gradient[5, 1] = _C2_SIDE * z
    gradient[5, 2] = _C2_SIDE * y
    gradient[6, 2] = _TWO * _C2_ZZ * z
    gradient[7, 0] = _C2_SIDE * z
    gradient[7, 2] = _C2_SIDE * x
    gradient[8, 0] = _TWO * _C2_OUTER * x
    gradient[8, 1] = -_TWO * _C2_OUTER * y
    if degree < 3:
        return
    cos2 = x * x - y * y
    sin2 = _TWO * x * y
    inner = _C3_INNER_ZZ * z * z + _C3_INNER_ONE
    inner_dz = _TWO * _C3_INNER_ZZ * z
    side = _C3_SIDE * z * _TWO
    outer = _THREE * _C3_OUTER
    gradient[9, 0] = outer * sin2
    gradient[9, 1] = outer * cos2
    gradient[10, 0] = side * y
    gradient[10, 1] = side * x
    gradient[10, 2] = _C3_SIDE * sin2
    gradient[11, 1] = inner
    gradient[11, 2] = inner_dz * y
    gradient[12, 2] = _THREE * _C3_ZZ * z * z + _C3_ONE
    gradient[13, 0] = inner
    gradient[13, 2] = inner_dz * x
    gradient[14, 0] = side * x
    gradient[14, 1] = -side * y
    gradient[14, 2] = _C3_SIDE * cos2
    gradient[15, 0] = outer * cos2
    gradient[15, 1] = -outer * sin2


def evaluate_sh(sh: Float32Array, directions: Float32Array) -> Float32Array:
    """[N, 3] colours of Gaussians seen along ``directions``: max(0, 0.5 + sum_k Y_k(direction) sh_k).

    Args:
        sh: [N, (d+1)^2, 3] coefficients.
        directions: [N, 3] or [3] from the camera to the Gaussian; need not be unit.
    """
    sh = np.ascontiguousarray(sh, dtype=np.float32)
    directions = np.ascontiguousarray(np.broadcast_to(directions, (len(sh), 3)), dtype=np.float32)
    colours = np.empty((len(sh), 3), dtype=np.float32)
    _evaluate(len(sh), sh, directions, _degree(sh), colours)
    return colours


def rotate_sh(sh: Float32Array, quats_wxyz: Float32Array) -> Float32Array:
    """[N, (d+1)^2, 3] coefficients of Gaussians that were turned: rotated(R d) = original(d) for every direction d.

    Exact, band by band: a band's values at a few fixed directions, taken back by R, determine the band's new
    coefficients, because a rotation maps each band onto itself.

    Args:
        sh: [N, (d+1)^2, 3] coefficients.
        quats_wxyz: [N, 4] or [4] rotations; need not be unit.
    """
    sh = np.ascontiguousarray(sh, dtype=np.float32)
    degree = _degree(sh)
    if degree == 0:
        return sh.copy()
    rotations = matrix_from_quaternion(normalised(quats_wxyz)).astype(np.float32)
    rotations = np.ascontiguousarray(np.broadcast_to(rotations, (len(sh), 3, 3)))
    probes, solve = _probes(degree)
    rotated = np.empty_like(sh)
    _rotate(len(sh), sh, rotations, degree, probes, solve, rotated)
    return rotated


def _degree(sh: Float32Array) -> int:
    return round(sh.shape[1] ** 0.5) - 1


@functools.cache
def _probes(degree: int) -> tuple[Float32Array, Float32Array]:
    """Probe directions [P, 3], and [(d+1)^2, P] the map from a band's values at the probes to its coefficients."""
    # A half sphere: the far half would add nothing, since each band is even or odd.
    steps = (np.arange(_PROBE_COUNT) + 0.5) / _PROBE_COUNT
    height, angle = steps, np.arange(_PROBE_COUNT) * np.pi * (3 - 5**0.5)
    radius = np.sqrt(1 - height**2)
    probes = np.stack([radius * np.cos(angle), radius * np.sin(angle), height], axis=1).astype(np.float32)
    basis = np.empty((_PROBE_COUNT, (degree + 1) ** 2), dtype=np.float32)
    _basis_of(probes, degree, basis)
    solve: Float64Array = np.zeros((basis.shape[1], _PROBE_COUNT))
    for band in range(degree + 1):
        rows = slice(band**2, (band + 1) ** 2)
        solve[rows] = np.linalg.pinv(basis[:, rows].astype(np.float64))
    return probes, solve.astype(np.float32)


@kernel()
def _basis_of(directions, degree, basis):
    for i in range(len(directions)):
        sh_basis(directions[i, 0], directions[i, 1], directions[i, 2], degree, basis[i])


@parallel_kernel(chunk=2048)
def _evaluate(first, last, sh, directions, degree, colours):
    basis = np.empty(16, np.float32)
    for i in range(first, last):
        x, y, z = directions[i, 0], directions[i, 1], directions[i, 2]
        length = np.sqrt(x * x + y * y + z * z)
        sh_basis(x / length, y / length, z / length, degree, basis)
        for channel in range(3):
            value = _HALF
            for k in range(sh.shape[1]):
                value += basis[k] * sh[i, k, channel]
            colours[i, channel] = max(value, _ZERO)


@parallel_kernel(chunk=512, fastmath=True)
def _rotate(first, last, sh, rotations, degree, probes, solve, rotated):
    basis = np.empty(16, np.float32)
    for i in range(first, last):
        turn = rotations[i]
        for k in range(sh.shape[1]):
            for channel in range(3):
                rotated[i, k, channel] = _ZERO
        for p in range(len(probes)):
            x, y, z = probes[p, 0], probes[p, 1], probes[p, 2]
            sh_basis(
                turn[0, 0] * x + turn[1, 0] * y + turn[2, 0] * z,
                turn[0, 1] * x + turn[1, 1] * y + turn[2, 1] * z,
                turn[0, 2] * x + turn[1, 2] * y + turn[2, 2] * z,
                degree,
                basis,
            )
            for band in range(degree + 1):
                red, green, blue = _ZERO, _ZERO, _ZERO
                for k in range(band * band, (band + 1) * (band + 1)):
                    red += basis[k] * sh[i, k, 0]
                    green += basis[k] * sh[i, k, 1]
                    blue += basis[k] * sh[i, k, 2]
                for k in range(band * band, (band + 1) * (band + 1)):
                    rotated[i, k, 0] += solve[k, p] * red
                    rotated[i, k, 1] += solve[k, p] * green
                    rotated[i, k, 2] += solve[k, p] * blue
