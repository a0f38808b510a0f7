"""The order in which a package stores Gaussians: levels of detail as prefixes, neighbours side by side.

Gaussians are walked part by part along a Morton curve in blocks of 16. In each block the most important goes to
level 0, the next to level 1, then two, four and eight to levels 2, 3 and 4: every prefix of levels is spread over
the whole avatar and holds what counts most of its neighbourhood. Within a level the walk's order stays, so that
neighbours in space are neighbours in the bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.codec.column_kernels import gathered
from ani3d_runtime.codec.cursor import Cursor, corrupt, varint
from ani3d_runtime.codec.integers import decode_integers, encode_integers, row_lengths
from ani3d_runtime.residual import ResidualLayer

MAX_LEVELS = 16
_LAYOUT = 1
_BLOCK = 16
_LEVEL_OF_RANK = np.array([0, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4])


@dataclass(frozen=True)
class StorageOrder:
    """How Gaussians are ordered in a package.

    Attributes:
        permutation: [N] int32, ``stored = source.take(permutation)``.
        level_sizes: Gaussians per level of detail, coarsest first, summing to N; any prefix of levels is a good
            subsample of the avatar.
    """

    permutation: Int32Array
    level_sizes: tuple[int, ...]

    @property
    def is_identity(self) -> bool:
        """Whether the source is in storage order already."""
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


def storage_order(avatar: Avatar) -> StorageOrder:
    """Choose the order for an avatar; deterministic."""
    splats = avatar.splats
    scales = np.sort(splats.scales_m, axis=1)
    importance = splats.opacities * scales[:, 1] * scales[:, 2]
    walk = np.lexsort((morton_codes(splats.means_m), avatar.binding.parts))
    blocks = np.arange(len(walk)) // _BLOCK
    by_importance = np.lexsort((-importance[walk], blocks))
    rank = np.empty(len(walk), dtype=np.int64)
    rank[by_importance] = np.arange(len(walk)) % _BLOCK
    level = _LEVEL_OF_RANK[rank]
    permutation = walk[np.argsort(level, kind="stable")].astype(np.int32)
    sizes = np.bincount(level, minlength=int(_LEVEL_OF_RANK.max()) + 1)
    return StorageOrder(permutation, tuple(int(size) for size in sizes if size))


def encode_order(order: StorageOrder, *, codec_id: str = "rans") -> bytes:
    """Section ``order``."""
    deltas = np.diff(order.permutation.astype(np.int64), prepend=0)
    rows = row_lengths(1, len(deltas))
    head = bytes([_LAYOUT, len(order.level_sizes)]) + b"".join(varint(size) for size in order.level_sizes)
    return head + encode_integers(deltas, rows, codec_id)


def decode_order(section: bytes | memoryview, count: int) -> StorageOrder:
    """Read section ``order`` of ``count`` Gaussians.

    Raises:
        BrokenPackageError: ``section-*``, ``entropy-corrupt`` or ``order-invalid``.
    """
    cursor = Cursor(section, "order")
    cursor.expect_version(_LAYOUT)
    sizes = tuple(cursor.varint(count) for _ in range(cursor.u8()))
    deltas = decode_integers(cursor, row_lengths(1, count))
    cursor.expect_end()
    permutation = np.cumsum(deltas, dtype=np.int64)
    seen = np.zeros(count, dtype=bool)
    in_range = bool(((permutation >= 0) & (permutation < count)).all())
    if in_range:
        seen[permutation] = True
    if not in_range or not seen.all() or sum(sizes) != count or 0 in sizes or len(sizes) > MAX_LEVELS:
        raise corrupt(
            "order-invalid",
            "order",
            found=f"indices that are no permutation, or level sizes {sizes}",
            expected=f"each of 0..{count - 1} once, and positive sizes summing to {count}",
        )
    return StorageOrder(permutation.astype(np.int32), sizes)


def morton_codes(points_m: Float32Array) -> np.ndarray:
    """[N] uint64 codes of 16 bits per axis in the points' bounding cube."""
    low = points_m.min(axis=0)
    extent = max(float((points_m.max(axis=0) - low).max()), 1e-9)
    cells = ((points_m - low) * (65535 / extent)).astype(np.uint64)
    codes = np.zeros(len(points_m), dtype=np.uint64)
    for bit in range(16):
        for axis in range(3):
            codes |= ((cells[:, axis] >> np.uint64(bit)) & np.uint64(1)) << np.uint64(3 * bit + axis)
    return codes
