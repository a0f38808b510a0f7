"""Eyes, brows and lashes: what makes a face look back."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import LinearNDInterpolator, NearestNDInterpolator

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.avatar import Part
from ani3d_runtime.bake.characters.figure import EYE_FRONT, SKIN, Figure, joint
from ani3d_runtime.bake.characters.mesh import Mesh, scatter, unit
from ani3d_runtime.bake.characters.patch import (
    Patch,
    aligned_to_borders,
    mixed,
    patch_on,
    ramp,
    shaped_samples,
)
from ani3d_runtime.bake.characters.style import Style, colour
from ani3d_runtime.geometry.quaternion import quaternion_from_matrix

IRIS_RADIUS_M = 0.0058
PUPIL_RADIUS_M = 0.0022


def eyes_patch(figure: Figure, skin: Mesh, style: Style, count: int, rng: np.random.Generator) -> Patch:
    """The visible fronts of both eyeballs, with iris, pupil, limbal ring, lid shadow and catch light."""
    faces = skin.faces[figure.face_regions == EYE_FRONT]
    samples = scatter(skin.vertices_m, faces, count, rng)
    centres = figure.eye_centres_m()

    def offsets(pattern: Float64Array) -> Float64Array:
        centre = np.where(pattern[:, :1] > 0, centres[0], centres[1])
        # Gaze converges a little and the iris sits slightly under the upper lid.
        toe_in = np.where(pattern[:, 0] > 0, -1.0, 1.0) * 0.0006
        return pattern[:, :2] - centre[:, :2] - np.stack([toe_in, np.full(len(pattern), 0.0002)], axis=1)

    def borders(pattern: Float64Array) -> Float64Array:
        radius = np.linalg.norm(offsets(pattern), axis=1)
        return np.stack([radius - PUPIL_RADIUS_M, radius - IRIS_RADIUS_M], axis=1)

    shape = aligned_to_borders(skin, shaped_samples(skin, samples, flatness=0.3, spread=0.7), borders)
    pattern = shape.samples.mix(skin.pattern)
    offset = offsets(pattern)
    radius = np.linalg.norm(offset, axis=1)
    angle = np.arctan2(offset[:, 1], offset[:, 0])
    iris = colour(style.iris)
    fibres = 0.86 + 0.14 * np.sin(17 * angle + 2.0 * np.sin(5 * angle)) + 0.05 * np.sin(41 * angle)
    # Light falls in from above and gathers in the lower half of the iris.
    glow = 0.72 + 0.50 * ramp(0.003, -0.005, offset[:, 1])
    iris_colour = iris * (fibres * glow)[:, None]
    iris_colour = mixed(iris_colour, iris * 0.30, ramp(0.72, 1.0, radius / IRIS_RADIUS_M))
    white = mixed(np.array([0.90, 0.875, 0.86]), np.array([0.86, 0.70, 0.67]), ramp(0.008, 0.014, np.abs(offset[:, 0])))
    painted = np.where((radius < IRIS_RADIUS_M)[:, None], iris_colour, white)
    painted = np.where((radius < PUPIL_RADIUS_M)[:, None], 0.03, painted)
    lid_shadow = 0.55 * ramp(0.0005, 0.0048, offset[:, 1]) + 0.15 * ramp(-0.002, -0.005, offset[:, 1])
    painted = painted * (1 - lid_shadow)[:, None]
    catch = np.exp(-(((offset[:, 0] - 0.0016) / 0.0010) ** 2) - ((offset[:, 1] - 0.0016) / 0.0010) ** 2)
    painted = mixed(painted, np.ones(3), 0.95 * catch)
    return patch_on(skin, shape, painted, part=Part.FACE, opacity=0.98)


def brows_and_lashes_patch(figure: Figure, style: Style, hairs: int, rng: np.random.Generator) -> Patch:
    """Single hairs: ``hairs`` per brow, two thirds of that per upper lid, a third per lower lid."""
    surface = _FaceSurface(figure)
    brow = colour(style.brow)
    parts = []
    for side in (1.0, -1.0):
        centre = figure.eye_centres_m()[0 if side > 0 else 1]
        parts.append(_brow(surface, centre, side, brow, hairs, rng))
        parts.append(_lashes(figure, side, brow, hairs * 2 // 3, rng, upper=True))
        parts.append(_lashes(figure, side, brow, hairs // 3, rng, upper=False))
    starts, ends, widths, opacities, colours = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _strokes(starts, ends, widths, opacities, colours, figure)


class _FaceSurface:
    """Depth of the front of the face over the frontal plane."""

    def __init__(self, figure: Figure) -> None:
        skin = np.unique(figure.skin.faces[figure.face_regions == SKIN])
        points = figure.skin.vertices_m[skin]
        middle = figure.eye_centres_m().mean(axis=0)
        front = (np.abs(points - middle) < [0.07, 0.05, 0.06]).all(axis=1)
        front &= figure.skin.normals[skin][:, 2] > 0.05
        self._linear = LinearNDInterpolator(points[front, :2], points[front, 2])
        self._nearest = NearestNDInterpolator(points[front, :2], points[front, 2])

    def lifted(self, plane: Float64Array, lift_m: float) -> Float64Array:
        """[N, 3] points of the face in front of [N, 2], lifted forwards."""
        depth = self._linear(plane)
        depth = np.where(np.isnan(depth), self._nearest(plane), depth)
        return np.column_stack([plane, depth + lift_m])


_Hairs = tuple[Float64Array, Float64Array, Float64Array, Float64Array, Float64Array]


def _brow(
    surface: _FaceSurface, eye: Float64Array, side: float, tone: Float64Array, hairs: int, rng: np.random.Generator
) -> _Hairs:
    u = rng.uniform(-1.15, 1.05, hairs)  # inner to outer end
    x = 0.0025 + 0.0205 * u
    arch = 0.0185 + 0.0040 * (1 - (u - 0.25) ** 2) - 0.0022 * np.clip(u - 0.3, 0, 2) ** 2
    thickness = 0.0030 * np.clip(1.05 - 0.55 * np.clip(u + 0.2, 0, 2), 0.25, 1) * np.clip(4 * (u + 1.25), 0.35, 1)
    y = arch + thickness * rng.uniform(-1, 1, hairs)
    start = np.stack([eye[0] + side * x, eye[1] + y], axis=1)
    lean = np.deg2rad(np.interp(u, [-1.15, -0.6, 0.3, 1.05], [70, 35, 5, -28])) + rng.normal(0, 0.16, hairs)
    length = np.interp(u, [-1.15, 0, 1.05], [0.0050, 0.0064, 0.0050]) * rng.uniform(0.8, 1.15, hairs)
    end = start + length[:, None] * np.stack([side * np.cos(lean), np.sin(lean)], axis=1)
    fade = ramp(-1.2, -0.75, u) * ramp(1.15, 0.75, u)
    colours = mixed(tone * rng.uniform(0.9, 1.5, hairs)[:, None], np.array([0.55, 0.42, 0.33]), 0.15)
    return (
        surface.lifted(start, 0.0006),
        surface.lifted(end, 0.0011),
        np.full(hairs, 0.00048),
        0.25 + 0.38 * fade,
        colours,
    )


def _lashes(
    figure: Figure, side: float, tone: Float64Array, hairs: int, rng: np.random.Generator, *, upper: bool
) -> _Hairs:
    """Lashes grow from the rim of the lid: the skin vertices in front of the eyeball that lie closest to its middle."""
    skin = figure.skin_vertices
    points = figure.skin.vertices_m
    centre = figure.eye_centres_m()[0 if side > 0 else 1]
    offset = (points - centre) * [side, 1, 1]
    sign = 1.0 if upper else -1.0
    near = skin & (np.abs(offset[:, 0]) < 0.0125) & (np.abs(offset[:, 1]) < 0.008) & (offset[:, 2] > 0.0)
    near &= (sign * offset[:, 1] > -0.0012) & (figure.skin.normals[:, 2] > 0.1)
    bins = np.round(offset[near, 0] / 0.0022)
    rim = [offset[near][bins == b][np.argmin(sign * offset[near][bins == b][:, 1])] for b in np.unique(bins)]
    rim = np.array(rim)
    x = rng.uniform(-0.0108, 0.0118, hairs)
    height = np.polyval(np.polyfit(rim[:, 0], rim[:, 1], 2), x)
    depth = np.polyval(np.polyfit(rim[:, 0], rim[:, 2], 2), x) + 0.0008
    start = np.stack([x, height, depth], axis=1)
    fan = np.clip(x / 0.011, -1, 1)
    length = (0.0044 + 0.0016 * fan) if upper else (0.0022 + 0.0007 * fan)
    length = length * rng.uniform(0.8, 1.1, hairs)
    direction = unit(np.stack([0.50 * fan + 0.12, np.full(hairs, 0.62 * sign), np.full(hairs, 0.75)], axis=1))
    end = start + length[:, None] * direction
    mirror = np.array([side, 1, 1])
    shade = np.tile(0.35 * tone + 0.02, (hairs, 1)) if upper else np.tile(0.6 * tone + 0.05, (hairs, 1))
    return (
        centre + start * mirror,
        centre + end * mirror,
        np.full(hairs, 0.00026 if upper else 0.00016),
        np.full(hairs, 0.72 if upper else 0.30),
        shade,
    )


def _strokes(
    starts: Float64Array,
    ends: Float64Array,
    widths: Float64Array,
    opacities: Float64Array,
    colours: Float64Array,
    figure: Figure,
) -> Patch:
    axis = ends - starts
    length = np.linalg.norm(axis, axis=1)
    along = axis / length[:, None]
    across = unit(np.cross(along, [0.1, 0.2, 1.0]))
    frames = np.stack([along, across, np.cross(along, across)], axis=2)
    weights = np.zeros((len(starts), figure.skin.skin_weights.shape[1]))
    weights[:, joint("head")] = 1
    return Patch(
        (starts + ends) / 2,
        quaternion_from_matrix(frames),
        np.stack([0.36 * length, widths, widths], axis=1),
        opacities,
        np.clip(colours, 0, 1),
        weights,
        np.full(len(starts), int(Part.FACE), dtype=np.int32),
    )
