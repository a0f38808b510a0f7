"""Section ``order``: where each Gaussian of the source is stored. Levels of detail are prefixes of the stored order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.codec.primitives.column_kernels import gathered
from ani3d_runtime.codec.primitives.cursor import Cursor, corrupt, varint
from ani3d_runtime.codec.primitives.integers import decode_integers, encode_integers, row_lengths
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.spec.format import MANIFEST_MAX_LEVELS, ORDER_LAYOUT


@dataclass(frozen=True)
class StorageOrder:
    """The order of Gaussians in a package.

    Attributes:
        permutation: [N] int32, ``stored = source.take(permutation)``.
        level_sizes: Gaussians per level of detail, coarsest first, summing to N; any prefix of levels is a good
            subsample of the avatar.
    """

    permutation: Int32Array
    level_sizes: tuple[int, ...]

    @property
    def is_identity(self) -> bool:
        """True if the source is in storage order already."""
        return bool((self.permutation == np.arange(len(self.permutation))).all())

    @property
    def inverse(self) -> Int32Array:
        """[N] int32, ``source = stored.take(inverse)``: where each source Gaussian is stored."""
        inverse = np.empty_like(self.permutation)
        inverse[self.permutation] = np.arange(len(self.permutation), dtype=np.int32)
        return inverse

    def reordered(self, residual: ResidualLayer) -> ResidualLayer:
        """A residual layer given in the source's order, in storage order."""
        stored = self.inverse[residual.indices]
        order = np.argsort(stored, kind="stable").astype(np.int32)
        if np.array_equal(stored, residual.indices):
            return residual

        def pick(channel: Float32Array | None) -> Float32Array | None:
            return None if channel is None else gathered(channel, order)

        return replace(
            residual,
            indices=np.ascontiguousarray(stored[order], dtype=np.int32),
            dpos_m=gathered(residual.dpos_m, order),
            drot_rad=pick(residual.drot_rad),
            dlogscale=pick(residual.dlogscale),
            dcolour=pick(residual.dcolour),
        )


def encode_order(order: StorageOrder, *, codec_id: str = "rans") -> bytes:
    """Section ``order``."""
    deltas = np.diff(order.permutation.astype(np.int64), prepend=0)
    rows = row_lengths(1, len(deltas))
    head = bytes([ORDER_LAYOUT, len(order.level_sizes)]) + b"".join(varint(size) for size in order.level_sizes)
    return head + encode_integers(deltas, rows, codec_id)


def decode_order(section: bytes | memoryview, count: int) -> StorageOrder:
    """Read section ``order`` of ``count`` Gaussians.

    Raises:
        BrokenPackageError: ``section-*``, ``entropy-corrupt`` or ``order-invalid``.
    """
    cursor = Cursor(section, "order")
    cursor.expect_version(ORDER_LAYOUT)
    sizes = tuple(cursor.varint(count) for _ in range(cursor.u8()))
    deltas = decode_integers(cursor, row_lengths(1, count))
    cursor.expect_end()
    permutation = np.cumsum(deltas, dtype=np.int64)
    seen = np.zeros(count, dtype=bool)
    in_range = bool(((permutation >= 0) & (permutation < count)).all())
    if in_range:
        seen[permutation] = True
    if not in_range or not seen.all() or sum(sizes) != count or 0 in sizes or len(sizes) > MANIFEST_MAX_LEVELS:
        raise corrupt(
            "order-invalid",
            "order",
            found=f"indices that are no permutation, or level sizes {sizes}",
            expected=f"each of 0..{count - 1} once, and positive sizes summing to {count}",
        )
    return StorageOrder(permutation.astype(np.int32), sizes)
