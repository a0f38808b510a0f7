"""Mesh, and blue-noise samples on it: where a character's Gaussians come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float64Array, Int32Array
from ani3d_runtime.physics.grid import thin_to_blue_noise

CANDIDATES_PER_SAMPLE = 9
# Mean spacing of a Poisson-disc set of n points on an area a is SPACING * sqrt(a / n).
DISC_SHARE = 0.72


@dataclass(frozen=True)
class Mesh:
    """A triangle mesh in the building pose.

    Attributes:
        vertices_m: [V, 3] building pose.
        faces: [F, 3] int32, counter-clockwise seen from outside.
        skin_weights: [V, J].
        pattern: [V, K] coordinates in which colours and borders are drawn (zero-pose position and skin weights for
            the body, the cut of the cloth for clothes).
        light: [V] baked light, 1 is fully lit from the front.
    """

    vertices_m: Float64Array
    faces: Int32Array
    skin_weights: Float64Array
    pattern: Float64Array
    light: Float64Array | None = None

    @cached_property
    def normals(self) -> Float64Array:
        """[V, 3] unit vertex normals."""
        return vertex_normals(self.vertices_m, self.faces)

    def with_light(self, light: Float64Array) -> Mesh:
        """The same mesh with baked light."""
        return replace(self, light=light)


@dataclass(frozen=True)
class Samples:
    """Points on triangles.

    Attributes:
        corners: [N, 3] int32 vertex indices of each point's triangle.
        barycentric: [N, 3].
        spacing_m: [N] distance to neighbouring samples.
    """

    corners: Int32Array
    barycentric: Float64Array
    spacing_m: Float64Array

    def mix(self, values: NDArray[Any]) -> Float64Array:
        """[N, ...] vertex values [V, ...] interpolated."""
        return np.einsum("nk,nk...->n...", self.barycentric, values[self.corners])

    def take(self, keep: NDArray[Any]) -> Samples:
        """A subset."""
        return Samples(self.corners[keep], self.barycentric[keep], self.spacing_m[keep])


def vertex_normals(vertices_m: Float64Array, faces: Int32Array) -> Float64Array:
    """[V, 3] area-weighted unit normals."""
    a, b, c = (vertices_m[faces[:, k]] for k in range(3))
    face_normals = np.cross(b - a, c - a)
    normals = np.stack(
        [
            sum(
                (np.bincount(faces[:, k], face_normals[:, axis], len(vertices_m)) for k in range(3)),
                np.zeros(len(vertices_m)),
            )
            for axis in range(3)
        ],
        axis=1,
    )
    return unit(normals)


def unit(vectors: NDArray[Any]) -> Float64Array:
    """[..., 3] scaled to length one; zero vectors stay zero."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


def smoothed(values: Float64Array, faces: Int32Array, rounds: int, share: float = 0.5) -> Float64Array:
    """[V, K] vertex values after ``rounds`` of averaging with their neighbours."""
    first = faces[:, [0, 1, 2, 1, 2, 0]].ravel()
    second = faces[:, [1, 2, 0, 0, 1, 2]].ravel()
    degree = np.maximum(np.bincount(first, minlength=len(values)), 1)[:, None]
    flat = values.reshape(len(values), -1).copy()
    for _ in range(rounds):
        total = np.stack([np.bincount(first, flat[second, k], len(flat)) for k in range(flat.shape[1])], axis=1)
        flat += share * (np.where(degree > 0, total / degree, flat) - flat)
    return flat.reshape(values.shape)


def _softened(density: Float64Array, faces: Int32Array, vertex_count: int) -> Float64Array:
    """[F] densities without jumps, which would leave gaps between small and large samples; zero stays zero."""
    given = density > 0
    uses = np.maximum(np.bincount(faces[given].ravel(), minlength=vertex_count), 1)
    soft = density
    for _ in range(2):
        at_vertices = np.bincount(faces[given].ravel(), np.repeat(soft[given], 3), vertex_count) / uses
        soft = np.where(given, at_vertices[faces].mean(axis=1), 0.0)
    return np.maximum(soft, np.where(given, 0.5 * density, 0.0))


def scatter(
    vertices_m: Float64Array,
    faces: Int32Array,
    count: int,
    rng: np.random.Generator,
    density: Float64Array | None = None,
) -> Samples:
    """About ``count`` blue-noise samples on the faces.

    Args:
        vertices_m: [V, 3]. faces: [F, 3].
        count: wanted number of samples.
        rng: source of randomness.
        density: [F] relative samples per area; uniform where not given.
    """
    a, b, c = (vertices_m[faces[:, k]] for k in range(3))
    areas = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    if density is not None:
        density = _softened(density, faces, len(vertices_m))
    mass = areas if density is None else areas * density
    wanted = count * CANDIDATES_PER_SAMPLE
    triangle = rng.choice(len(faces), wanted, p=mass / mass.sum())
    uv = rng.random((wanted, 2))
    outside = uv.sum(axis=1) > 1
    uv[outside] = 1 - uv[outside]
    barycentric = np.stack([1 - uv.sum(axis=1), uv[:, 0], uv[:, 1]], axis=1)
    corners = faces[triangle]
    points = np.einsum("nk,nkj->nj", barycentric, vertices_m[corners])
    local = np.ones(wanted) if density is None else density[triangle]
    spacing = np.sqrt(mass.sum() / count / 0.866 / local)
    keep = thin_to_blue_noise(points, DISC_SHARE * spacing)
    return Samples(corners[keep].astype(np.int32), barycentric[keep], spacing[keep])
