"""The runner's loose shirt: the body's own surface, let out, and held at the shoulders."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix, triu

from ani3d_runtime.arrays import Float64Array, Int32Array
from ani3d_runtime.avatar import Part
from ani3d_runtime.bake.characters.figure import SKIN, BodyPoint, Figure, joint, value_noise
from ani3d_runtime.bake.characters.garment import Draped, collider_on, draped, hanging_mesh
from ani3d_runtime.bake.characters.light import cloth_shade
from ani3d_runtime.bake.characters.mesh import Mesh, scatter, smoothed, vertex_normals
from ani3d_runtime.bake.characters.patch import Patch, aligned_to_borders, mixed, patch_on, ramp, shaped_samples
from ani3d_runtime.bake.characters.style import Style, colour
from ani3d_runtime.bake.characters.wardrobe import Wardrobe
from ani3d_runtime.bake.simulate.proxy import neighbours_of
from ani3d_runtime.bake.simulate.skinning import blended, strongest_four, taken_back
from ani3d_runtime.physics.particles import Links, Material, ParticleSystem, edges_of, opposite_pairs_of

MATERIAL = Material(thickness_m=0.011, friction=0.25, damping_hz=0.8, drag=1.6, max_speed_m_s=10.0, substep_hz=480.0)
LENGTH_BELOW_WAIST_M = 0.155
TRIM_M = 0.016


def _hem_m(figure: Figure) -> float:
    return float(figure.joint_m("spine1")[1]) + 0.055 - LENGTH_BELOW_WAIST_M


def make_shirt(figure: Figure, wardrobe: Wardrobe, rng: np.random.Generator) -> tuple[Draped, Mesh]:
    """Cut, drape and bind the shirt."""
    shell = figure.shell
    point = BodyPoint(shell.pattern)
    chest, shoulder = figure.joint_m("spine3"), figure.joint_m("left_shoulder")
    hem = _hem_m(figure)
    room = (point.y > hem - 0.02) & (wardrobe.sleeve(point) > -0.02) & (wardrobe.neckline(point) > -0.03)
    room &= (point.y < figure.joint_m("neck")[1] + 0.02) & (point.weight("head") < 0.3)
    room &= point.weight("wrist", "hand") < 0.1
    faces = shell.faces[room[shell.faces].all(axis=1) & (figure.face_regions == SKIN)]
    used, triangles = np.unique(faces, return_inverse=True)
    triangles = triangles.reshape(-1, 3).astype(np.int32)
    pattern = shell.pattern[used]
    zero = pattern[:, :3]

    cut = shell.vertices_m[used]
    normals = vertex_normals(cut, triangles)
    loose = 0.012 + 0.018 * ramp(shoulder[1], chest[1], zero[:, 1])
    loose = loose + 0.012 * ramp(shoulder[0] + 0.02, shoulder[0] + 0.14, np.abs(zero[:, 0]))
    cut = cut + loose[:, None] * normals
    low = ramp(chest[1], hem, zero[:, 1]) * (np.abs(zero[:, 0]) < shoulder[0] + 0.03)
    cut[:, 0] *= 1 + 0.05 * low
    cut[:, 2] += 0.010 * np.sign(normals[:, 2]) * low
    cut = smoothed(cut, triangles, 8)

    weights = smoothed(shell.skin_weights[used], triangles, 8)
    weights /= weights.sum(axis=1, keepdims=True)
    # Bands are printed on the shirt as it is cut, not on the body beneath.
    joints, kept = strongest_four(weights)
    pattern = np.concatenate([taken_back(blended(joints, kept, figure.transforms), cut), weights], axis=1)
    collar = wardrobe.neckline(BodyPoint(pattern))
    top_of_shoulder = (zero[:, 1] > shoulder[1] + 0.028) & (np.abs(zero[:, 0]) < shoulder[0] - 0.03)
    pinned = top_of_shoulder | (collar < 0.006)
    # The yoke gives way a little, so that the pins do not show as a crease.
    yoke = np.clip((shoulder[1] + 0.028 - zero[:, 1]) / 0.10, 0, 1)
    follow = np.where(yoke < 1, 2e-5 + 4e-3 * yoke**2, np.inf)
    follow = np.where(np.abs(zero[:, 0]) < shoulder[0] + 0.05, follow, np.inf)

    edges = edges_of(triangles)
    links = Links.joined(
        Links.between(cut, edges, 1e-8, 1.01),
        Links.between(cut, opposite_pairs_of(triangles), 3e-6),
        Links.between(cut, _braces(edges, len(cut)), 1.5e-5),
    ).shuffled(0)
    system = ParticleSystem(len(cut), pinned, follow, links, triangles)
    bones = ("pelvis", "left_hip", "right_hip", "spine1", "spine2", "spine3", "neck", "left_collar", "right_collar",
             "left_shoulder", "right_shoulder", "left_elbow", "right_elbow")  # fmt: skip
    collider = collider_on(figure, tuple(joint(n) for n in bones), 0.011, rng)
    hung = draped(
        "shirt", figure, cut, weights, system, MATERIAL, collider, neighbours_of(_around(edges, len(cut)), len(cut), 18)
    )
    return hung, hanging_mesh(hung, triangles, weights, pattern)


def _braces(edges: Int32Array, count: int) -> Int32Array:
    """[B, 2] particles three edges apart: folds become wide and soft, not crumpled."""
    ones = np.ones(len(edges))
    step = coo_matrix((ones, (edges[:, 0], edges[:, 1])), shape=(count, count)).tocsr()
    step = step + step.T
    near = step + step @ step
    far = triu(near @ step > 0) - triu(near > 0)
    pairs = np.stack(far.nonzero(), axis=1)
    return pairs[pairs[:, 0] < pairs[:, 1]][::3].astype(np.int32)


def _around(edges: Int32Array, count: int) -> Int32Array:
    """[E, 2] particles up to two edges apart: at a hem, one ring is too little to tell a rotation."""
    step = coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(count, count)).tocsr()
    step = step + step.T
    pairs = np.stack(triu(step + step @ step, k=1).nonzero(), axis=1)
    return pairs.astype(np.int32)


def shirt_patch(
    figure: Figure, mesh: Mesh, style: Style, wardrobe: Wardrobe, count: int, rng: np.random.Generator
) -> Patch:
    """The shirt's Gaussians: band, number, darker hems."""
    hem = _hem_m(figure)
    band_y = figure.joint_m("spine3")[1] - 0.010
    number_y = figure.joint_m("spine2")[1] - 0.035
    shoulder_x = figure.joint_m("left_shoulder")[0]
    front_z = figure.joint_m("spine2")[2]

    def borders(pattern: Float64Array) -> Float64Array:
        p = BodyPoint(pattern)
        edge = np.minimum(np.minimum(p.y - hem, wardrobe.sleeve(p)), wardrobe.neckline(p))
        torso = np.abs(p.x) < shoulder_x
        band = np.where(torso, 0.020 - np.abs(p.y - band_y), -0.05)
        seven = np.where(torso & (p.z > front_z), _seven(p.x / 0.042, (p.y - number_y) / 0.055) * 0.045, -0.05)
        return np.stack([edge, edge - TRIM_M, band, seven], axis=1)

    values = borders(mesh.pattern)[mesh.faces]
    crossed = ((values.min(axis=1) < 0) & (values.max(axis=1) > 0)).any(axis=1)
    samples = scatter(mesh.vertices_m, mesh.faces, count, rng, 1 + 1.3 * crossed)
    samples = samples.take(borders(samples.mix(mesh.pattern))[:, 0] > 0)
    shape = aligned_to_borders(mesh, shaped_samples(mesh, samples, flatness=0.12), borders)
    pattern = shape.samples.mix(mesh.pattern)
    inside = borders(pattern)
    cloth = colour(style.top)
    painted = cloth * (1 + 0.015 * value_noise(pattern[:, :3], 60, 5))[:, None]
    painted = np.where((inside[:, 2] > 0)[:, None], colour(style.trim), painted)
    painted = np.where((inside[:, 3] > 0)[:, None], np.array([0.97, 0.97, 0.95]), painted)
    painted = np.where((inside[:, 1] < 0)[:, None], mixed(cloth, np.zeros(3), 0.42), painted)
    assert mesh.light is not None
    shaded = cloth_shade(painted, samples.mix(mesh.light), depth=0.44)
    return patch_on(mesh, shape, shaded, part=Part.GARMENT, opacity=0.99, proxy="shirt")


def _seven(x: Float64Array, y: Float64Array) -> Float64Array:
    """Signed distance (positive inside) to a figure 7 in the square -1..1."""
    bar = np.minimum(0.9 - np.abs(x), 0.22 - np.abs(y - 0.85))
    stem_x = 0.62 - 0.42 * (0.85 - y)
    stem = np.minimum(0.27 - np.abs(x - stem_x), np.minimum(1.05 - y, y + 1.05))
    return np.maximum(bar, stem)
