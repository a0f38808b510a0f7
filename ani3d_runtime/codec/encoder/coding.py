"""AvatarCoding: one avatar before and after coding, and what coding its clips may lose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.codec.encoder import turn_kernels
from ani3d_runtime.codec.encoder.bounds import PartBounds
from ani3d_runtime.codec.primitives import column_kernels
from ani3d_runtime.errors import ResidualError
from ani3d_runtime.residual import ResidualLayer

# Displacements of more than so many times the bound are refused: float32 does not resolve the bound there.
_REACH = 1e6
_LARGEST_STRETCH = 0.35
# Shares of the shape bound where Gaussians stretch: of turns and of stretches. Those that do not stretch themselves get
# a little of it from the neighbours that predict them; the rest is for spins that are left out, which show in it.
_STRETCHED_SHARES, _STILL_SHARES = (0.6, 0.4), (0.9, 0.04)


class AvatarCoding:
    """What the coding of all clips of an avatar shares; everything is in storage order.

    Attributes:
        source: the avatar before coding.
        decoded: as decoders have it.
        bounds: what may be lost.
        level_sizes: of the storage order; what it knows of neighbours makes the model smaller.
        frames_per_group: F of every group but a clip's last.
        codec_id: entropy codec of the streams.
        offset_m: [N, 3] float64, source minus decoded rest position.
        position_m, shape_m: [N] the bounds of each Gaussian's part.
    """

    def __init__(
        self,
        source: Avatar,
        decoded: Avatar,
        bounds: PartBounds,
        *,
        level_sizes: Sequence[int],
        frames_per_group: int,
        codec_id: str,
    ) -> None:
        """Raises ResidualError ``residual-bound-unreachable`` where canonical quantisation alone breaks the bound."""
        self.source = source
        self.decoded = decoded
        self.bounds = bounds
        self.level_sizes = tuple(level_sizes) or (source.count,)
        self.frames_per_group = frames_per_group
        self.codec_id = codec_id
        self.offset_m = source.splats.means_m.astype(np.float64) - decoded.splats.means_m
        self.position_m = bounds.positions_of(source.binding.parts)
        self.shape_m = bounds.shapes_of(source.binding.parts)
        shares = np.linalg.norm(self.offset_m, axis=1) / self.position_m
        if shares.max(initial=0) > 0.5:
            worst = int(shares.argmax())
            raise ResidualError(
                "residual-bound-unreachable",
                "canonical splats",
                found=f"a position error of {shares[worst] * self.position_m[worst]:.3g} m before any motion",
                expected=f"at most half of the bound of {self.position_m[worst]:.3g} m",
                fix="Encode the canonical splats with a smaller position_error_m.",
            )

    def check(self, clip: ResidualLayer) -> None:
        """Refuse a residual layer that cannot be coded.

        Raises:
            ResidualError: ``residual-wrong-shape``, ``residual-bound-unreachable``.
        """
        tightest = min(self.bounds.position_m)
        farthest = float(max(clip.dpos_m.max(initial=0), -clip.dpos_m.min(initial=0)))
        if farthest > _REACH * tightest:
            raise ResidualError(
                "residual-bound-unreachable",
                "residual layer",
                found=f"displacements of {farthest:.3g} m with a bound of {tightest:.3g} m",
                expected=f"at most {_REACH * tightest:.3g} m, what float32 resolves",
                fix="Check that the residual is in metres, or allow a larger error.",
            )
        if clip.gaussian_count != self.source.count:
            raise ResidualError(
                "residual-wrong-shape",
                "residual layer",
                found=f"a residual of {clip.gaussian_count} Gaussians",
                expected=f"{self.source.count}, those of the avatar",
                fix="Give the residual that was made for this avatar.",
            )

    def rotation_targets(
        self, moving: Int32Array, turns: Float32Array | None, carried: Float32Array, stretch: Float32Array | None
    ) -> tuple[Float32Array, Float32Array]:
        """What detail must turn Gaussians by [S, F, 3], and how far it may be off [S].

        Args:
            moving: [S] the Gaussians.
            turns: [F, S, 3] of the source; None for none.
            carried: [S, F, 4] how far the nodes turn them.
            stretch: [F, S, 3] change of the logarithm of scales; None for none.
        """
        scales = self.decoded.splats.scales_m[moving]
        bound = self.shape_m[moving]
        stretched = np.zeros(len(moving), dtype=bool)
        if stretch is not None:
            stretched = stretch.any(axis=(0, 2))
            scales = scales * np.exp(np.maximum(stretch.max(axis=0), 0))
            bound = bound * np.where(stretched, _STRETCHED_SHARES[0], _STILL_SHARES[0])
        targets = np.empty((*carried.shape[:2], 3), dtype=np.float32)
        tolerances = np.empty(len(moving), dtype=np.float32)
        turn_kernels.rotation_targets(
            len(moving),
            np.zeros((0, len(moving), 3), dtype=np.float32) if turns is None else turns,
            self.source.splats.quats_wxyz[moving],
            self.decoded.splats.quats_wxyz[moving],
            carried,
            scales.astype(np.float32),
            ~stretched,
            bound,
            self.bounds.turn_rad,
            targets,
            tolerances,
        )
        return targets, tolerances

    def stretch_tolerances(self, moving: Int32Array, stretch: Float32Array) -> Float32Array:
        """[S] how far the logarithms of scales [F, S, 3] may be off, for Gaussians ``moving`` [S]."""
        largest = self.decoded.splats.scales_m[moving].max(axis=1) * np.exp(np.maximum(stretch.max(axis=(0, 2)), 0))
        share = np.where(stretch.any(axis=(0, 2)), _STRETCHED_SHARES[1], _STILL_SHARES[1])
        # What is added to a logarithm makes a scale grow by more than it would shrink by.
        return np.log1p(np.minimum(share * self.shape_m[moving] / largest, _LARGEST_STRETCH)).astype(np.float32)


def channel_over(members: Int32Array, layer: ResidualLayer, channel: Float32Array) -> Float32Array:
    """[T, S, 3] of a layer's channel over ``members``, zero where the layer does not move them."""
    if np.array_equal(members, layer.indices):
        return np.ascontiguousarray(channel)
    return column_kernels.gathered(channel, column_kernels.columns_of(layer.indices, members))
