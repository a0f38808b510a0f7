"""Drawing in double precision: the formula of the rasteriser at every pixel, far to near."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ani3d_runtime.arrays import Float64Array


def drawn(
    centres_px: Float64Array,
    covariances_px2: Float64Array,
    colours: Float64Array,
    opacities: Float64Array,
    order: Iterable[int],
    size_px: tuple[int, int],
) -> Float64Array:
    """[H, W, 4] premultiplied picture of Gaussians in the order given, each over those before."""
    width, height = size_px
    picture = np.zeros((height, width, 4))
    pixels = np.stack(np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5), axis=-1)
    for i in order:
        away = pixels - centres_px[i]
        squared = np.einsum("hwi,ij,hwj->hw", away, np.linalg.inv(covariances_px2[i]), away)
        alpha = np.minimum(opacities[i] * np.exp(-squared / 2), 0.999)
        alpha[(alpha < 1 / 255) | (squared > 3.33**2)] = 0
        picture *= (1 - alpha)[..., None]
        picture += alpha[..., None] * np.append(colours[i], 1)
    return picture
