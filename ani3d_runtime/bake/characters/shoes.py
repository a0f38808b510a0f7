"""Shoes: each a smooth hull around the foot, so that no toe shows through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from ani3d_runtime.arrays import Float64Array, Int32Array
from ani3d_runtime.avatar import Part
from ani3d_runtime.bake.characters.figure import BodyPoint, Figure, joint
from ani3d_runtime.bake.characters.light import cloth_shade
from ani3d_runtime.bake.characters.mesh import Mesh, scatter, smoothed
from ani3d_runtime.bake.characters.patch import Patch, aligned_to_borders, patch_on, shaped_samples
from ani3d_runtime.bake.characters.style import Style, colour
from ani3d_runtime.bake.characters.wardrobe import Wardrobe

AROUND, ALONG = 40, 34
NOSE_M = 0.010


@dataclass(frozen=True)
class Last:
    """The hull of one foot: rings of directions around the axis from heel to toe."""

    vertices_m: Float64Array
    faces: Int32Array


def make_shoe(figure: Figure, style: Style, side: str) -> Mesh:
    """The hull of the ``left`` or ``right`` foot as a mesh."""
    columns = [joint(f"{side}_ankle"), joint(f"{side}_foot")]
    ankle_m = figure.joint_m(f"{side}_ankle")
    weights = figure.skin.skin_weights
    zero = figure.skin.pattern[:, :3]
    foot = (weights[:, columns].sum(axis=1) > 0.35) & (zero[:, 1] < ankle_m[1] + 0.045) & figure.skin_vertices
    thickness = 0.0060 if style.has_skirt else 0.0120
    # The hull is cut in the zero pose, then carried to the building pose by the skin weights beneath.
    last = _hull(zero[foot], thickness)
    nearest = KDTree(zero[foot]).query(last.vertices_m)[1]
    hull_weights = smoothed(weights[np.flatnonzero(foot)[nearest]], last.faces, 8)
    hull_weights /= hull_weights.sum(axis=1, keepdims=True)
    matrices = np.einsum("vj,jab->vab", hull_weights, figure.transforms)
    posed = np.einsum("vab,vb->va", matrices[:, :, :3], last.vertices_m) + matrices[:, :, 3]
    return Mesh(posed, last.faces, hull_weights, np.concatenate([last.vertices_m, hull_weights], axis=1))


def _hull(points: Float64Array, thickness_m: float) -> Last:
    low, high = points.min(axis=0), points.max(axis=0)
    ends = np.array([low[2] - 0.004, high[2] + NOSE_M])
    # More rings where heel and toe round off.
    stations = ends[0] + (ends[1] - ends[0]) * 0.5 * (1 - np.cos(np.linspace(0.06, np.pi - 0.06, ALONG)))
    angle = np.linspace(0, 2 * np.pi, AROUND, endpoint=False)
    directions = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    centre_y = low[1] + 0.026
    slices = np.empty((ALONG, AROUND))
    middles = np.empty((ALONG, 2))
    for k, z in enumerate(stations):
        reach = np.clip(z, low[2] + 0.012, high[2] - 0.010)
        near = points[np.abs(points[:, 2] - reach) < 0.013]
        middle = np.array([(near[:, 0].min() + near[:, 0].max()) / 2, centre_y])
        support = ((near[:, :2] - middle) @ directions.T).max(axis=0)
        facing = directions @ directions.T
        with np.errstate(divide="ignore"):
            radius = np.where(facing > 0.05, support[None, :] / np.maximum(facing, 0.05), np.inf).min(axis=1)
        # Outside the foot's length the hull closes like an ellipsoid.
        overshoot = max(z - (high[2] - 0.010), (low[2] + 0.012) - z, 0.0)
        room = (NOSE_M + 0.010) if z > reach else 0.016
        shrink = np.sqrt(max(1 - (overshoot / room) ** 2, 0.02))
        slices[k] = radius * shrink
        middles[k] = middle
    middles[:, 0] = _blurred(middles[:, 0], 3)
    slices = np.apply_along_axis(_blurred, 0, slices, 1) + thickness_m
    vertices = np.empty((ALONG, AROUND, 3))
    vertices[:, :, :2] = middles[:, None, :] + slices[:, :, None] * directions[None]
    vertices[:, :, 2] = stations[:, None]
    vertices[:, :, 1] = np.maximum(vertices[:, :, 1], low[1] - thickness_m)
    return Last(vertices.reshape(-1, 3), _tube_faces())


def _blurred(values: Float64Array, rounds: int) -> Float64Array:
    for _ in range(rounds):
        padded = np.concatenate([values[:1], values, values[-1:]])
        values = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    return values


def _tube_faces() -> Int32Array:
    ring, column = np.meshgrid(np.arange(ALONG - 1), np.arange(AROUND), indexing="ij")
    a = (ring * AROUND + column).ravel()
    b = (ring * AROUND + (column + 1) % AROUND).ravel()
    c, d = a + AROUND, b + AROUND
    caps = []
    for start, flip in ((0, True), ((ALONG - 1) * AROUND, False)):
        for k in range(1, AROUND - 1):
            triple = [start, start + k, start + k + 1]
            caps.append(triple[::-1] if flip else triple)
    return np.concatenate([np.stack([a, b, c], axis=1), np.stack([b, d, c], axis=1), caps]).astype(np.int32)


def shoe_patch(
    figure: Figure, mesh: Mesh, style: Style, wardrobe: Wardrobe, count: int, rng: np.random.Generator
) -> Patch:
    """The Gaussians of one shoe: upper, sole, and laces where there are any."""
    floor = mesh.pattern[:, 1].min()
    sole_m = 0.009 if style.has_skirt else 0.022
    ankle, toes = figure.joint_m("left_ankle"), figure.joint_m("left_foot")
    laced = not style.has_skirt
    slope = 0.0 if style.has_skirt else 0.05

    def borders(pattern: Float64Array) -> Float64Array:
        p = BodyPoint(pattern)
        sole = floor + sole_m + slope * np.clip(ankle[2] + 0.02 - p.z, 0, 1) - p.y
        fields = [wardrobe.shoe(p), sole]
        if laced:
            tongue = np.minimum(0.020 - np.abs(np.abs(p.x) - toes[0]), toes[2] - 0.01 - p.z)
            tongue = np.minimum(tongue, np.minimum(p.z - ankle[2] - 0.03, p.y - floor - 0.035))
            stripes = 0.0035 * np.sin(p.z * 2 * np.pi / 0.016)
            fields += [np.minimum(tongue, stripes)]
        return np.stack(fields, axis=1)

    samples = scatter(mesh.vertices_m, mesh.faces, count, rng)
    samples = samples.take(wardrobe.shoe(BodyPoint(samples.mix(mesh.pattern))) > 0)
    shape = aligned_to_borders(mesh, shaped_samples(mesh, samples), borders)
    pattern = shape.samples.mix(mesh.pattern)
    inside = borders(pattern)
    upper = colour(style.shoe)
    painted = np.tile(upper, (len(pattern), 1))
    rim = inside[:, 0] < 0.006
    painted[rim] = upper * (0.8 if style.has_skirt else 0.9)
    if laced:
        painted = np.where((inside[:, 2] > 0)[:, None], colour(style.trim), painted)
        heel = (pattern[:, 2] < ankle[2] - 0.035) & (inside[:, 1] < 0)
        painted[heel] = (
            0.6 * upper + 0.4 * colour(style.trim) * (style.name == "runner") + 0.3 * upper * (style.name != "runner")
        )
    painted = np.where((inside[:, 1] > 0)[:, None], colour(style.sole), painted)
    assert mesh.light is not None
    shaded = cloth_shade(painted, samples.mix(mesh.light), depth=0.42)
    return patch_on(mesh, shape, shaded, part=Part.ACCESSORY, opacity=0.98)
