"""The CPU backend: torch autograd over the kernels of ``ani3d_runtime.render``."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ani3d_runtime.bake.rasterise.rasteriser import RasterMode, RenderedViews, refuse_camera_gradients
from ani3d_runtime.render.camera import Camera
from ani3d_runtime.render.conventions import FAR_M, LOW_PASS_PX2, NEAR_M
from ani3d_runtime.render.rasterise import BLACK, Rasterisation, RasterOptions


class NumbaRasteriser:
    """A :class:`Rasteriser` on the CPU, in float32; tensors on other devices are copied there and back."""

    device = torch.device("cpu")

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
        if sh_degree is not None:
            colours = colours[:, : (sh_degree + 1) ** 2]
        options = RasterOptions(mode == "antialiased", eps2d, near, far, radius_clip)
        images = [
            _OneView.apply(
                means,
                quats,
                scales,
                opacities,
                colours,
                Camera(_array(viewmats[index]), _array(Ks[index]), width, height),
                BLACK if backgrounds is None else _array(backgrounds[index]),
                options,
                sh_degree is not None,
                still,
            )
            for index in range(len(viewmats))
        ]
        # One picture needs no copy.
        rgb, alpha, depth = (
            parts[0][None] if len(parts) == 1 else torch.stack(parts) for parts in zip(*images, strict=True)
        )
        return RenderedViews(rgb, alpha[..., None], depth[..., None])


class _OneView(torch.autograd.Function):
    @staticmethod
    def forward(ctx, means, quats, scales, opacities, colours, camera, background, options, use_harmonics, still):
        source = {"sh" if use_harmonics else "colours": _array(colours)}
        ctx.rasterisation = Rasterisation(
            _array(means),
            _array(quats),
            _array(scales),
            _array(opacities),
            camera,
            background=background,
            options=options,
            **source,
        )
        ctx.inputs = (means, quats, scales, opacities, colours)
        ctx.still = still
        ctx.set_materialize_grads(False)
        result = ctx.rasterisation.result
        return tuple(torch.from_numpy(image).to(means) for image in (result.rgb, result.alpha, result.depth))

    @staticmethod
    @once_differentiable
    def backward(ctx, by_rgb, by_alpha, by_depth):  # pyright: ignore[reportIncompatibleMethodOverride]
        arrays = (None if by is None else _array(by) for by in (by_rgb, by_alpha, by_depth))
        by = ctx.rasterisation.backward(*arrays, still=ctx.still)
        by_colours = by.colours if by.sh is None else by.sh
        gradients = (by.means_m, by.quats_wxyz, by.scales_m, by.opacities, by_colours)
        matched = (torch.from_numpy(g).to(tensor) for g, tensor in zip(gradients, ctx.inputs, strict=True))
        return (*matched, None, None, None, None, None)


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().to("cpu", torch.float32).contiguous().numpy()
