"""A frame between two others: of two clips, of two times of one, or of a clip and a live avatar.

spec/CONVENTIONS.md, "Mixed frames", holds the rules.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.deformation import Frame
from ani3d_runtime.geometry.quaternion import normalised, slerp
from ani3d_runtime.playback.interpolate import detail_between


class Shares(NamedTuple):
    """How far a layer reaches: 0 leaves what is below as it is, 1 shows the layer alone.

    Attributes:
        joints: [J] of joint rotations; the root's is that of its translation too.
        nodes: [M] of node motion.
        gaussians: [N] of detail.
    """

    joints: Float64Array
    nodes: Float64Array
    gaussians: Float64Array


def mixed(below: Frame, above: Frame, share: float, shares: Shares | None = None) -> Frame:
    """The frame ``share`` 0..1 of the way from one to another; poses on arcs, node motion and detail on lines.

    Args:
        below, above: frames of the same avatar; one without detail has none to show, which is zero.
        share: of ``above``.
        shares: of joints, nodes and Gaussians, by which ``share`` is multiplied; everywhere 1 by default.
    """
    if share <= 0:
        return below
    joints, nodes, gaussians = shares or Shares(*(np.ones(1) for _ in range(3)))
    root = share * float(joints[0])
    return Frame(
        time_s=below.time_s,
        root_translation_m=_line(below.root_translation_m, above.root_translation_m, root),
        joint_rotations_wxyz=slerp(
            below.joint_rotations_wxyz, above.joint_rotations_wxyz, share * joints[:, None]
        ).astype(np.float32),
        node_displacements_m=_line(below.node_displacements_m, above.node_displacements_m, share * nodes[:, None]),
        node_rotations_wxyz=_chord(below.node_rotations_wxyz, above.node_rotations_wxyz, share * nodes[:, None]),
        coefficients=_line(below.coefficients, above.coefficients, share),
        detail=detail_between(below.detail, above.detail, share * gaussians),
    )


def _line(below: Float32Array, above: Float32Array, share: float | Float64Array) -> Float32Array:
    return (below + share * (above.astype(np.float64) - below)).astype(np.float32)


def _chord(below: Float32Array, above: Float32Array, share: Float64Array) -> Float32Array:
    """Rotations mixed as quaternions of the signs that are nearer to each other."""
    dots = np.einsum("mc,mc->m", below, above, dtype=np.float64)
    signs = np.where(dots < 0, -1.0, 1.0)[:, None]
    return normalised((1 - share) * below + share * signs * above).astype(np.float32)
