"""coarse_sheet: everything a coarse video knows, as one picture to look at."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.bake.coarse.video import CoarseVideo
from ani3d_runtime.render.image import contact_sheet

MAPS = ("rgb", "preserve", "control", "depth", "alpha")


def coarse_sheet(video: CoarseVideo, *, columns: int = 6) -> Float32Array:
    """[h, w, 3] a row per map, ``columns`` pictures evenly along the trajectory."""
    chosen = np.unique(np.linspace(0, len(video.rgb) - 1, columns).astype(int))
    depth = _nearness(video.depth_m)
    rows = (video.rgb, _grey(video.preserve), video.control, _grey(depth), _grey(video.alpha))
    pictures = [row[index] for row in rows for index in chosen]
    labels = [name if column == 0 else "" for name in MAPS for column in range(len(chosen))]
    return contact_sheet(pictures, columns=len(chosen), labels=labels)


def _grey(values: Float32Array) -> Float32Array:
    return np.repeat(values[..., None], 3, axis=-1)


def _nearness(depth_m: Float32Array) -> Float32Array:
    """0..1: black where nothing is, brighter the nearer."""
    there = depth_m > 0
    if not there.any():
        return np.zeros_like(depth_m)
    near, far = float(depth_m[there].min()), float(depth_m[there].max())
    return np.where(there, 1 - 0.85 * (depth_m - near) / max(far - near, 1e-6), 0).astype(np.float32)
