"""The dancer's skirt: a flared cone of cloth with a banded hem and dots."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from ani3d_runtime.arrays import Float64Array, Int32Array
from ani3d_runtime.avatar import Part
from ani3d_runtime.bake.characters.figure import BodyPoint, Figure, joint
from ani3d_runtime.bake.characters.garment import Draped, collider_on, draped, hanging_mesh
from ani3d_runtime.bake.characters.light import cloth_shade
from ani3d_runtime.bake.characters.mesh import Mesh, scatter, smoothed
from ani3d_runtime.bake.characters.patch import Patch, aligned_to_borders, patch_on, shaped_samples
from ani3d_runtime.bake.characters.style import Style, colour
from ani3d_runtime.bake.simulate.proxy import neighbours_of
from ani3d_runtime.physics.particles import Links, Material, ParticleSystem, edges_of, opposite_pairs_of

COLUMNS, ROWS = 112, 30
LENGTH_M = 0.50
FLARE = 0.80
PINNED_ROWS = 2
PELVIS_SHARE = 0.45
MATERIAL = Material(thickness_m=0.008, friction=0.12, damping_hz=0.35, drag=2.2, max_speed_m_s=12.0, substep_hz=480.0)
DOT_RADIUS_M = 0.0085


def make_skirt(figure: Figure, rng: np.random.Generator) -> tuple[Draped, Mesh]:
    """Cut, drape and bind the skirt."""
    cut, around, down = _cut(figure)
    triangles = _triangles()
    weights = _skin_weights(figure, cut, triangles)
    count = len(cut)
    pinned = np.arange(count) < PINNED_ROWS * COLUMNS
    columns = np.arange(count) % COLUMNS
    links = Links.joined(
        Links.between(cut, edges_of(triangles), 1e-8),
        Links.between(cut, opposite_pairs_of(triangles), 6e-6),
    ).shuffled(0)
    tethers = np.stack([columns + COLUMNS * (PINNED_ROWS - 1), np.arange(count)], axis=1)[~pinned].astype(np.int32)
    links = Links.joined(links, Links.between(cut, tethers, -1.0, 1.04))
    system = ParticleSystem(count, pinned, np.full(count, np.inf), links, triangles)
    legs = tuple(joint(n) for n in ("pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee",
                                    "left_ankle", "right_ankle", "spine2"))  # fmt: skip
    collider = collider_on(figure, legs, 0.011, rng)
    neighbours = neighbours_of(edges_of(triangles), count)
    hung = draped("skirt", figure, cut, weights, system, MATERIAL, collider, neighbours)
    return hung, hanging_mesh(hung, triangles, weights, np.stack([around, down], axis=1))


def _cut(figure: Figure) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Rings of the cone: positions [P, 3], angle around [P] as (cos, sin) arc, metres down the cloth [P]."""
    waist = figure.joint_m("spine1")[1] + 0.05
    heights = np.linspace(waist, waist - LENGTH_M, ROWS)
    angle = np.linspace(0, 2 * np.pi, COLUMNS, endpoint=False)
    outward = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    shell = figure.shell
    torso = BodyPoint(shell.pattern).weight("shoulder", "elbow", "wrist", "hand") < 0.1
    first = shell.vertices_m[torso & (np.abs(shell.vertices_m[:, 1] - waist) < 0.012)]
    centre = np.array([0.0, first[:, 2].mean()])
    rings, radius = [], None
    for row, height in enumerate(heights):
        slice_ = shell.vertices_m[torso & (np.abs(shell.vertices_m[:, 1] - height) < 0.012)][:, [0, 2]]
        support = ((slice_ - centre) @ outward.T).max(axis=0) + 0.010
        if radius is not None:
            growth = (0.15 if row <= 5 else FLARE) * LENGTH_M / (ROWS - 1)
            support = np.maximum(support, radius + growth)
        radius = support
        rings.append(np.stack([centre[0] + radius * outward[:, 0], np.full(COLUMNS, height),
                               centre[1] + radius * outward[:, 1]], axis=1))  # fmt: skip
    grid = np.stack(rings)
    down = np.concatenate([[np.zeros(COLUMNS)], np.linalg.norm(np.diff(grid, axis=0), axis=2).cumsum(axis=0)])
    return grid.reshape(-1, 3), np.tile(angle, ROWS), down.ravel()


def _triangles() -> Int32Array:
    row, column = np.meshgrid(np.arange(ROWS - 1), np.arange(COLUMNS), indexing="ij")
    a = (row * COLUMNS + column).ravel()
    b = (row * COLUMNS + (column + 1) % COLUMNS).ravel()
    c, d = a + COLUMNS, b + COLUMNS
    even = ((row + column) % 2 == 0).ravel()[:, None]
    first = np.where(even, np.stack([a, c, d], axis=1), np.stack([a, c, b], axis=1))
    second = np.where(even, np.stack([a, d, b], axis=1), np.stack([b, c, d], axis=1))
    return np.concatenate([first, second]).astype(np.int32)


def _skin_weights(figure: Figure, cut: Float64Array, triangles: Int32Array) -> Float64Array:
    """[P, 24] weights of the body beneath, drawn towards the pelvis so that a stride does not tear the cloth."""
    nearest = cKDTree(figure.shell.vertices_m).query(cut)[1]
    weights = smoothed(figure.skin.skin_weights[nearest], triangles, 40)
    down = np.arange(len(cut)) // COLUMNS / (ROWS - 1)
    pelvis = np.zeros_like(weights)
    pelvis[:, joint("pelvis")] = 1
    share = PELVIS_SHARE * np.clip(down * 4, 0, 1)[:, None]
    weights = (1 - share) * weights + share * pelvis
    ring = slice(0, PINNED_ROWS * COLUMNS)
    weights[ring] = weights[ring].mean(axis=0)
    return weights / weights.sum(axis=1, keepdims=True)


def skirt_patch(mesh: Mesh, style: Style, count: int, rng: np.random.Generator) -> Patch:
    """The skirt's Gaussians, denser at the hem."""
    length = mesh.pattern[:, 1].max()
    middle = mesh.pattern[mesh.faces, 1].mean(axis=1)
    density = 1 + 1.2 * (middle > length - 0.060)
    samples = scatter(mesh.vertices_m, mesh.faces, count, rng, density)
    painter = _Painter(mesh, length)
    shape = aligned_to_borders(painter.mesh, shaped_samples(painter.mesh, samples, flatness=0.12), painter.borders)
    pattern = shape.samples.mix(painter.mesh.pattern)
    inside = painter.borders(pattern)
    base, trim = colour(style.bottom), colour(style.top)
    folds = 1 + 0.03 * np.sin(24 * np.arctan2(pattern[:, 1], pattern[:, 0]))
    painted = base * folds[:, None]
    painted = np.where((inside[:, 4] > 0)[:, None], 0.90 * trim + 0.10 * base, painted)
    for outer, inner in ((0, 1), (2, 3)):
        band = (inside[:, outer] > 0) & (inside[:, inner] < 0)
        painted = np.where(band[:, None], trim, painted)
    painted = np.where((inside[:, 5] > 0)[:, None], base * 0.45, painted)
    assert mesh.light is not None
    shaded = cloth_shade(painted, samples.mix(mesh.light))
    return patch_on(mesh, shape, shaded, part=Part.GARMENT, opacity=0.975, proxy="skirt")


class _Painter:
    """Draws on the unrolled cone; angles enter as (cos, sin) so that the seam interpolates."""

    def __init__(self, mesh: Mesh, length_m: float) -> None:
        angle, down = mesh.pattern[:, 0], mesh.pattern[:, 1]
        self._length = length_m
        radius = 0.14 + 0.62 * down
        self.mesh = Mesh(
            mesh.vertices_m,
            mesh.faces,
            mesh.skin_weights,
            np.stack([np.cos(angle), np.sin(angle), down, radius], axis=1),
        )

    def borders(self, pattern: Float64Array) -> Float64Array:
        """[N, 7] broad band, narrow band (two edges each), dots, waistband, hem."""
        down = pattern[:, 2]
        from_hem = self._length - down
        angle = np.arctan2(pattern[:, 1], pattern[:, 0])
        row_height = 0.062
        row = np.floor(down / row_height)
        per_row = 12.0 + 2.0 * np.clip(row - 1, 0, 8)
        turn = angle * per_row / (2 * np.pi) + 0.5 * (row % 2)
        sideways = (turn - np.floor(turn) - 0.5) * 2 * np.pi / per_row * pattern[:, 3]
        dots = DOT_RADIUS_M - np.hypot(sideways, down - (row + 0.5) * row_height)
        dots = np.where((from_hem > 0.085) & (down > 0.06), dots, -0.02)
        return np.stack(
            [from_hem - 0.012, from_hem - 0.032, from_hem - 0.046, from_hem - 0.052, dots, 0.026 - down, from_hem],
            axis=1,
        )
