"""Constants of the image formation model, those of gsplat 1.5.3, so that CPU and CUDA show the same picture.

Pixel centres lie at +0.5. gsplat's main branch has since moved to another cap and floor; change these only together
with the pinned gsplat version.
"""

from __future__ import annotations

import numpy as np

# A Gaussian leaves a pixel untouched where its opacity there falls below this.
ALPHA_CUTOFF = np.float32(1 / 255)
# Opacity of one Gaussian at one pixel never exceeds this, so that what lies behind keeps a gradient.
ALPHA_CAP = np.float32(0.999)
# Blending stops before a Gaussian that would leave the pixel's transmittance at or below this.
TRANSMITTANCE_FLOOR = np.float32(1e-4)
# Extent of a Gaussian on screen, in standard deviations, at most.
MAX_EXTENT_SIGMAS = np.float32(3.33)
# The local affine approximation is evaluated at most this fraction of the field of view outside the image.
FRUSTUM_MARGIN = 0.3
# Variance in px² added to every Gaussian on screen, so that none falls between pixels.
LOW_PASS_PX2 = 0.3

NEAR_M = 0.01
FAR_M = 1e10

# Floating-point freedoms the kernels allow; NaN and infinity keep their meaning.
FAST_MATH = {"reassoc", "contract", "nsz", "arcp"}
