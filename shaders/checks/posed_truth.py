"""Posed Gaussians of kernels beside those of ``ani3d_runtime.playback``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.playback.posed import PosedSplats
from ani3d_runtime.splats import SplatCloud
from shaders.checks.posed_layout import unpacked_posed
from tests.golden.reference import rotation_matrix

POSITION_M, SHAPE = 5e-5, 1e-3
# Of the view rotation, which is stored in 30 bits.
VIEW_RAD = 4.5e-3


def near(words: NDArray[np.uint32], expected: PosedSplats) -> None:
    """Fail where positions, shapes, view rotations, colours or opacities are not near enough."""
    posed, cloud = unpacked_posed(words), expected.cloud
    reach = np.maximum(np.abs(cloud.means_m).max(axis=1, keepdims=True), 1)
    assert (np.abs(posed.means_m - cloud.means_m) / reach).max() < POSITION_M
    covariances = covariances_of(cloud)
    largest = np.abs(covariances).max(axis=(1, 2), keepdims=True)
    seen = largest[:, 0, 0] > 1e-30
    difference = np.abs(posed.covariances_m2 - covariances)[seen] / largest[seen]
    assert difference.max(initial=0) < SHAPE
    between = np.abs((posed.turns_wxyz * expected.view_rotations_wxyz).sum(axis=1))
    assert (2 * np.arccos(np.minimum(between, 1))).max() < VIEW_RAD
    largest_colour = max(1.0, float(np.abs(cloud.sh[:, 0]).max()))
    np.testing.assert_allclose(posed.degree0, cloud.sh[:, 0], atol=1e-3 * largest_colour)
    np.testing.assert_allclose(posed.opacities, cloud.opacities, atol=2e-5)


def covariances_of(cloud: SplatCloud) -> NDArray[np.float64]:
    """[N, 3, 3]."""
    turns = cloud.quats_wxyz.astype(np.float64)
    turns /= np.linalg.norm(turns, axis=1, keepdims=True)
    w, x, y, z = turns.T
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    )
    rotations = np.array(rows).transpose(2, 0, 1)
    np.testing.assert_allclose(rotations[0], rotation_matrix(turns[0]), atol=1e-12)
    axes = rotations * cloud.scales_m[:, None, :].astype(np.float64)
    return axes @ axes.transpose(0, 2, 1)
