"""SplatCloud: Gaussians in the one canonical state that everything else relies on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ani3d_runtime.arrays import Float32Array, Int32Array, checked_float32
from ani3d_runtime.errors import InputError
from ani3d_runtime.spec.format import MANIFEST_MAX_SH_DEGREE

MAX_SH_DEGREE = MANIFEST_MAX_SH_DEGREE


@dataclass(frozen=True)
class SplatCloud:
    """N anisotropic Gaussians.

    Attributes:
        means_m: [N, 3] centres, metres, right-handed, Y up, facing +Z.
        quats_wxyz: [N, 4] unit quaternions, local axes to world.
        scales_m: [N, 3] standard deviations along the local axes, metres, linear.
        opacities: [N] 0..1.
        sh: [N, (d+1)^2, 3] spherical harmonics of degree d, 3DGS sign convention;
            colour = 0.5 + sum_k Y_k(view direction) sh_k.
    """

    means_m: Float32Array
    quats_wxyz: Float32Array
    scales_m: Float32Array
    opacities: Float32Array
    sh: Float32Array

    @classmethod
    def checked(
        cls,
        means_m: object,
        quats_wxyz: object,
        scales_m: object,
        opacities: object,
        sh: object,
        *,
        name: str = "splat cloud",
        error: type[InputError] = InputError,
    ) -> SplatCloud:
        """Build a cloud from untrusted arrays: shapes and finiteness are checked, quaternions made unit.

        Raises:
            InputError: ``splats-*`` for wrong shapes, NaN, zero quaternions, scales or opacities out of range.
        """

        def read(value: object, shape: tuple[int | None, ...], field: str) -> Float32Array:
            return checked_float32(
                value,  # pyright: ignore[reportArgumentType]
                shape,
                name=f"{name}: {field}",
                error=error,
                code_prefix="splats",
            )

        means = read(means_m, (None, 3), "means_m")
        count = len(means)
        if count == 0:
            raise error(
                "splats-empty",
                name,
                found="no Gaussians",
                expected="at least one",
                fix="Check that the file was exported completely.",
            )
        quats = read(quats_wxyz, (count, 4), "quats_wxyz")
        lengths = np.linalg.norm(quats, axis=1, keepdims=True)
        if (lengths < 1e-8).any():
            raise error(
                "splats-zero-quaternion",
                name,
                found=f"{int((lengths < 1e-8).sum())} quaternions of length zero",
                expected="rotations",
                fix="Remove these Gaussians.",
            )
        scales = read(scales_m, (count, 3), "scales_m")
        opacity = read(opacities, (count,), "opacities")
        if (scales <= 0).any() or (opacity < 0).any() or (opacity > 1).any():
            raise error(
                "splats-out-of-range",
                name,
                found="scales that are not positive, or opacities outside 0..1",
                expected="linear standard deviations > 0 and opacities in 0..1",
                fix="Convert log-scales with exp and logit opacities with a sigmoid first.",
            )
        harmonics = read(sh, (count, None, 3), "sh")
        if harmonics.shape[1] not in (1, 4, 9, 16):
            raise error(
                "splats-sh-degree",
                name,
                found=f"{harmonics.shape[1]} harmonics per channel",
                expected="1, 4, 9 or 16 (degree 0 to 3)",
                fix="Export with spherical harmonics of degree 0 to 3.",
            )
        return cls(means, (quats / lengths).astype(np.float32), scales, opacity, harmonics)

    @property
    def count(self) -> int:
        """N, the number of Gaussians."""
        return len(self.means_m)

    @property
    def sh_degree(self) -> int:
        """d, the degree of the spherical harmonics."""
        return round(self.sh.shape[1] ** 0.5) - 1

    def take(self, order: Int32Array) -> SplatCloud:
        """The Gaussians at ``order``, in that order."""
        return SplatCloud(
            self.means_m[order],
            self.quats_wxyz[order],
            self.scales_m[order],
            self.opacities[order],
            self.sh[order],
        )

    def with_sh(self, sh: Float32Array) -> SplatCloud:
        """The same Gaussians with other spherical harmonics."""
        return replace(self, sh=sh)
