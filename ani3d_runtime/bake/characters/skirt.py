"""The dancer's skirt: a flared cone of cloth with a banded hem and dots."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from ani3d_runtime.arrays import Float64Array, Int32Array
from ani3d_runtime.avatar import Part
from ani3d_runtime.bake.characters.figure import BodyPoint, Figure, joint
from ani3d_runtime.bake.characters.garment import Draped, collider_on, draped, hanging_mesh
from ani3d_runtime.bake.characters.light import cloth_shade
from ani3d_runtime.bake.characters.mesh import Mesh, scatter, smoothed, unit
from ani3d_runtime.bake.characters.patch import Hold, Patch, aligned_to_borders, patch_on, shaped_samples
from ani3d_runtime.bake.characters.style import Style, colour
from ani3d_runtime.bake.simulate.proxy import neighbours_of
from ani3d_runtime.geometry.quaternion import quaternion_from_matrix
from ani3d_runtime.physics.particles import Links, Material, ParticleSystem, edges_of, opposite_pairs_of

COLUMNS, ROWS = 112, 30
PINNED_ROWS = 2
PELVIS_SHARE = 0.65
# Cloth of 300 g/m^2: air at 1 m/s brakes it by 2.2 m/s^2, shared by the six triangles of 1.8 cm^2 around a particle.
# With this drag and damping folds forget how they came about, so that the same motion always makes the same swing.
MATERIAL = Material(thickness_m=0.008, friction=0.12, damping_hz=4.0, drag=1000.0, max_speed_m_s=12.0, substep_hz=480.0)
DOT_RADIUS_M = 0.0085
DOT_ROW_M = 0.060
DOT_GAP_M = 0.105
_SIXTHS = np.arange(6) * np.pi / 3


def make_skirt(figure: Figure, style: Style, rng: np.random.Generator) -> tuple[Draped, Mesh]:
    """Cut, drape and bind the skirt."""
    cut, around, down = _cut(figure, style)
    triangles = _triangles()
    weights = _skin_weights(figure, cut, triangles)
    count = len(cut)
    pinned = np.arange(count) < PINNED_ROWS * COLUMNS
    columns = np.arange(count) % COLUMNS
    links = Links.joined(
        Links.between(cut, edges_of(triangles), 1e-8),
        Links.between(cut, opposite_pairs_of(triangles), 1.5e-6),
        Links.between(cut, _braces(2, 4), 6e-7),
    ).shuffled(0)
    tethers = np.stack([columns + COLUMNS * (PINNED_ROWS - 1), np.arange(count)], axis=1)[~pinned].astype(np.int32)
    links = Links.joined(links, Links.between(cut, tethers, -1.0, 1.04))
    system = ParticleSystem(count, pinned, np.full(count, np.inf), links, triangles)
    legs = tuple(joint(n) for n in ("pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee",
                                    "left_ankle", "right_ankle", "spine2"))  # fmt: skip
    collider = collider_on(figure, legs, 0.011, rng)
    neighbours = neighbours_of(np.concatenate([edges_of(triangles), _braces(2)]), count, 12)
    hung = draped("skirt", figure, cut, weights, system, MATERIAL, collider, neighbours)
    return hung, hanging_mesh(hung, triangles, weights, np.stack([around, down], axis=1))


def _cut(figure: Figure, style: Style) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Rings of the cone: positions [P, 3], angle around [P] as (cos, sin) arc, metres down the cloth [P]."""
    waist = figure.joint_m("spine1")[1] + 0.05
    heights = np.linspace(waist, waist - style.skirt_length_m, ROWS)
    angle = np.linspace(0, 2 * np.pi, COLUMNS, endpoint=False)
    outward = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    shell = figure.shell
    torso = BodyPoint(shell.pattern).weight("shoulder", "elbow", "wrist", "hand") < 0.1
    first = shell.vertices_m[torso & (np.abs(shell.vertices_m[:, 1] - waist) < 0.012)]
    centre = np.array([0.0, first[:, 2].mean()])
    rings, radius = [], None
    for row, height in enumerate(heights):
        slice_ = shell.vertices_m[torso & (np.abs(shell.vertices_m[:, 1] - height) < 0.012)][:, [0, 2]]
        support = ((slice_ - centre) @ outward.T).max(axis=0) + 0.015
        if radius is not None:
            growth = (0.15 if row <= 5 else style.skirt_flare) * style.skirt_length_m / (ROWS - 1)
            support = np.maximum(support, radius + growth)
        radius = support
        rings.append(np.stack([centre[0] + radius * outward[:, 0], np.full(COLUMNS, height),
                               centre[1] + radius * outward[:, 1]], axis=1))  # fmt: skip
    grid = np.stack(rings)
    down = np.concatenate([[np.zeros(COLUMNS)], np.linalg.norm(np.diff(grid, axis=0), axis=2).cumsum(axis=0)])
    # Columns differ a little in length over hips and belly; bands must follow the hem all the same.
    down *= down[-1].mean() / down[-1]
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


def _braces(*reaches: int) -> Int32Array:
    """[B, 2] pairs some particles apart along rows and columns: folds become wide and soft, not crumpled."""
    index = np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS)
    pairs = []
    for reach in reaches:
        pairs.append(np.stack([index.ravel(), np.roll(index, -reach, axis=1).ravel()], axis=1))
        pairs.append(np.stack([index[:-reach].ravel(), index[reach:].ravel()], axis=1))
    return np.concatenate(pairs).astype(np.int32)


def _skin_weights(figure: Figure, cut: Float64Array, triangles: Int32Array) -> Float64Array:
    """[P, 24] weights of the body beneath, drawn towards the pelvis so that a stride does not tear the cloth."""
    nearest = KDTree(figure.shell.vertices_m).query(cut)[1]
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
    unrolled = _unrolled(mesh)

    def borders(pattern: Float64Array) -> Float64Array:
        """Broad band and narrow band (two edges each), waistband, hem."""
        from_hem = length - pattern[:, 2]
        edges = [from_hem - 0.012, from_hem - 0.032, from_hem - 0.046, from_hem - 0.052]
        return np.stack([*edges, 0.026 - pattern[:, 2], from_hem], axis=1)

    shape = aligned_to_borders(unrolled, shaped_samples(unrolled, samples, flatness=0.12), borders)
    pattern = shape.samples.mix(unrolled.pattern)
    inside = borders(pattern)
    base, trim = colour(style.bottom), colour(style.top)
    folds = 1 + 0.03 * np.sin(24 * np.arctan2(pattern[:, 1], pattern[:, 0]))
    painted = base * folds[:, None]
    for outer, inner in ((0, 1), (2, 3)):
        band = (inside[:, outer] > 0) & (inside[:, inner] < 0)
        painted = np.where(band[:, None], trim, painted)
    painted = np.where((inside[:, 4] > 0)[:, None], base * 0.45, painted)
    assert mesh.light is not None
    shaded = cloth_shade(painted, samples.mix(mesh.light))
    return patch_on(mesh, shape, shaded, part=Part.GARMENT, opacity=0.99, proxy="skirt")


def dots_patch(mesh: Mesh, style: Style) -> Patch:
    """Round dots, each a rosette of seven flat Gaussians on the cloth, in staggered rows."""
    down_of = mesh.pattern[:, 1].reshape(ROWS, COLUMNS)
    circumference = np.linalg.norm(
        np.diff(
            mesh.vertices_m.reshape(ROWS, COLUMNS, 3), axis=1, append=mesh.vertices_m.reshape(ROWS, COLUMNS, 3)[:, :1]
        ),
        axis=2,
    ).sum(axis=1)
    centres = []
    for number, down in enumerate(np.arange(0.085, down_of[-1].min() - 0.085, DOT_ROW_M)):
        across_m = np.interp(down, down_of.mean(axis=1), circumference)
        per_row = round(across_m / DOT_GAP_M)
        turns = (np.arange(per_row) + 0.5 * (number % 2)) / per_row
        centres.append(np.stack([turns, np.full(per_row, down), np.full(per_row, across_m)], axis=1))
    centre = np.concatenate(centres)
    petals = np.concatenate([[[0.0, 0.0]], 0.58 * DOT_RADIUS_M * np.stack([np.cos(_SIXTHS), np.sin(_SIXTHS)], axis=1)])
    turn = centre[:, None, 0] + petals[None, :, 0] / centre[:, None, 2]
    down = centre[:, None, 1] + petals[None, :, 1]
    hold, corners, shares = _held(down_of, turn.ravel() % 1.0, down.ravel())
    normals = unit(np.einsum("nk,nkj->nj", shares, mesh.normals[corners]))
    means = np.einsum("nk,nkj->nj", shares, mesh.vertices_m[corners]) + 0.0026 * normals
    along = unit(np.cross(normals, [0.2, 0.9, 0.1]))
    assert mesh.light is not None
    light = np.einsum("nk,nk->n", shares, mesh.light[corners])
    count = len(means)
    width = 0.36 * DOT_RADIUS_M
    return Patch(
        means,
        quaternion_from_matrix(np.stack([along, np.cross(normals, along), normals], axis=2)),
        np.tile([width, width, 0.10 * width], (count, 1)),
        np.full(count, 0.97),
        np.clip(cloth_shade(np.tile(colour(style.top), (count, 1)), light), 0, 1),
        np.einsum("nk,nkj->nj", shares, mesh.skin_weights[corners]),
        np.full(count, int(Part.GARMENT), dtype=np.int32),
        hold,
    )


def _held(down_of: Float64Array, turn: Float64Array, down: Float64Array) -> tuple[Hold, Int32Array, Float64Array]:
    """Hold points of the unrolled cloth by the four corners of their cell, bilinearly."""
    column = np.floor(turn * COLUMNS).astype(int) % COLUMNS
    sideways = turn * COLUMNS - np.floor(turn * COLUMNS)
    following = (column + 1) % COLUMNS
    heights = (1 - sideways) * down_of[:, column] + sideways * down_of[:, following]
    row = np.clip((heights <= down).sum(axis=0) - 1, 0, ROWS - 2)
    points = np.arange(len(turn))
    low, high = heights[row, points], heights[row + 1, points]
    downwards = (down - low) / (high - low)
    above, below = row * COLUMNS, (row + 1) * COLUMNS
    corners = np.stack([above + column, above + following, below + column, below + following], axis=1)
    left, right = 1 - sideways, sideways
    shares = np.stack([left * (1 - downwards), right * (1 - downwards), left * downwards, right * downwards], axis=1)
    corners = corners.astype(np.int32)
    return Hold("skirt", corners, shares), corners, shares


def _unrolled(mesh: Mesh) -> Mesh:
    """The mesh with (cos, sin, metres down) as its pattern, so that the seam interpolates."""
    angle, down = mesh.pattern[:, 0], mesh.pattern[:, 1]
    pattern = np.stack([np.cos(angle), np.sin(angle), down], axis=1)
    return Mesh(mesh.vertices_m, mesh.faces, mesh.skin_weights, pattern)
