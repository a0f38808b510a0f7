"""Signatures; being written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ani3d_runtime.arrays import Int32Array
from ani3d_runtime.avatar import Avatar, Binding
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.splats import SplatCloud


@dataclass(frozen=True)
class StorageOrder:
    """How Gaussians are ordered in a package.

    Attributes:
        permutation: [N] int32, ``stored = source.take(permutation)``.
        level_sizes: Gaussians per level of detail, coarsest first, summing to N; any prefix of levels is a good subsample.
    """

    permutation: Int32Array
    level_sizes: tuple[int, ...]

    def reordered(self, residual: ResidualLayer) -> ResidualLayer:
        """The residual layer of the source order, in storage order."""
        raise NotImplementedError


def storage_order(avatar: Avatar) -> StorageOrder: ...


def encode_order(order: StorageOrder) -> bytes:
    """Section ``order``: permutation and level sizes."""
    ...


def decode_order(section: bytes | memoryview, count: int) -> StorageOrder:
    """Refuses anything that is not a permutation of ``count``."""
    ...


def encode_canonical(
    stored: Avatar, level_sizes: Sequence[int], *, max_position_error_m: float = 1e-4, codec_id: str = "rans"
) -> dict[str, bytes]:
    """Sections ``splats.0`` … one per level, each decodable by itself (splats and binding together)."""
    ...


def decode_canonical(
    sections: Mapping[str, bytes | memoryview], level_sizes: Sequence[int], *, joint_count: int, levels: int | None = None
) -> tuple[SplatCloud, Binding]:
    """The first ``levels`` levels (all by default); needs only their sections."""
    ...
