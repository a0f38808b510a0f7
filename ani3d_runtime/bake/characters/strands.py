"""Loose hair: guide strands that are simulated, and the locks of Gaussians around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.avatar import Part
from ani3d_runtime.bake.characters.figure import Figure, joint
from ani3d_runtime.bake.characters.garment import Draped, collider_on, draped
from ani3d_runtime.bake.characters.light import cloth_shade
from ani3d_runtime.bake.characters.mesh import scatter, unit
from ani3d_runtime.bake.characters.patch import Hold, Patch, mixed, ramp
from ani3d_runtime.bake.characters.scalp import Scalp
from ani3d_runtime.bake.characters.style import Style, colour
from ani3d_runtime.geometry.quaternion import quaternion_from_matrix
from ani3d_runtime.physics.particles import Links, Material, ParticleSystem

PINNED_NODES = 2
COHESION = 6e-3


@dataclass(frozen=True)
class HairCut:
    """Numbers that tell a ponytail from long hair."""

    guides: int
    nodes: int
    length_m: float
    locks_per_guide: float
    width_m: float
    bend_compliance: float
    material: Material


PONYTAIL = HairCut(
    guides=48, nodes=17, length_m=0.40, locks_per_guide=10.0, width_m=0.0021, bend_compliance=2e-4,
    material=Material(thickness_m=0.010, friction=0.10, damping_hz=3.0, max_speed_m_s=9.0),
)  # fmt: skip
LONG = HairCut(
    guides=240, nodes=16, length_m=0.44, locks_per_guide=5.0, width_m=0.0026, bend_compliance=5e-4,
    material=Material(thickness_m=0.011, friction=0.10, damping_hz=4.5, max_speed_m_s=9.0),
)  # fmt: skip


def make_ponytail(figure: Figure, scalp: Scalp, rng: np.random.Generator) -> Draped:
    """Strands out of a knot at the back of the head."""
    cut = PONYTAIL
    turn = rng.uniform(0, 2 * np.pi, cut.guides)
    reach = 0.010 * np.sqrt(rng.random(cut.guides))
    root = scalp.knot_m + np.stack([reach * np.cos(turn), reach * np.sin(turn), np.full(cut.guides, -0.004)], axis=1)
    step = cut.length_m / (cut.nodes - 1)
    nodes = np.empty((cut.guides, cut.nodes, 3))
    inwards = np.array([0, 0, 0.014])
    nodes[:, 0] = root + inwards
    nodes[:, 1] = root - inwards
    for k in range(2, cut.nodes):
        u = (k - 1) / (cut.nodes - 2)
        fall = np.full(cut.guides, np.minimum(3.2 * u, 1) * np.pi / 2)
        heading = np.stack(
            [0.25 * np.cos(turn) * (1 - u), -np.sin(fall) + 0.12 * np.sin(turn) * (1 - u), -np.cos(fall)],
            axis=1,
        )
        nodes[:, k] = nodes[:, k - 1] + step * unit(heading)
    return _hung(figure, nodes, cut, rng)


def make_long_hair(figure: Figure, scalp: Scalp, rng: np.random.Generator) -> Draped:
    """Strands over the whole scalp behind the temples, combed down and back."""
    cut = LONG
    # A little more than a quarter of the head's faces carry long strands.
    samples = scatter(figure.skin.vertices_m, scalp.faces(), cut.guides * 3, rng)
    points = samples.mix(figure.skin.vertices_m)
    normals = unit(samples.mix(figure.skin.normals))
    grows = (scalp.above_hairline(samples) > 0.004) & (scalp.angle_deg(points) > 40)
    chosen = rng.permutation(np.flatnonzero(grows))[: cut.guides]
    root, normal = points[chosen] + 0.003 * normals[chosen], normals[chosen]
    side = np.clip(root[:, 0] / 0.02, -1, 1)
    # Hair is parted over the forehead, not at the nape.
    parting = np.exp(-np.abs(root[:, 0]) / 0.04) * ramp(120, 80, scalp.angle_deg(root))
    flow = np.stack([0.55 * side * parting, np.full(len(root), -0.8), np.full(len(root), -1.0)], axis=1)
    flow = unit(flow - (flow * normal).sum(axis=1, keepdims=True) * normal)
    step = cut.length_m / (cut.nodes - 1) * (1 - 0.25 * rng.random((len(root), 1)))
    nodes = np.empty((len(root), cut.nodes, 3))
    nodes[:, 0] = root
    nodes[:, 1] = root + 0.003 * normal + 0.9 * step * flow
    skull = np.array([0.083, 0.129, 0.108]) * 1.08
    for k in range(2, cut.nodes):
        heading = np.stack([0.10 * side, np.full(len(root), -1.0), np.full(len(root), -0.75 * np.exp(-k / 4))], axis=1)
        following = nodes[:, k - 1] + step * unit(heading)
        relative = (following - scalp.centre_m) / skull
        radius = np.linalg.norm(relative, axis=1, keepdims=True)
        following = np.where(radius < 1, scalp.centre_m + relative / radius * skull, following)
        nodes[:, k] = nodes[:, k - 1] + step * unit(following - nodes[:, k - 1])
    return _hung(figure, nodes, cut, rng)


def _hung(figure: Figure, nodes: Float64Array, cut: HairCut, rng: np.random.Generator) -> Draped:
    guides, length = nodes.shape[:2]
    points = nodes.reshape(-1, 3)
    index = np.arange(guides * length).reshape(guides, length)
    stretch = np.stack([index[:, :-1].ravel("F"), index[:, 1:].ravel("F")], axis=1)
    bend = np.stack([index[:, :-2].ravel("F"), index[:, 2:].ravel("F")], axis=1)
    stiffness = np.full((length - 2, guides), cut.bend_compliance)
    stiffness[:2] *= 0.02
    bends = Links.between(points, bend, 0.0)
    bends = Links(bends.pairs, bends.lengths_m, stiffness.ravel())
    neighbour = np.asarray(KDTree(nodes[:, 0]).query(nodes[:, 0], 3)[1])
    together = [
        np.stack([index[:, k], index[neighbour[:, other], k]], axis=1) for k in range(4, length, 2) for other in (1, 2)
    ]
    links = Links.joined(
        Links.between(points, stretch, 1e-9), bends, Links.between(points, np.concatenate(together), COHESION)
    )
    weights = np.zeros((len(points), figure.skin.skin_weights.shape[1]))
    weights[:, joint("head")] = 1
    pinned = np.zeros(len(points), dtype=bool)
    pinned[index[:, :PINNED_NODES]] = True
    # The hair keeps some of its cut near the roots.
    follow = np.full((guides, length), np.inf)
    follow[:, PINNED_NODES] = 2e-3
    system = ParticleSystem(len(points), pinned, follow.ravel(), links, np.zeros((0, 3), dtype=np.int32))
    bones = ("spine1", "spine2", "spine3", "neck", "left_collar", "right_collar", "head", "left_shoulder",
             "right_shoulder")  # fmt: skip
    collider = collider_on(figure, tuple(joint(n) for n in bones), 0.010, rng)
    empty = np.zeros((len(points), 0), dtype=np.int32)
    return draped("hair", figure, points, weights, system, cut.material, collider, empty, strand_nodes=length)


def strands_patch(hung: Draped, style: Style, density: float, rng: np.random.Generator) -> Patch:
    """Locks around the guides, one Gaussian per segment, before light. ``density`` scales their number."""
    cut = PONYTAIL if style.hair_cut == "ponytail" else LONG
    nodes = hung.positions_m.reshape(-1, cut.nodes, 3)
    locks = max(len(nodes), round(len(nodes) * cut.locks_per_guide * density))
    guide = rng.permutation(np.arange(locks) % len(nodes))
    turn, reach = rng.uniform(0, 2 * np.pi, locks), np.sqrt(rng.random(locks))
    u = np.linspace(0, 1, cut.nodes)
    if style.hair_cut == "ponytail":
        spread = 0.004 + 0.013 * np.sin(np.pi * u) ** 0.7 * (1 - 0.5 * u)
    else:
        spread = 0.003 + 0.012 * u**0.8
    across, other = _transported(nodes)
    offset = (spread[None] * reach[:, None])[..., None]
    wave = turn[:, None] + 0.5 * np.sin(5 * u + 6.28 * reach[:, None])
    lock = nodes[guide] + offset * (np.cos(wave)[..., None] * across[guide] + np.sin(wave)[..., None] * other[guide])
    start, end = lock[:, :-1], lock[:, 1:]
    axis = end - start
    length = np.linalg.norm(axis, axis=2, keepdims=True)
    along = axis / np.maximum(length, 1e-9)
    sideways = unit(across[guide][:, :-1] - (across[guide][:, :-1] * along).sum(axis=2, keepdims=True) * along)
    frames = np.stack([along, sideways, np.cross(along, sideways)], axis=3).reshape(-1, 3, 3)
    middle = u[:-1] + 0.5 / (cut.nodes - 1)
    width = cut.width_m / np.sqrt(density) * (1 - 0.55 * middle)[None] * rng.uniform(0.8, 1.2, locks)[:, None]
    scales = np.stack([0.60 * length[:, :, 0], width, width], axis=2).reshape(-1, 3)
    tone = rng.random(locks)[:, None]
    band = 0.45 * np.exp(-(((middle - 0.16) / 0.10) ** 2))[None]
    share = np.clip(0.12 + 0.55 * tone * reach[:, None] + band * reach[:, None], 0, 1)
    painted = mixed(0.85 * colour(style.hair), colour(style.hair_shine), share.reshape(-1))
    first = (guide[:, None] * cut.nodes + np.arange(cut.nodes - 1)[None]).reshape(-1)
    particles = np.stack([first, first + 1, first, first], axis=1).astype(np.int32)
    count = len(first)
    weights = np.zeros((count, 24))
    weights[:, joint("head")] = 1
    tip = 1 - 0.45 * ramp(0.8, 1.0, np.tile(middle, locks))
    return Patch(
        ((start + end) / 2).reshape(-1, 3),
        quaternion_from_matrix(frames),
        scales,
        0.90 * tip,
        painted,
        weights,
        np.full(count, int(Part.HAIR), dtype=np.int32),
        Hold("hair", particles, np.tile([0.5, 0.5, 0.0, 0.0], (count, 1))),
    )


def hair_tie_patch(scalp: Scalp, style: Style) -> Patch:
    """The ribbon around a ponytail's root."""
    count = 96
    turn = np.arange(count) * 2 * np.pi / count
    tilt = 0.0025 * np.sin(7 * turn)
    radius = 0.0150 + 0.0012 * np.cos(9 * turn)
    ring = np.stack([radius * np.cos(turn), radius * np.sin(turn), tilt - 0.010], axis=1)
    outward = np.stack([np.cos(turn), np.sin(turn), np.zeros(count)], axis=1)
    along = np.stack([-np.sin(turn), np.cos(turn), np.zeros(count)], axis=1)
    frames = np.stack([along, outward, np.cross(along, outward)], axis=2)
    weights = np.zeros((count, 24))
    weights[:, joint("head")] = 1
    shade = (0.75 + 0.25 * np.sin(turn))[:, None] * (1 + 0.10 * np.cos(18 * turn))[:, None]
    return Patch(
        scalp.knot_m + ring,
        quaternion_from_matrix(frames),
        np.tile([0.0022, 0.0030, 0.0050], (count, 1)),
        np.full(count, 0.95),
        np.clip(colour(style.trim) * shade, 0, 1),
        weights,
        np.full(count, int(Part.ACCESSORY), dtype=np.int32),
    )


def shaded_strands(patch: Patch, light: Float64Array) -> Patch:
    """The locks with their light [N] applied, evened out along each lock."""
    nearest = KDTree(patch.means_m).query(patch.means_m, 12)[1]
    even = light[nearest].mean(axis=1)
    return Patch(
        patch.means_m, patch.quats_wxyz, patch.scales_m, patch.opacities,
        np.clip(cloth_shade(patch.colours, even, depth=0.40), 0, 1), patch.skin_weights, patch.parts, patch.hold,
    )  # fmt: skip


def _transported(nodes: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Two directions across each strand, [G, K, 3] each, carried along it without twist."""
    tangent = unit(np.gradient(nodes, axis=1))
    across = np.empty_like(nodes)
    across[:, 0] = unit(np.cross(tangent[:, 0], [0.31, 0.2, 0.95]))
    for k in range(1, nodes.shape[1]):
        carried = across[:, k - 1]
        across[:, k] = unit(carried - (carried * tangent[:, k]).sum(axis=1, keepdims=True) * tangent[:, k])
    return across, np.cross(tangent, across)
