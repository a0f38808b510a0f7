"""close_ups: garments near by, at the moments at which they are farthest from the rigid layer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.bake.coarse.render import WHITE
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.bake.sampling.framing import Framing
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.render.image import side_by_side
from ani3d_runtime.render.rasterise import render_cloud
from ani3d_runtime.residual import ResidualLayer

# Three columns fill the page without being scaled down.
PICTURE_PX = 344
_MOMENTS = 3
_APART_S = 0.5
_AZIMUTHS_RAD = (0.4, 2.4, 4.4)


def close_ups(avatar: Avatar, motion: Motion, layers: Mapping[str, ResidualLayer | None]) -> list[Float32Array]:
    """[h, w, 3] a picture per moment, a column per layer.

    Args:
        avatar, motion: who is seen, doing what.
        layers: by the name of the column; None is the rigid layer. The last one's widest moments are shown.
    """
    loose = [part for part in (Part.GARMENT, Part.HAIR) if (avatar.binding.parts == part).any()]
    if not loose:
        return []
    framing = Framing.around(avatar, motion, PICTURE_PX, PICTURE_PX, parts=loose[:1])
    posers = {name: MotionPoser(avatar, motion, layer) for name, layer in layers.items()}
    moved = [layer for layer in layers.values() if layer is not None]
    pictures: list[Float32Array] = []
    for time_s, azimuth in zip(_moments(moved[-1], motion.fps), _AZIMUTHS_RAD, strict=False):
        camera = framing.camera(time_s, azimuth)
        row: list[Float32Array] = []
        for poser in posers.values():
            posed = poser.pose(time_s)
            colours = posed.colours_seen_from(camera.position_m)
            row.append(render_cloud(posed.cloud, camera, colours=colours, background=WHITE).rgb.clip(0, 1))
        labels = [f"{name}, {time_s:.2f} s" if index == 0 else name for index, name in enumerate(posers)]
        pictures.append(side_by_side(row, labels=labels))
    return pictures


def _moments(layer: ResidualLayer, fps: float) -> list[float]:
    """Times of the largest mean displacement, some time apart, in order."""
    if not len(layer.indices):
        return [0.0]
    sizes = np.linalg.norm(layer.dpos_m, axis=2).mean(axis=1)
    chosen: list[int] = []
    for frame in np.argsort(-sizes, kind="stable").tolist():
        if all(abs(frame - other) >= _APART_S * fps for other in chosen):
            chosen.append(frame)
        if len(chosen) == _MOMENTS:
            break
    return [frame / fps for frame in sorted(chosen)]
