"""ResidualLayer: what cloth and hair do on top of the rigid layer, before it is coded."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.channel import Channel
from ani3d_runtime.errors import ResidualError


@dataclass(frozen=True)
class ResidualLayer:
    """Per Gaussian and frame, in rest-pose space, applied before skinning.

    Only Gaussians that move are stored: ``indices`` names them, all others have a residual of zero.

    Attributes:
        gaussian_count: N of the avatar it belongs to.
        indices: [S] int32, strictly increasing, the Gaussians that carry a residual.
        dpos_m: [T, S, 3] displacement, metres.
        drot_rad: [T, S, 3] rotation vector, radians, applied on the left of the rest rotation; or None.
        dlogscale: [T, S, 3] added to the natural logarithm of the scales; or None.
        dcolour: [T, S, 3] added to the degree-0 SH coefficients; or None.
    """

    gaussian_count: int
    indices: Int32Array
    dpos_m: Float32Array
    drot_rad: Float32Array | None = None
    dlogscale: Float32Array | None = None
    dcolour: Float32Array | None = None

    def __post_init__(self) -> None:
        expected = (len(self.dpos_m), len(self.indices), 3)
        for name in (channel.field for channel in Channel):
            value: Float32Array | None = getattr(self, name)
            if value is not None and value.shape != expected:
                raise ResidualError(
                    "residual-wrong-shape",
                    name,
                    found=f"shape {value.shape}",
                    expected=f"shape {expected} (frames, moving Gaussians, 3)",
                    fix="Give every channel the same frames and Gaussians.",
                )
        if len(self.indices) and (
            (np.diff(self.indices) <= 0).any() or self.indices[0] < 0 or int(self.indices[-1]) >= self.gaussian_count
        ):
            raise ResidualError(
                "residual-bad-indices",
                "indices",
                found="indices that repeat, decrease or leave the avatar",
                expected=f"strictly increasing indices below {self.gaussian_count}",
                fix="Sort the moving Gaussians and drop duplicates.",
            )

    @property
    def frame_count(self) -> int:
        """T, the number of frames."""
        return len(self.dpos_m)

    def slice(self, frames: slice) -> ResidualLayer:
        """Some frames of it; Gaussians that rest in them stay listed."""
        channels = {channel.field: getattr(self, channel.field) for channel in Channel}
        taken = {name: None if value is None else value[frames] for name, value in channels.items()}
        return replace(self, **taken)

    @classmethod
    def from_dense(
        cls,
        dpos_m: Float32Array,
        drot_rad: Float32Array | None = None,
        dlogscale: Float32Array | None = None,
        dcolour: Float32Array | None = None,
    ) -> ResidualLayer:
        """Keep only the Gaussians of dense [T, N, 3] channels that ever differ from zero."""
        channels = [c for c in (dpos_m, drot_rad, dlogscale, dcolour) if c is not None]
        moving = np.zeros(dpos_m.shape[1], dtype=bool)
        for channel in channels:
            moving |= (channel != 0).any(axis=(0, 2))
        indices = np.flatnonzero(moving).astype(np.int32)

        def pick(channel: Float32Array | None) -> Float32Array | None:
            return None if channel is None else np.ascontiguousarray(channel[:, indices])

        position = pick(dpos_m)
        assert position is not None
        return cls(dpos_m.shape[1], indices, position, pick(drot_rad), pick(dlogscale), pick(dcolour))
