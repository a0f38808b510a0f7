"""Soft baked light: a sky and a key light with visibility, per vertex, so that shading stays as smooth as the mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float64Array, Int32Array
from ani3d_runtime.bake.characters.mesh import Mesh, smoothed, unit
from ani3d_runtime.kernels import kernel

DIRECTIONS = 80
RESOLUTION_PX = 320
KEY = np.array([0.42, 0.70, 0.70])
FILL = np.array([-0.70, 0.35, 0.60])
RIM = np.array([0.15, 0.45, -0.9])
DEPTH_SLACK_M = 0.008
DEPTH_SOFTNESS_M = 0.005


@kernel()
def _depth_map(points, faces, size):  # points [V, 3] in pixels, pixels, metres along the ray
    depth = np.full((size, size), 1e9)
    for f in range(faces.shape[0]):
        a, b, c = points[faces[f, 0]], points[faces[f, 1]], points[faces[f, 2]]
        area = (b[1] - c[1]) * (a[0] - c[0]) + (c[0] - b[0]) * (a[1] - c[1])
        if abs(area) < 1e-12:
            continue
        top, bottom = int(max(0, np.floor(min(a[1], b[1], c[1])))), int(min(size - 1, np.ceil(max(a[1], b[1], c[1]))))
        left, right = int(max(0, np.floor(min(a[0], b[0], c[0])))), int(min(size - 1, np.ceil(max(a[0], b[0], c[0]))))
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                u = ((b[1] - c[1]) * (x + 0.5 - c[0]) + (c[0] - b[0]) * (y + 0.5 - c[1])) / area
                v = ((c[1] - a[1]) * (x + 0.5 - c[0]) + (a[0] - c[0]) * (y + 0.5 - c[1])) / area
                w = 1.0 - u - v
                if u >= 0 and v >= 0 and w >= 0:
                    z = u * a[2] + v * b[2] + w * c[2]
                    depth[y, x] = min(depth[y, x], z)
    return depth


def _sky() -> tuple[Float64Array, Float64Array]:
    """Directions towards the light on a Fibonacci sphere (little from below), and their radiance."""
    i = np.arange(DIRECTIONS) + 0.5
    height = 1 - 1.8 * i / DIRECTIONS
    turn = np.pi * (1 + 5**0.5) * i
    ring = np.sqrt(1 - height**2)
    directions = np.stack([np.cos(turn) * ring, height, np.sin(turn) * ring], axis=1)

    def lobe(axis: Float64Array, sharpness: float) -> Float64Array:
        return np.exp(sharpness * (directions @ unit(axis) - 1))

    radiance = 0.50 + 0.34 * np.clip(directions[:, 1], -0.6, 1)
    radiance = radiance + 2.6 * lobe(KEY, 7.0) + 0.75 * lobe(FILL, 5.0) + 0.55 * lobe(RIM, 6.0)
    return directions, radiance


@dataclass(frozen=True)
class _View:
    """What the light of one direction sees: a depth map of everything that casts a shadow."""

    direction: Float64Array
    radiance: float
    axes: Float64Array
    low: Float64Array
    scale: float
    depth: Float64Array


class LightStage:
    """The lights around a character, and what stands in their way.

    Args:
        occluders: vertices [V, 3] and faces [F, 3] of everything that casts a shadow.
    """

    def __init__(self, occluders: list[tuple[Float64Array, Int32Array]]) -> None:
        counts = np.cumsum([0, *(len(v) for v, _ in occluders)])
        vertices = np.concatenate([v for v, _ in occluders])
        faces = np.concatenate([f.astype(np.int64) + start for (_, f), start in zip(occluders, counts, strict=False)])
        directions, radiance = _sky()
        self._views = [_seen_from(d, float(r), vertices, faces) for d, r in zip(directions, radiance, strict=True)]
        reference = np.clip(0.75 * directions @ unit(np.array([0, 0.35, 0.94])) + 0.25, 0, None)
        self._full = float((radiance * reference).sum())

    def light_at(self, points_m: Float64Array, normals: Float64Array) -> Float64Array:
        """[N] light received at [N, 3], 1 for an open surface that faces slightly up and forward."""
        total = np.zeros(len(points_m))
        for view in self._views:
            seen = (points_m + 0.010 * normals) @ view.axes.T
            x, y = np.clip(((seen[:, :2] - view.low) * view.scale + 2).astype(int), 0, RESOLUTION_PX - 1).T
            behind = seen[:, 2] - view.depth[y, x] - DEPTH_SLACK_M
            visible = 1 / (1 + np.exp(np.clip(behind / DEPTH_SOFTNESS_M, -30, 30)))
            total += view.radiance * visible * np.clip(0.75 * (normals @ view.direction) + 0.25, 0, None)
        return total / self._full

    def lit(self, mesh: Mesh, *, rounds: int = 3) -> Mesh:
        """The mesh with its light, smoothed over ``rounds`` of neighbours."""
        light = self.light_at(mesh.vertices_m, mesh.normals)
        return mesh.with_light(smoothed(light[:, None], mesh.faces, rounds)[:, 0])


def _seen_from(direction: Float64Array, radiance: float, vertices: Float64Array, faces: np.ndarray) -> _View:
    up = np.array([0.0, 0.0, 1.0]) if abs(direction[1]) > 0.9 else np.array([0.0, 1.0, 0.0])
    right = unit(np.cross(direction, up))
    axes = np.stack([right, np.cross(right, direction), -direction])
    projected = vertices @ axes.T
    low = projected.min(axis=0)[:2]
    scale = float((RESOLUTION_PX - 4) / np.ptp(projected[:, :2], axis=0).max())
    pixels = np.concatenate([(projected[:, :2] - low) * scale + 2, projected[:, 2:]], axis=1)
    return _View(direction, radiance, axes, low, scale, _depth_map(pixels, faces, RESOLUTION_PX))


def skin_shade(colours: Float64Array, light: Float64Array) -> Float64Array:
    """Skin in ``light`` [N]: shadows keep the warmth of light scattered under the skin and never go grey."""
    shadow = np.array([0.64, 0.46, 0.41])
    share = np.clip(light, 0, 1.35)[:, None] ** 0.85
    return colours * (shadow + (1.06 - shadow) * share)


def cloth_shade(colours: Float64Array, light: Float64Array, depth: float = 0.34) -> Float64Array:
    """Cloth or hair in ``light`` [N]: shadows fall to ``depth``, slightly blue."""
    shadow = depth * np.array([1.0, 1.0, 1.12])
    share = np.clip(light, 0, 1.4)[:, None] ** 0.9
    return colours * (shadow + (1.06 - shadow) * share)
