"""Colours of Gaussians as people see differences: CIELAB."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.geometry.harmonics import SH_C0
from ani3d_runtime.splats import SplatCloud


def lab_of(cloud: SplatCloud) -> Float32Array:
    """[N, 3] CIELAB (D65) of the mean colours of a cloud, its harmonics' first, taken as sRGB."""
    colours = np.clip(0.5 + SH_C0 * cloud.sh[:, 0], 0, 1)
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ to_xyz.T / np.array([0.9505, 1.0, 1.089])
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    lab = [116 * root[:, 1] - 16, 500 * (root[:, 0] - root[:, 1]), 200 * (root[:, 1] - root[:, 2])]
    return np.stack(lab, axis=1).astype(np.float32)
