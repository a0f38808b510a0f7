"""Rasterise: Gaussians seen by a camera, forward and backward, on numpy arrays.

The picture is that of gsplat 1.5.3 (see ``conventions.py``); results do not depend on the number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ani3d_runtime.arrays import Float32Array, checked_float32
from ani3d_runtime.errors import InputError
from ani3d_runtime.render.binning import TileLists, bin_into_tiles
from ani3d_runtime.render.blending import blend
from ani3d_runtime.render.blending_backward import blend_backward
from ani3d_runtime.render.camera import Camera
from ani3d_runtime.render.conventions import FAR_M, FRUSTUM_MARGIN, LOW_PASS_PX2, NEAR_M
from ani3d_runtime.render.projection import RECORD_LENGTH, project
from ani3d_runtime.render.projection_backward import project_backward
from ani3d_runtime.splats import SplatCloud

BLACK = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class RasterOptions:
    """How Gaussians are turned into pixels.

    Attributes:
        antialiased: scale opacity by what the low-pass filter spreads (Mip-Splatting's 2D filter).
        low_pass_px2: variance added on screen, px².
        near_m, far_m: Gaussians whose centre is outside this depth range are not shown.
        radius_clip_px: Gaussians that reach no further than this on screen are not shown.
    """

    antialiased: bool = False
    low_pass_px2: float = LOW_PASS_PX2
    near_m: float = NEAR_M
    far_m: float = FAR_M
    radius_clip_px: float = 0.0


@dataclass(frozen=True)
class RenderResult:
    """An image.

    Attributes:
        rgb: [H, W, 3] colour over the background, in the space of the Gaussians' colours (sRGB for 3DGS), not clipped.
        alpha: [H, W] how much the Gaussians cover.
        depth: [H, W] depth along the view axis weighted by coverage, metres; depth / alpha is the expected depth.
    """

    rgb: Float32Array
    alpha: Float32Array
    depth: Float32Array


@dataclass(frozen=True)
class Gradients:
    """Gradients of a loss by the Gaussians, shaped like them; exactly one of ``sh`` and ``colours`` is there."""

    means_m: Float32Array
    quats_wxyz: Float32Array
    scales_m: Float32Array
    opacities: Float32Array
    sh: Float32Array | None
    colours: Float32Array | None


@dataclass(frozen=True)
class _Gaussians:
    means: Float32Array
    quats: Float32Array
    scales: Float32Array
    opacities: Float32Array
    sh: Float32Array
    colours: Float32Array
    degree: int  # -1 where colours are given


class Rasterisation:
    """One forward pass that remembers what its backward pass needs.

    Attributes:
        result: the image.
        records: [N, 16] the Gaussians on screen, in the columns of ``projection.py``.
    """

    def __init__(
        self,
        means_m: ArrayLike,
        quats_wxyz: ArrayLike,
        scales_m: ArrayLike,
        opacities: ArrayLike,
        camera: Camera,
        *,
        sh: ArrayLike | None = None,
        colours: ArrayLike | None = None,
        background: ArrayLike = BLACK,
        options: RasterOptions | None = None,
    ) -> None:
        """Render; see :func:`rasterise` for the arguments."""
        self._options = options or RasterOptions()
        self._gaussians = _checked_gaussians(means_m, quats_wxyz, scales_m, opacities, sh, colours)
        self._background = checked_float32(background, (3,), name="background", code_prefix="render")
        self._camera = _camera_vector(camera)
        self.records: Float32Array = np.empty((len(self._gaussians.means), RECORD_LENGTH), np.float32)
        self._project()
        self._tiles: TileLists = bin_into_tiles(self.records, camera.width_px, camera.height_px)
        size = (camera.height_px, camera.width_px)
        rgb = np.empty((*size, 3), np.float32)
        self._transmittance: Float32Array = np.empty(size, np.float32)
        depth = np.empty(size, np.float32)
        self._ends: NDArray[np.int64] = blend(
            self.records, self._tiles, self._background, rgb, self._transmittance, depth
        )
        self.result = RenderResult(rgb, 1 - self._transmittance, depth)

    def _project(self) -> None:
        g, options = self._gaussians, self._options
        project(
            len(g.means),
            g.means,
            g.quats,
            g.scales,
            g.opacities,
            g.sh,
            g.colours,
            g.degree,
            self._camera,
            np.float32(options.low_pass_px2),
            np.float32(options.near_m),
            np.float32(options.far_m),
            np.float32(options.radius_clip_px),
            options.antialiased,
            self.records,
        )

    def backward(
        self,
        by_rgb: Float32Array | None = None,
        by_alpha: Float32Array | None = None,
        by_depth: Float32Array | None = None,
        *,
        still: int = 0,
    ) -> Gradients:
        """Gradients of a loss by the Gaussians, from its gradients by the image; None stands for zero.

        Args:
            by_rgb: [H, W, 3]. by_alpha, by_depth: [H, W].
            still: so many Gaussians at the beginning need no gradients; theirs are zero, and cost little.
        """
        result = self.result
        size = result.depth.shape
        by_rgb = checked_float32(
            np.zeros((*size, 3)) if by_rgb is None else by_rgb, (*size, 3), name="by_rgb", code_prefix="render"
        )
        by_depth = (
            np.zeros(size, np.float32)
            if by_depth is None
            else checked_float32(by_depth, size, name="by_depth", code_prefix="render")
        )
        # What everything, background included, contributes along the gradient; alpha = 1 - transmittance.
        remainder = np.einsum("hwc,hwc->hw", by_rgb, result.rgb) + by_depth * result.depth
        if by_alpha is not None:
            remainder -= checked_float32(by_alpha, size, name="by_alpha", code_prefix="render") * self._transmittance
        pairs = blend_backward(self.records, self._tiles, self._ends, remainder, by_rgb, by_depth, still)
        return self._project_backward(pairs, still)

    def _project_backward(self, pair_gradients: Float32Array, still: int) -> Gradients:
        g = self._gaussians
        by_means, by_quats = np.empty_like(g.means), np.empty_like(g.quats)
        by_scales, by_opacities = np.empty_like(g.scales), np.empty_like(g.opacities)
        by_sh, by_colours = np.empty_like(g.sh), np.empty_like(g.colours)
        project_backward(
            len(g.means),
            g.means,
            g.quats,
            g.scales,
            g.opacities,
            g.sh,
            g.degree,
            self._camera,
            np.float32(self._options.low_pass_px2),
            self._options.antialiased,
            self.records,
            self._tiles.first_pairs,
            still,
            pair_gradients,
            by_means,
            by_quats,
            by_scales,
            by_opacities,
            by_sh,
            by_colours,
        )
        given = g.degree < 0
        return Gradients(
            by_means, by_quats, by_scales, by_opacities, None if given else by_sh, by_colours if given else None
        )


def rasterise(
    means_m: ArrayLike,
    quats_wxyz: ArrayLike,
    scales_m: ArrayLike,
    opacities: ArrayLike,
    camera: Camera,
    *,
    sh: ArrayLike | None = None,
    colours: ArrayLike | None = None,
    background: ArrayLike = BLACK,
    options: RasterOptions | None = None,
) -> RenderResult:
    """Render Gaussians.

    Args:
        means_m: [N, 3] world positions, metres. N may be 0.
        quats_wxyz: [N, 4] rotations, normalised inside.
        scales_m: [N, 3] linear standard deviations.
        opacities: [N] 0..1.
        sh: [N, K, 3] harmonics of degree 0 to 3, evaluated from the camera's position; or
        colours: [N, 3] taken as they are. Exactly one of the two.
        background: [3] colour behind everything.
        options: defaults to gsplat's "classic" mode.

    Raises:
        InputError: ``render-*`` for wrong shapes or values that are not finite.
    """
    return Rasterisation(
        means_m,
        quats_wxyz,
        scales_m,
        opacities,
        camera,
        sh=sh,
        colours=colours,
        background=background,
        options=options,
    ).result


def render_cloud(
    cloud: SplatCloud,
    camera: Camera,
    *,
    colours: ArrayLike | None = None,
    background: ArrayLike = BLACK,
    options: RasterOptions | None = None,
) -> RenderResult:
    """Render a cloud; ``colours`` [N, 3] replaces its harmonics, as for splats posed by skinning."""
    return rasterise(
        cloud.means_m,
        cloud.quats_wxyz,
        cloud.scales_m,
        cloud.opacities,
        camera,
        sh=cloud.sh if colours is None else None,
        colours=colours,
        background=background,
        options=options,
    )


def _checked_gaussians(
    means_m: ArrayLike,
    quats_wxyz: ArrayLike,
    scales_m: ArrayLike,
    opacities: ArrayLike,
    sh: ArrayLike | None,
    colours: ArrayLike | None,
) -> _Gaussians:
    def read(value: ArrayLike, shape: tuple[int | None, ...], name: str) -> Float32Array:
        # Shapes only: a search for NaN would take longer than the projection, which shows no Gaussian with a NaN shape.
        array = np.ascontiguousarray(value, dtype=np.float32)
        if len(shape) != array.ndim or any(w not in (None, h) for h, w in zip(array.shape, shape, strict=True)):
            raise InputError(
                "render-wrong-shape",
                name,
                found=f"shape {array.shape}",
                expected=f"shape ({', '.join('any' if n is None else str(n) for n in shape)})",
                fix="Give every array one row per Gaussian.",
            )
        return array

    means = read(means_m, (None, 3), "means_m")
    count = len(means)
    if (sh is None) == (colours is None):
        raise InputError(
            "render-colour-source",
            "sh and colours",
            found="both" if sh is not None else "neither",
            expected="exactly one of sh [N, K, 3] and colours [N, 3]",
            fix="Pass one of them.",
        )
    harmonics = np.empty((0, 1, 3), np.float32) if sh is None else read(sh, (count, None, 3), "sh")
    if harmonics.shape[1] not in (1, 4, 9, 16):
        raise InputError(
            "render-sh-degree",
            "sh",
            found=f"{harmonics.shape[1]} harmonics per channel",
            expected="1, 4, 9 or 16 (degree 0 to 3)",
            fix="Cut the harmonics to degree 3.",
        )
    return _Gaussians(
        means,
        read(quats_wxyz, (count, 4), "quats_wxyz"),
        read(scales_m, (count, 3), "scales_m"),
        read(opacities, (count,), "opacities"),
        harmonics,
        np.empty((0, 3), np.float32) if colours is None else read(colours, (count, 3), "colours"),
        -1 if sh is None else round(harmonics.shape[1] ** 0.5) - 1,
    )


def _camera_vector(camera: Camera) -> Float32Array:
    """What the kernels need of a camera, in the slots named in ``projection.py``."""
    view = camera.world_to_camera.astype(np.float64)
    fx, fy, cx, cy = (float(camera.intrinsics_px[i, j]) for i, j in ((0, 0), (1, 1), (0, 2), (1, 2)))
    width, height = camera.width_px, camera.height_px
    margin_x, margin_y = FRUSTUM_MARGIN * width / 2 / fx, FRUSTUM_MARGIN * height / 2 / fy
    limits = [cx / fx + margin_x, (width - cx) / fx + margin_x, cy / fy + margin_y, (height - cy) / fy + margin_y]
    slots = [view[:3].ravel(), [fx, fy, cx, cy, width, height], limits, camera.position_m]
    return np.concatenate(slots).astype(np.float32)
