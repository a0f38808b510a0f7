"""Rasteriser: what fitting asks of a differentiable splat renderer, and the choice of the one to use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor

from ani3d_runtime.errors import UsageError
from ani3d_runtime.render.conventions import FAR_M, LOW_PASS_PX2, NEAR_M

RasterMode = Literal["classic", "antialiased"]
BACKENDS = ("numba", "gsplat")


@dataclass(frozen=True)
class RenderedViews:
    """Images of C cameras.

    Attributes:
        rgb: [C, H, W, 3] colour over the background, not clipped.
        alpha: [C, H, W, 1] coverage.
        depth: [C, H, W, 1] depth weighted by coverage, metres; divide by alpha for the expected depth.
    """

    rgb: Tensor
    alpha: Tensor
    depth: Tensor


class Rasteriser(Protocol):
    """A differentiable splat renderer with the image formation of gsplat 1.5.3.

    Attributes:
        device: where what it renders should lie.
    """

    @property
    def device(self) -> torch.device: ...

    def render(
        self,
        means: Tensor,  # [N, 3] metres
        quats: Tensor,  # [N, 4] wxyz, normalised inside
        scales: Tensor,  # [N, 3] linear standard deviations
        opacities: Tensor,  # [N] 0..1
        colours: Tensor,  # [N, 3], or harmonics [N, K, 3] where sh_degree is given
        viewmats: Tensor,  # [C, 4, 4] OpenCV world to camera
        Ks: Tensor,  # [C, 3, 3] pixels
        width: int,
        height: int,
        *,
        sh_degree: int | None = None,
        mode: RasterMode = "classic",
        backgrounds: Tensor | None = None,  # [C, 3]
        eps2d: float = LOW_PASS_PX2,
        near: float = NEAR_M,
        far: float = FAR_M,
        radius_clip: float = 0.0,
        still: int = 0,
    ) -> RenderedViews:
        """Render; gradients flow to the Gaussians, not to cameras or backgrounds.

        Those of the first ``still`` Gaussians nobody looks at: a backend may leave them zero.
        """
        ...


def choose_rasteriser(backend: str | None = None) -> Rasteriser:
    """The named backend, or by default gsplat where CUDA is there and numba elsewhere.

    Raises:
        UsageError: ``rasteriser-unknown``. ResourceError: ``rasteriser-no-cuda``, ``rasteriser-no-gsplat``.
    """
    if backend is None:
        backend = "gsplat" if torch.cuda.is_available() else "numba"
    if backend == "numba":
        from ani3d_runtime.bake.rasterise.numba_backend import NumbaRasteriser

        return NumbaRasteriser()
    if backend == "gsplat":
        from ani3d_runtime.bake.rasterise.gsplat_backend import GsplatRasteriser

        return GsplatRasteriser()
    raise UsageError(
        "rasteriser-unknown", backend, found=repr(backend), expected=" or ".join(BACKENDS), fix="Name one of these."
    )


def refuse_camera_gradients(*fixed: Tensor | None) -> None:
    """A gradient that would silently be missing is refused instead.

    Raises:
        UsageError: ``rasteriser-camera-gradient``.
    """
    if any(tensor is not None and tensor.requires_grad for tensor in fixed):
        raise UsageError(
            "rasteriser-camera-gradient",
            "cameras and backgrounds",
            found="a tensor that requires a gradient",
            expected="fixed cameras and backgrounds",
            fix="Detach them; only the Gaussians are fitted.",
        )
