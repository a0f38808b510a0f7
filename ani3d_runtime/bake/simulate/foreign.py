"""Cloth and hair physics for an avatar that we did not build: a proxy is grown from its own Gaussians."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from ani3d_runtime.arrays import Float32Array, Float64Array, Int32Array
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.bake.simulate.motion import simulate_particles
from ani3d_runtime.bake.simulate.proxy import Attachment, Proxy, neighbours_of
from ani3d_runtime.bake.simulate.residual import residual_of
from ani3d_runtime.bake.simulate.skinning import SkinnedPoints, strongest_four
from ani3d_runtime.bake.simulate.surface import areas_of, triangles_over
from ani3d_runtime.body.model import ShapedBody
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import InputError
from ani3d_runtime.physics.grid import thin_to_blue_noise
from ani3d_runtime.physics.particles import Links, Material, ParticleSystem
from ani3d_runtime.residual import ResidualLayer

FEWEST_GAUSSIANS = 60
FEWEST_PARTICLES = 24
MOST_PARTICLES = 2600
FIRST_SPACING_M = 0.013
COLLIDER_SPACING_M = 0.012
SOLID_OPACITY = 0.3
# Gaussians whose joints differ more than this belong to different limbs, however close they lie in the rest pose.
OTHER_LIMB = 0.8


@dataclass(frozen=True)
class _Kind:
    """How one part behaves.

    Attributes:
        near_m: closer to the body than this is fixed to it. far_m: farther is free.
        stretch, bend: compliances of links between neighbours and between those two links apart, s^2.
        is_surface: cloth is a surface that the air pushes against, and keeps off the whole body; hair is
            neither, and hangs from the head.
    """

    part: Part
    near_m: float
    far_m: float
    stretch: float
    bend: float
    material: Material
    is_surface: bool


_CLOTH = Material(thickness_m=0.007, friction=0.12, damping_hz=4.0)
_STRANDS = Material(thickness_m=0.008, friction=0.1, damping_hz=3.0)
_KINDS = (
    _Kind(Part.GARMENT, 0.006, 0.020, 1e-8, 1e-3, _CLOTH, is_surface=True),
    _Kind(Part.HAIR, 0.022, 0.050, 1e-8, 1e-5, _STRANDS, is_surface=False),
)
# Cloth of 300 g/m^2, as the built-in skirt: drag times a triangle's area, for the corners of a small one are light.
_AIR_M = 0.18


def simulate_foreign(
    avatar: Avatar,
    body: ShapedBody,
    motion: Motion,
    progress: Callable[[float], None] | None = None,
    *,
    seed: int = 0,
    wind_m_s: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> ResidualLayer:
    """The residual layer of garment and hair Gaussians of any avatar.

    Args:
        avatar: bound to ``body``'s skeleton, with part labels.
        body: the shape inside the avatar; what cloth and hair collide with.
        motion: on the avatar's skeleton.
        progress: called with the fraction done.
        seed: the same seed gives the same proxy.
        wind_m_s: [3] air velocity.

    Raises:
        InputError: ``simulate-no-proxy`` where no Gaussian says garment or hair, or too few of them lie clear of the
            body to make a proxy of; ``simulate-other-body`` where body and avatar have different joints.
        MotionError: ``motion-other-skeleton``.
    """
    if body.skin_weights.shape[1] != avatar.skeleton.joint_count:
        raise InputError(
            "simulate-other-body",
            avatar.name,
            found=f"a body of {body.skin_weights.shape[1]} joints",
            expected=f"the avatar's {avatar.skeleton.joint_count} joints",
            fix="Use the body that the avatar was bound to.",
        )
    surface = _BodyInRest(avatar, body, np.random.default_rng(seed))
    grown = [_grown(kind, avatar, surface, np.random.default_rng(seed)) for kind in _KINDS]
    found = [item for item in grown if item is not None]
    if not found:
        counts = {kind.part.name.lower(): int((avatar.binding.parts == kind.part).sum()) for kind in _KINDS}
        raise InputError(
            "simulate-no-proxy",
            avatar.name,
            found=f"{counts['garment']} garment and {counts['hair']} hair Gaussians, too few of them clear of the body",
            expected=f"at least {FEWEST_GAUSSIANS} Gaussians labelled garment or hair that hang loose",
            fix="Label the loose parts, or bake with --residual none or a residual file.",
        )

    def first_part(share: float) -> None:
        if progress is not None:
            progress(0.8 * share)

    proxies = [item.proxy for item in found]
    particles = simulate_particles(
        proxies, avatar.skeleton, motion, avatar.skeleton.rest_rotations_wxyz, wind_m_s=wind_m_s, progress=first_part
    )
    layer = residual_of(avatar, proxies, [item.attachment for item in found], particles, motion)
    freedom = np.zeros(avatar.count, dtype=np.float32)
    for item in found:
        freedom[item.attachment.gaussians] = item.freedom
    share = freedom[layer.indices][None, :, None]
    assert layer.drot_rad is not None
    layer = replace(layer, dpos_m=layer.dpos_m * share, drot_rad=layer.drot_rad * share)
    if progress is not None:
        progress(1.0)
    return layer


def freedom_of(avatar: Avatar, body: ShapedBody, *, seed: int = 0) -> Float32Array:
    """[N] how freely each Gaussian hangs: 0 on the body or of another part, 1 clear of it.

    Args:
        avatar: bound to ``body``'s skeleton, with part labels.
        body: the shape inside the avatar.
        seed: the same seed gives the same answer.
    """
    surface = _BodyInRest(avatar, body, np.random.default_rng(seed))
    freedom = np.zeros(avatar.count, dtype=np.float32)
    for kind in _KINDS:
        grown = _grown(kind, avatar, surface, np.random.default_rng(seed))
        if grown is not None:
            freedom[grown.attachment.gaussians] = grown.freedom
    return freedom


class _BodyInRest:
    """The body's surface in the avatar's rest pose: distances to it, and the collider."""

    def __init__(self, avatar: Avatar, body: ShapedBody, rng: np.random.Generator) -> None:
        skeleton = avatar.skeleton
        vertices = body.pose_vertices(skeleton.rest_rotations_wxyz[None], skeleton.rest_translation_m[None])[0]
        self._vertices = vertices.astype(np.float64)
        corners = self._vertices[body.faces]
        face_normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals = np.zeros_like(self._vertices)
        for k in range(3):
            np.add.at(normals, body.faces[:, k], face_normals)
        self._normals = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
        self._main_joint = body.skin_weights.argmax(axis=1)
        self._head_joints = [k for k, name in enumerate(skeleton.joint_names) if "head" in name.lower()]
        order = rng.permutation(np.flatnonzero(~np.isin(self._main_joint, _forearms(skeleton))))
        order = order[thin_to_blue_noise(self._vertices[order], np.full(len(order), COLLIDER_SPACING_M))]
        joints, weights = strongest_four(body.skin_weights[order])
        self.collider = SkinnedPoints(self._vertices[order], self._normals[order], joints, weights)

    def distance_m(self, points_m: Float64Array) -> Float64Array:
        """[N] distance to the surface; negative inside."""
        _, height_m, far_m = self._above(points_m)
        return np.where(height_m > 0, np.maximum(far_m, height_m), height_m)

    def distance_to_head_m(self, points_m: Float64Array) -> Float64Array:
        """[N] distance to the head's surface; negative inside the head. Of a body without a head, to the body."""
        head = np.isin(self._main_joint, self._head_joints)
        if not head.any():
            return self.distance_m(points_m)
        far_m = _nearest(self._vertices[head], points_m, 1)[0].reshape(-1)
        # The head alone is open at the neck: whatever hangs below it would count as inside.
        nearest, height_m, _ = self._above(points_m)
        return np.where((height_m <= 0) & head[nearest], height_m, far_m)

    def _above(self, points_m: Float64Array) -> tuple[Int32Array, Float64Array, Float64Array]:
        """[N] the nearest vertex, the height above the surface there, negative inside, and the distance to it."""
        nearest = _nearest(self._vertices, points_m, 3)[1]
        offset = points_m[:, None] - self._vertices[nearest]
        heights = np.einsum("nkj,nkj->nk", offset, self._normals[nearest])
        height_m = np.where(heights[:, 0] > 0, heights[:, 0], heights.max(axis=1))
        return nearest[:, 0], height_m, np.linalg.norm(offset[:, 0], axis=1)


def _forearms(skeleton: Skeleton) -> list[int]:
    """Joints from the elbows on. A hand that swings past a skirt would carry it up, which nobody's does."""
    found: list[int] = []
    for joint, (name, parent) in enumerate(zip(skeleton.joint_names, skeleton.parents, strict=True)):
        if "elbow" in name.lower() or int(parent) in found:
            found.append(joint)
    return found


@dataclass(frozen=True)
class _Grown:
    proxy: Proxy
    attachment: Attachment
    freedom: Float32Array


def _grown(kind: _Kind, avatar: Avatar, surface: _BodyInRest, rng: np.random.Generator) -> _Grown | None:
    """The proxy of one part, or None where nothing of it hangs loose."""
    members = np.flatnonzero(avatar.binding.parts == kind.part).astype(np.int32)
    solid = members[avatar.splats.opacities[members] > SOLID_OPACITY]
    if len(solid) < FEWEST_GAUSSIANS:
        return None
    points, chosen = _thinned(avatar, solid, rng)
    if len(points) < FEWEST_PARTICLES:
        return None
    gaps, _ = _nearest(points, points, 2)
    spacing = float(np.median(gaps[:, 1]))
    joints, weights = avatar.binding.joints[chosen], avatar.binding.weights[chosen]
    pairs = _neighbour_pairs(points, spacing, _dense(joints, weights, avatar.skeleton.joint_count))
    clear_m = surface.distance_m(points) if kind.is_surface else surface.distance_to_head_m(points)
    clear_m = _around(points, pairs, clear_m)
    freedom = np.clip((clear_m - kind.near_m) / (kind.far_m - kind.near_m), 0, 1)
    freedom = _anchored(points, pairs, freedom)
    if int((freedom > 0.2).sum()) < FEWEST_PARTICLES // 2:
        return None
    pinned = freedom <= 0
    follow = np.where(freedom < 1, 2e-5 + 2e-3 * freedom**2, np.inf)
    links = Links.joined(
        Links.between(points, pairs, kind.stretch), Links.between(points, _braces(pairs, len(points)), kind.bend)
    ).shuffled(0)
    triangles = triangles_over(points, pairs) if kind.is_surface else np.zeros((0, 3), dtype=np.int32)
    system = ParticleSystem(len(points), pinned, follow, links, triangles)
    # A capture may lie closer to the body than our own clothes do; it must not be pushed off it at the start.
    room = float(np.clip(np.quantile(surface.distance_m(points), 0.3), 0.002, kind.material.thickness_m))
    drag = _AIR_M / float(areas_of(points, triangles).mean()) if len(triangles) else 0.0
    material = replace(kind.material, thickness_m=room, drag=drag)
    proxy = Proxy(
        kind.part.name.lower(), points, joints, weights, system, material,
        surface.collider, neighbours_of(pairs, len(points), 10),
    )  # fmt: skip
    return _hung(proxy, avatar, members, freedom)


def _thinned(avatar: Avatar, solid: Int32Array, rng: np.random.Generator) -> tuple[Float64Array, Int32Array]:
    order = rng.permutation(solid)
    points = avatar.splats.means_m[order].astype(np.float64)
    spacing = FIRST_SPACING_M
    kept = thin_to_blue_noise(points, np.full(len(points), spacing))
    while kept.sum() > MOST_PARTICLES:
        spacing *= max(1.1, float(np.sqrt(kept.sum() / MOST_PARTICLES)))
        kept = thin_to_blue_noise(points, np.full(len(points), spacing))
    return points[kept], order[kept]


def _nearest(points: Float64Array, queries: Float64Array, count: int) -> tuple[Float64Array, Int32Array]:
    """Distances [Q, count] and indices [Q, count] of the nearest points."""
    distances, indices = KDTree(points).query(queries, count)
    return np.asarray(distances, dtype=np.float64), np.asarray(indices, dtype=np.int32)


def _dense(joints: np.ndarray, weights: Float32Array, joint_count: int) -> Float32Array:
    result = np.zeros((len(joints), joint_count), dtype=np.float32)
    np.add.at(result, (np.arange(len(joints))[:, None], joints), weights)
    return result


def _neighbour_pairs(points: Float64Array, spacing: float, weights: Float32Array) -> Int32Array:
    """[E, 2] each point joined to its nearest ones, but not across limbs."""
    distance, nearest = _nearest(points, points, min(9, len(points)))
    first = np.repeat(np.arange(len(points)), nearest.shape[1] - 1)
    second = nearest[:, 1:].ravel()
    usable = (distance[:, 1:] < 2.8 * spacing).ravel()
    first, second = first[usable], second[usable]
    usable = np.abs(weights[first] - weights[second]).sum(axis=1) < OTHER_LIMB
    pairs = np.sort(np.stack([first[usable], second[usable]], axis=1), axis=1)
    return np.unique(pairs, axis=0).astype(np.int32)


def _braces(pairs: Int32Array, count: int) -> Int32Array:
    """[B, 2] points two links apart, which resist bending."""
    step = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count)).tocsr()
    step = step + step.T
    first, second = (step @ step).nonzero()
    known = set(map(tuple, pairs.tolist()))
    return np.array(
        [(a, b) for a, b in zip(first.tolist(), second.tolist(), strict=True) if a < b and (a, b) not in known],
        dtype=np.int32,
    ).reshape(-1, 2)


def _around(points: Float64Array, pairs: Int32Array, values: Float64Array) -> Float64Array:
    """[P] the upper quartile of ``values`` within two links: loose cloth that merely touches the body stays loose."""
    count = len(points)
    step = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count)).tocsr()
    step = step + step.T
    near = (step + step @ step).tolil()
    near.setdiag(1)
    return np.array([np.quantile(values[row], 0.75) for row in near.rows])


def _anchored(points: Float64Array, pairs: Int32Array, freedom: Float64Array) -> Float64Array:
    """Freedom with at least a few fixed points in every connected piece: the topmost, if none lies on the body."""
    count = len(points)
    graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    pieces, label = connected_components(graph, directed=False)
    result = freedom.copy()
    for piece in range(pieces):
        inside = np.flatnonzero(label == piece)
        if (freedom[inside] <= 0).any():
            continue
        top = inside[np.argsort(-points[inside, 1], kind="stable")]
        result[top[: max(1, len(top) // 12)]] = 0
        if len(inside) < 6:
            result[inside] = 0
    return result


def _hung(proxy: Proxy, avatar: Avatar, members: Int32Array, freedom: Float64Array) -> _Grown:
    """Every member on its four nearest particles; those on fixed particles alone are left to the rigid layer."""
    distance, nearest = _nearest(proxy.rest_m, avatar.splats.means_m[members].astype(np.float64), 4)
    weights = 1 / (distance**2 + 1e-6)
    weights /= weights.sum(axis=1, keepdims=True)
    loose = (weights * freedom[nearest]).sum(axis=1)
    loose = loose * loose * (3 - 2 * loose)
    kept = loose > 1e-3
    attachment = Attachment(proxy.name, members[kept], nearest[kept].astype(np.int32), weights[kept])
    return _Grown(proxy, attachment, loose[kept].astype(np.float32))
