"""What the runtime equation needs besides the avatar: a model shared by all clips, and a Frame per instant.

For Gaussian i at time t (spec/CONVENTIONS.md holds the whole equation)::

    y_i  = sum_n a_in [ R(q_n) (x_i - c_n) + c_n + u_n ]      control nodes; y_i = x_i where a_i is all zero
    r_i  = normalised sum_n ± a_in q_n                        identity where a_i is all zero
    x'_i = y_i + sum_k a_k B^pos_ik + detail^pos_i
    q'_i = exp(sum_k a_k B^rot_ik + detail^rot_i) ⊗ r_i ⊗ q_i
    s'_i = s_i exp(sum_k a_k B^scale_ik + detail^scale_i)
    c'_i = c_i + sum_k a_k B^colour_ik + detail^colour_i      degree-0 harmonics
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.spec.format import MODEL_NODES_PER_GAUSSIAN

NODES_PER_GAUSSIAN = MODEL_NODES_PER_GAUSSIAN


@dataclass(frozen=True)
class DeformationModel:
    """The part of the residual layer that all clips of an avatar share.

    Attributes:
        node_rest_m: [M, 3] c_n, rest positions of the control nodes. M may be 0.
        node_indices: [N, 4] int32 nodes each Gaussian hangs on.
        node_weights: [N, 4] a_in, summing to 1; a row of zeros where the Gaussian hangs on none.
        basis_position_m, basis_rotation_rad, basis_logscale, basis_colour: [K, N, 3] correctives. K may be 0.
    """

    node_rest_m: Float32Array
    node_indices: Int32Array
    node_weights: Float32Array
    basis_position_m: Float32Array
    basis_rotation_rad: Float32Array
    basis_logscale: Float32Array
    basis_colour: Float32Array

    @classmethod
    def empty(cls, gaussian_count: int) -> DeformationModel:
        """No nodes and no correctives: the rigid layer alone."""
        basis = np.zeros((0, gaussian_count, 3), dtype=np.float32)
        return cls(
            node_rest_m=np.zeros((0, 3), dtype=np.float32),
            node_indices=np.zeros((gaussian_count, NODES_PER_GAUSSIAN), dtype=np.int32),
            node_weights=np.zeros((gaussian_count, NODES_PER_GAUSSIAN), dtype=np.float32),
            basis_position_m=basis,
            basis_rotation_rad=basis,
            basis_logscale=basis,
            basis_colour=basis,
        )

    @property
    def node_count(self) -> int:
        """M, the number of control nodes."""
        return len(self.node_rest_m)

    @property
    def corrective_count(self) -> int:
        """K, the number of correctives."""
        return len(self.basis_position_m)


@dataclass(frozen=True)
class Detail:
    """Per-Gaussian remainder of one frame, on top of nodes and correctives.

    Attributes:
        indices: [S] int32, increasing: the Gaussians that carry detail.
        dpos_m, drot_rad, dlogscale, dcolour: [S, 3] or None where the channel is all zero.
    """

    indices: Int32Array
    dpos_m: Float32Array | None = None
    drot_rad: Float32Array | None = None
    dlogscale: Float32Array | None = None
    dcolour: Float32Array | None = None


@dataclass(frozen=True)
class Frame:
    """What is needed to show one instant.

    Attributes:
        time_s: media time.
        root_translation_m: [3].
        joint_rotations_wxyz: [J, 4] local, relative to the zero pose.
        node_displacements_m: [M, 3] u_n.
        node_rotations_wxyz: [M, 4] q_n.
        coefficients: [K] a_k.
        detail: per-Gaussian remainder, or None.
        capture_time_s: of a live session: when the pose was captured, by the publisher's clock; None otherwise.
        curves: [C] of a live session: values that came with the pose and move no joint; None where there are none.
    """

    time_s: float
    root_translation_m: Float32Array
    joint_rotations_wxyz: Float32Array
    node_displacements_m: Float32Array
    node_rotations_wxyz: Float32Array
    coefficients: Float32Array
    detail: Detail | None = None
    capture_time_s: float | None = None
    curves: Float32Array | None = None
