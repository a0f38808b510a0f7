"""From the cut of a garment to a draped mesh and the proxy that will move it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ani3d_runtime.arrays import Float64Array, Int32Array
from ani3d_runtime.bake.characters.figure import Figure
from ani3d_runtime.bake.characters.mesh import Mesh
from ani3d_runtime.bake.simulate.proxy import Proxy
from ani3d_runtime.bake.simulate.skinning import (
    SkinnedPoints,
    blended,
    strongest_four,
    taken_back,
)
from ani3d_runtime.physics.grid import thin_to_blue_noise
from ani3d_runtime.physics.particles import Material, ParticleSystem
from ani3d_runtime.physics.solver import Solver, Surface

DRAPE_S = 2.2
STEP_S = 1 / 30


@dataclass(frozen=True)
class Draped:
    """A garment hanging on the figure in the building pose.

    Attributes:
        positions_m: [P, 3] building pose, after draping.
        proxy: the same particles, taken back to the rest pose.
    """

    positions_m: Float64Array
    proxy: Proxy


def collider_on(figure: Figure, joints: tuple[int, ...], spacing_m: float, rng: np.random.Generator) -> SkinnedPoints:
    """Points of the figure's swollen surface that mostly belong to ``joints``."""
    shell = figure.shell
    chosen = np.flatnonzero(figure.skin_vertices & (shell.skin_weights[:, list(joints)].sum(axis=1) > 0.5))
    # Ears would catch hair and carry it about.
    chosen = rng.permutation(chosen[figure.mask("ears")[chosen] < 0.3])
    chosen = chosen[thin_to_blue_noise(shell.vertices_m[chosen], np.full(len(chosen), spacing_m))]
    bound_joints, weights = strongest_four(shell.skin_weights[chosen])
    matrices = blended(bound_joints, weights, figure.transforms)
    normals = np.linalg.solve(matrices[:, :, :3], shell.normals[chosen][..., None])[..., 0]
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return SkinnedPoints(taken_back(matrices, shell.vertices_m[chosen]), normals, bound_joints, weights)


def draped(
    name: str,
    figure: Figure,
    cut_m: Float64Array,
    skin_weights: Float64Array,
    system: ParticleSystem,
    material: Material,
    collider: SkinnedPoints,
    neighbours: Int32Array,
    strand_nodes: int = 0,
) -> Draped:
    """Let the particles of ``cut_m`` [P, 3] (building pose) fall until they hang."""
    surface: Surface = collider.posed(figure.transforms)
    solver = Solver(system, replace(material, damping_hz=max(2.0, material.damping_hz)), cut_m, cut_m, surface)
    for _ in range(round(DRAPE_S / STEP_S)):
        solver.step(STEP_S, cut_m, surface)
    joints, weights = strongest_four(skin_weights)
    rest = taken_back(blended(joints, weights, figure.transforms), solver.positions_m)
    # Pinned particles follow the cut, so their rest positions must be exactly those of the cut.
    proxy = Proxy(name, rest, joints, weights, system, material, collider, neighbours, strand_nodes)
    return Draped(solver.positions_m, proxy)


def hanging_mesh(hung: Draped, triangles: Int32Array, skin_weights: Float64Array, pattern: Float64Array) -> Mesh:
    """The draped garment as a mesh that Gaussians can be sampled on."""
    return Mesh(hung.positions_m, triangles, skin_weights, pattern)
