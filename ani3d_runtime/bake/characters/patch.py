"""Patch: the Gaussians of one layer of a character in the building pose, and how samples of a mesh become one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ani3d_runtime.arrays import Float64Array, Int32Array
from ani3d_runtime.avatar import Part
from ani3d_runtime.bake.characters.mesh import Mesh, Samples, unit
from ani3d_runtime.geometry.quaternion import quaternion_from_matrix

# Standard deviation of a Gaussian as a share of the distance to its neighbours: enough overlap to be opaque.
SPREAD = 0.82
EDGE_CLEARANCE = 0.42
EDGE_SHARPNESS = 1.25

BorderFields = Callable[[Float64Array], Float64Array]


@dataclass(frozen=True)
class Hold:
    """How Gaussians hang on the particles of a proxy.

    Attributes:
        proxy: name of the proxy.
        particles: [N, 4] int32.
        weights: [N, 4] summing to 1.
    """

    proxy: str
    particles: Int32Array
    weights: Float64Array


@dataclass(frozen=True)
class Patch:
    """Gaussians of one layer.

    Attributes:
        means_m: [N, 3] building pose. quats_wxyz: [N, 4]. scales_m: [N, 3]. opacities: [N].
        colours: [N, 3] sRGB 0..1, light included.
        skin_weights: [N, J].
        parts: [N] of :class:`Part`.
        hold: what they hang on, None where they only follow the skeleton.
    """

    means_m: Float64Array
    quats_wxyz: Float64Array
    scales_m: Float64Array
    opacities: Float64Array
    colours: Float64Array
    skin_weights: Float64Array
    parts: Int32Array
    hold: Hold | None = None

    @property
    def count(self) -> int:
        """N."""
        return len(self.means_m)


@dataclass(frozen=True)
class Shape:
    """Where samples lie and how long their Gaussians are, before they have a colour.

    Attributes:
        samples: on the mesh.
        along: [N, 3] unit direction of the first axis.
        normals: [N, 3] unit.
        scales_m: [N, 3].
    """

    samples: Samples
    along: Float64Array
    normals: Float64Array
    scales_m: Float64Array


def shaped_samples(mesh: Mesh, samples: Samples, *, flatness: float = 0.18, spread: float = SPREAD) -> Shape:
    """Round flat Gaussians lying on the mesh, ``spread`` times their spacing wide."""
    normals = unit(samples.mix(mesh.normals))
    corners = mesh.vertices_m[samples.corners]
    edge = corners[:, 1] - corners[:, 0]
    along = unit(edge - (edge * normals).sum(axis=1, keepdims=True) * normals)
    width = spread * samples.spacing_m
    return Shape(samples, along, normals, np.stack([width, width, flatness * width], axis=1))


def aligned_to_borders(mesh: Mesh, shape: Shape, fields: BorderFields) -> Shape:
    """Make colour and cloth borders crisp.

    ``fields`` maps pattern coordinates [N, K] to [N, B] values whose zero sets are the borders. Samples that straddle
    a border move off it, turn parallel to it and become as narrow as their distance to it, so that two rows of thin
    Gaussians draw it from both sides.
    """
    samples = shape.samples
    corners = mesh.vertices_m[samples.corners]
    tangents = np.stack([shape.along, np.cross(shape.normals, shape.along)], axis=1)
    shifts = _barycentric_shift(corners, tangents)
    pattern = mesh.pattern[samples.corners]

    def fields_at(barycentric: Float64Array) -> Float64Array:
        return fields(np.einsum("nk,nkj->nj", barycentric, pattern))

    step_m = 2e-4
    here = fields_at(samples.barycentric)
    slopes = np.stack(
        [(fields_at(samples.barycentric + step_m * shifts[:, axis]) - here) / step_m for axis in range(2)], axis=2
    )
    steepness = np.linalg.norm(slopes, axis=2)
    distances = np.where(steepness > 1e-6, np.abs(here) / np.maximum(steepness, 1e-6), np.inf)
    nearest = distances.argmin(axis=1)
    rows = np.arange(len(nearest))
    distance = distances[rows, nearest]
    away = unit(slopes[rows, nearest] * np.sign(here[rows, nearest])[:, None])

    clearance = EDGE_CLEARANCE * samples.spacing_m
    push = np.clip(clearance - distance, 0, None)
    barycentric = samples.barycentric + np.einsum("n,na,nak->nk", push, away, shifts)
    # In a sliver of a triangle a small step is many barycentric units.
    barycentric = np.clip(barycentric, -0.25, 1.25)
    barycentric /= barycentric.sum(axis=1, keepdims=True)
    distance = np.maximum(distance, clearance)

    width = shape.scales_m[:, 1]
    close = distance < EDGE_SHARPNESS * width
    across = np.einsum("na,nak->nk", away, tangents)
    parallel = np.where(close[:, None], unit(np.cross(across, shape.normals)), shape.along)
    scales = shape.scales_m.copy()
    scales[close, 1] = distance[close] / EDGE_SHARPNESS
    scales[close, 0] = np.minimum(1.15 * scales[close, 0], 4 * scales[close, 1])
    return Shape(replace(samples, barycentric=barycentric), parallel, shape.normals, scales)


def _barycentric_shift(corners: Float64Array, tangents: Float64Array) -> Float64Array:
    """[N, 2, 3] change of barycentric coordinates per metre along each tangent."""
    edges = corners[:, 1:] - corners[:, :1]
    gram = np.einsum("nak,nbk->nab", edges, edges)
    gram += 1e-14 * np.eye(2)
    shares = np.linalg.solve(gram, np.einsum("nak,ntk->nat", edges, tangents)).transpose(0, 2, 1)
    return np.concatenate([-shares.sum(axis=2, keepdims=True), shares], axis=2)


def patch_on(
    mesh: Mesh,
    shape: Shape,
    colours: Float64Array,
    *,
    part: Part,
    lift_m: float | Float64Array = 0.0,
    opacity: float | Float64Array = 0.96,
    proxy: str | None = None,
) -> Patch:
    """The Gaussians of shaped samples; ``colours`` [N, 3] already include light."""
    samples = shape.samples
    count = len(samples.corners)
    means = samples.mix(mesh.vertices_m) + shape.normals * np.broadcast_to(lift_m, (count,))[:, None]
    hold = None
    if proxy is not None:
        spare = np.zeros((count, 1))
        hold = Hold(
            proxy,
            np.concatenate([samples.corners, samples.corners[:, :1]], axis=1).astype(np.int32),
            np.concatenate([samples.barycentric, spare], axis=1),
        )
    return Patch(
        means,
        _frames(shape.along, shape.normals),
        shape.scales_m,
        np.broadcast_to(opacity, (count,)).astype(np.float64),
        np.clip(colours, 0, 1),
        samples.mix(mesh.skin_weights),
        np.full(count, int(part), dtype=np.int32),
        hold,
    )


def _frames(along: Float64Array, normals: Float64Array) -> Float64Array:
    first = unit(along - (along * normals).sum(axis=1, keepdims=True) * normals)
    degenerate = np.linalg.norm(first, axis=1) < 0.5
    if degenerate.any():
        spare = np.cross(normals[degenerate], [0.31, 0.95, 0.05])
        first[degenerate] = unit(spare)
    return quaternion_from_matrix(np.stack([first, np.cross(normals, first), normals], axis=2))


def mixed(start: Float64Array, end: Float64Array, share: Float64Array | float) -> Float64Array:
    """Linear blend of colours; ``share`` [N] or a number."""
    weight = np.asarray(share, dtype=np.float64)
    weight = weight[..., None] if weight.ndim else weight
    return start * (1 - weight) + end * weight


def ramp(low: float, high: float, values: Float64Array) -> Float64Array:
    """Smooth step: 0 at ``low``, 1 at ``high`` (which may be below ``low``)."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)
