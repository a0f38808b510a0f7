"""The image formation model written out densely, every Gaussian at every pixel, in plain torch: the judge in tests.

Differentiable through autograd in any precision. Memory is N times the pixels, so a few hundred Gaussians at 64×64 px.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ani3d_runtime.bake.rasterise.rasteriser import RasterMode, RenderedViews
from ani3d_runtime.render.conventions import (
    ALPHA_CAP,
    ALPHA_CUTOFF,
    FAR_M,
    FRUSTUM_MARGIN,
    LOW_PASS_PX2,
    NEAR_M,
    TRANSMITTANCE_FLOOR,
)


class ReferenceRasteriser:
    """A :class:`Rasteriser` without tiles, culling or kernels."""

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
        """See :class:`ani3d_runtime.bake.rasterise.rasteriser.Rasteriser`; ``radius_clip`` must be 0."""
        views = []
        for index, (view, K) in enumerate(zip(viewmats, Ks, strict=True)):
            seen = colours
            if sh_degree is not None:
                position = -view[:3, :3].T @ view[:3, 3]
                directions = torch.nn.functional.normalize(means - position, dim=-1)
                seen = _harmonics(colours[:, : (sh_degree + 1) ** 2], directions)
            points, covariance = _project(means, quats, scales, view, K, width, height)
            background = means.new_zeros(3) if backgrounds is None else backgrounds[index]
            views.append(
                _blend(points, covariance, opacities, seen, K, width, height, mode, background, eps2d, near, far)
            )
        rgb, alpha, depth = (torch.stack(parts) for parts in zip(*views, strict=True))
        return RenderedViews(rgb, alpha[..., None], depth[..., None])


def _harmonics(sh: Tensor, directions: Tensor) -> Tensor:
    """[N, 3] colours; the basis as polynomials in x, y, z, written out independently of the kernels."""
    x, y, z = directions.unbind(-1)
    basis = [torch.full_like(x, 0.28209479177387814)]
    basis += [-0.4886025119029199 * y, 0.4886025119029199 * z, -0.4886025119029199 * x]
    basis += [1.0925484305920792 * x * y, -1.0925484305920792 * y * z]
    basis += [0.31539156525252005 * (2 * z * z - x * x - y * y)]
    basis += [-1.0925484305920792 * x * z, 0.5462742152960396 * (x * x - y * y)]
    basis += [-0.5900435899266435 * y * (3 * x * x - y * y), 2.890611442640554 * x * y * z]
    basis += [-0.4570457994644658 * y * (4 * z * z - x * x - y * y)]
    basis += [0.3731763325901154 * z * (2 * z * z - 3 * x * x - 3 * y * y)]
    basis += [-0.4570457994644658 * x * (4 * z * z - x * x - y * y), 1.445305721320277 * z * (x * x - y * y)]
    basis += [-0.5900435899266435 * x * (x * x - 3 * y * y)]
    weights = torch.stack(basis[: sh.shape[1]], dim=-1)
    return torch.clamp_min((weights[..., None] * sh).sum(1) + 0.5, 0)


def _project(
    means: Tensor, quats: Tensor, scales: Tensor, view: Tensor, K: Tensor, width: int, height: int
) -> tuple[Tensor, Tensor]:
    """[N, 3] points in the camera's frame and [N, 2, 2] covariances on screen, before the low-pass filter."""
    w, x, y, z = torch.nn.functional.normalize(quats, dim=-1).unbind(-1)
    rows = [
        torch.stack([1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)], -1),
        torch.stack([2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)], -1),
        torch.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], -1),
    ]
    axes = torch.stack(rows, -2) * scales[:, None, :]
    points = means @ view[:3, :3].T + view[:3, 3]
    X, Y, Z = points.unbind(-1)
    fx, fy, cx, cy = K[0, 0], K[1, 1], K[0, 2], K[1, 2]
    margin_x, margin_y = FRUSTUM_MARGIN * width / (2 * fx), FRUSTUM_MARGIN * height / (2 * fy)
    ray_x = torch.minimum(torch.maximum(X / Z, -(cx / fx + margin_x)), (width - cx) / fx + margin_x)
    ray_y = torch.minimum(torch.maximum(Y / Z, -(cy / fy + margin_y)), (height - cy) / fy + margin_y)
    zero = torch.zeros_like(Z)
    jacobian = torch.stack(
        [torch.stack([fx / Z, zero, -fx * ray_x / Z], -1), torch.stack([zero, fy / Z, -fy * ray_y / Z], -1)], -2
    )
    on_screen = jacobian @ view[:3, :3] @ axes
    return points, on_screen @ on_screen.transpose(-1, -2)


def _blend(
    points: Tensor,
    covariance: Tensor,
    opacities: Tensor,
    colours: Tensor,
    K: Tensor,
    width: int,
    height: int,
    mode: RasterMode,
    background: Tensor,
    eps2d: float,
    near: float,
    far: float,
) -> tuple[Tensor, Tensor, Tensor]:
    depths = points[:, 2]
    shown = ((depths >= near) & (depths <= far)).nonzero()[:, 0]
    order = shown[torch.argsort(depths[shown], stable=True)]
    points, covariance, opacities, colours = points[order], covariance[order], opacities[order], colours[order]
    wide = covariance + eps2d * torch.eye(2, dtype=points.dtype)
    if mode == "antialiased":
        ratio = torch.linalg.det(covariance) / torch.linalg.det(wide)
        opacities = opacities * torch.sqrt(torch.clamp_min(ratio, 1e-24))
    mean_x = K[0, 0] * points[:, 0] / points[:, 2] + K[0, 2]
    mean_y = K[1, 1] * points[:, 1] / points[:, 2] + K[1, 2]
    pixel_y, pixel_x = torch.meshgrid(
        torch.arange(height, dtype=points.dtype) + 0.5, torch.arange(width, dtype=points.dtype) + 0.5, indexing="ij"
    )
    offsets = torch.stack([pixel_x[..., None] - mean_x, pixel_y[..., None] - mean_y], -1)  # [H, W, N, 2]
    exponent = 0.5 * torch.einsum("hwni,nij,hwnj->hwn", offsets, torch.linalg.inv(wide), offsets)
    alpha = opacities * torch.exp(-exponent)
    alpha = torch.where(alpha >= float(ALPHA_CUTOFF), alpha, torch.zeros_like(alpha)).clamp_max(float(ALPHA_CAP))
    after = torch.cumprod(1 - alpha, -1)
    before = torch.cat([torch.ones_like(after[..., :1]), after[..., :-1]], -1)
    weights = torch.where(after > float(TRANSMITTANCE_FLOOR), alpha * before, torch.zeros_like(alpha))
    coverage = weights.sum(-1)
    rgb = weights @ colours + (1 - coverage)[..., None] * background
    return rgb, coverage, weights @ points[:, 2]
