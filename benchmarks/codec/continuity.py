"""The same Gaussians with their axes named as in the frame before.

A Gaussian's axes can be named in 24 ways (permuted and mirrored), and a quaternion has two signs; posing picks any of
them. A codec that predicts a frame from the one before would pay for the difference, so it is taken away first: peers
get the best case.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.geometry.quaternion import matrix_from_quaternion, multiply
from ani3d_runtime.splats import SplatCloud


def _axis_namings() -> Float32Array:
    """[24, 4] rotations of the cube; q and -q count once."""
    found: list[tuple[float, ...]] = []
    for signs in itertools.product((-1, 0, 1), repeat=4):
        components = sum(abs(sign) for sign in signs)
        first = next((sign for sign in signs if sign), 0)
        if components in (1, 2, 4) and first > 0:
            found.append(tuple(sign / components**0.5 for sign in signs))
    return np.array(found, dtype=np.float32)


NAMINGS = _axis_namings()
# Column a of a naming's matrix says which old axis the new axis a is.
_OLD_AXES = np.abs(matrix_from_quaternion(NAMINGS)).argmax(axis=1)


def continued(cloud: SplatCloud, previous: SplatCloud) -> SplatCloud:
    """``cloud``, the same covariances, with quaternions as near as possible to those of ``previous``."""
    # <q g, p> = <g, conj(q) p>: one product per Gaussian instead of 24.
    turn = multiply(cloud.quats_wxyz * np.array([1, -1, -1, -1], dtype=np.float32), previous.quats_wxyz)
    likeness = turn @ NAMINGS.T
    best = np.abs(likeness).argmax(axis=1)
    sign = np.where(np.take_along_axis(likeness, best[:, None], axis=1) < 0, -1, 1)
    quats = (multiply(cloud.quats_wxyz, NAMINGS[best]) * sign).astype(np.float32)
    scales = np.take_along_axis(cloud.scales_m, _OLD_AXES[best], axis=1)
    return replace(cloud, quats_wxyz=quats, scales_m=scales)
