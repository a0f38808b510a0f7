"""The CUDA backend: gsplat 1.5.3, imported only when it is asked for; its kernels are compiled on first use."""

from __future__ import annotations

import torch
from torch import Tensor

from ani3d_runtime.bake.rasterise.rasteriser import RasterMode, RenderedViews, refuse_camera_gradients
from ani3d_runtime.errors import ResourceError
from ani3d_runtime.render.conventions import FAR_M, LOW_PASS_PX2, NEAR_M


class GsplatRasteriser:
    """A :class:`Rasteriser` on CUDA.

    Raises:
        ResourceError: ``rasteriser-no-cuda``, ``rasteriser-no-gsplat``.
    """

    device = torch.device("cuda")

    def __init__(self) -> None:
        if not torch.cuda.is_available():
            raise ResourceError(
                "rasteriser-no-cuda",
                "gsplat rasteriser",
                found="no CUDA device that torch can use",
                expected="an NVIDIA GPU and a CUDA build of torch",
                fix="Use the numba rasteriser, which needs neither.",
            )
        try:
            from gsplat import rasterization  # pyright: ignore[reportMissingImports]
        except ImportError:
            raise ResourceError(
                "rasteriser-no-gsplat",
                "gsplat rasteriser",
                found="no gsplat",
                expected="gsplat 1.5.3",
                fix="Run: pip install gsplat==1.5.3, or use the numba rasteriser.",
            ) from None
        self._rasterise = rasterization

    def render(
        self,
        means: Tensor,
        quats: Tensor,
        scales: Tensor,
        opacities: Tensor,
        colours: Tensor,
        viewmats: Tensor,
        Ks: Tensor,
        width: int,
        height: int,
        *,
        sh_degree: int | None = None,
        mode: RasterMode = "classic",
        backgrounds: Tensor | None = None,
        eps2d: float = LOW_PASS_PX2,
        near: float = NEAR_M,
        far: float = FAR_M,
        radius_clip: float = 0.0,
        still: int = 0,
    ) -> RenderedViews:
        """See :class:`ani3d_runtime.bake.rasterise.rasteriser.Rasteriser`."""
        refuse_camera_gradients(viewmats, Ks, backgrounds)
        # Packed mode drops gradients' order of summation and saves nothing at a person's few Gaussians.
        images, alpha, _ = self._rasterise(
            means,
            quats,
            scales,
            opacities,
            colours,
            viewmats,
            Ks,
            width,
            height,
            near_plane=near,
            far_plane=far,
            radius_clip=radius_clip,
            eps2d=eps2d,
            sh_degree=sh_degree,
            packed=False,
            backgrounds=backgrounds,
            render_mode="RGB+D",
            rasterize_mode=mode,
        )
        return RenderedViews(images[..., :3], alpha, images[..., 3:])
