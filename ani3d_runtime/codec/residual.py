"""Signatures; being written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.deformation import DeformationModel
from ani3d_runtime.residual import ResidualLayer

FRAMES_PER_GROUP = 30


@dataclass(frozen=True)
class ResidualBounds:
    """What the decoded residual may differ from the source by, for every Gaussian in every frame.

    max_error_m bounds positions in rest-pose space, canonical quantisation included; max_shape_error_m bounds
    the spectral change of the square root of the covariance (rotation and scale together); max_colour_error bounds
    the degree-0 harmonics.
    """

    max_error_m: float = 1e-3
    max_shape_error_m: float = 5e-4
    max_colour_error: float = 0.03


@dataclass(frozen=True)
class ResidualModel:
    """Decoded section ``model``: what all clips share.

    Attributes:
        deformation: control nodes and bindings.
        moving: [S] int32 increasing, the Gaussians that any clip moves.
    """

    deformation: DeformationModel
    moving: Int32Array


@dataclass(frozen=True)
class ResidualGroup:
    """One decoded group of F frames.

    Attributes:
        first_frame: of the group, in the clip.
        node_displacements_m: [F, M, 3]; node_rotations_wxyz: [F, M, 4]; coefficients: [F, K].
        indices: [A] int32 increasing, Gaussians with detail in this group.
        dpos_m, drot_rad, dlogscale, dcolour: [F, A, 3], or None where the channel is all zero.
    """

    first_frame: int
    node_displacements_m: Float32Array
    node_rotations_wxyz: Float32Array
    coefficients: Float32Array
    indices: Int32Array
    dpos_m: Float32Array | None
    drot_rad: Float32Array | None
    dlogscale: Float32Array | None
    dcolour: Float32Array | None

    @property
    def frame_count(self) -> int:
        """F."""
        return len(self.node_displacements_m)


@dataclass(frozen=True)
class ErrorReport:
    """Decoded against source, over every Gaussian and frame."""

    rms_m: float
    p99_9_m: float
    max_m: float
    rotation_rms_rad: float
    rotation_max_rad: float
    shape_max_m: float
    colour_max: float


class ResidualEncoder:
    """Codes the residual layers of one avatar's clips. Everything in storage order."""

    def __init__(
        self, source: Avatar, decoded: Avatar, *, bounds: ResidualBounds | None = None, codec_id: str = "rans"
    ) -> None:
        """``decoded`` is what :func:`decode_canonical` gives for ``source``."""
        ...

    def fit(self, clips: Sequence[ResidualLayer], progress: Callable[[float], None] | None = None) -> ResidualModel:
        """Choose nodes for all clips together; keeps the clips for :meth:`encode_group`."""
        ...

    def encode_model(self) -> dict[str, bytes]:
        """Section ``model``."""
        ...

    def group_count(self, clip: int) -> int: ...

    def encode_group(self, clip: int, group: int) -> dict[str, bytes]:
        """Sections ``nodes`` and those of ``detail.position``, ``.rotation``, ``.scale``, ``.colour`` that hold anything.

        Verified: what the returned bytes decode to keeps the bounds."""
        ...


def decode_model(sections: Mapping[str, bytes | memoryview], gaussian_count: int) -> ResidualModel: ...


def decode_group(
    sections: Mapping[str, bytes | memoryview], model: ResidualModel, *, first_frame: int, frame_count: int
) -> ResidualGroup: ...


def measure_error(
    source: Avatar,
    residual: ResidualLayer | None,
    decoded: Avatar,
    model: ResidualModel,
    groups: Iterable[ResidualGroup],
) -> ErrorReport: ...
