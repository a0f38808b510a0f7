"""How control nodes hang: on the skeleton, on each other, and how freely."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ani3d_runtime.arrays import Float64Array, Int32Array, UInt8Array
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.bake.driver_fit.clip_tracks import ClipTracks
from ani3d_runtime.bake.driver_fit.locks import LOCK_FOLLOW_S2, lock_links, locks_of
from ani3d_runtime.bake.simulate.skinning import blended, carried, strongest_four
from ani3d_runtime.codec.sections.driver_model import HangingNodes, NodeLinks
from ani3d_runtime.deformation import DeformationModel

# Nodes that never go farther from the rigid layer than this, rms, are pinned to where they hang on average.
PINNED_BELOW_M = 0.010
# Others are drawn to their rest position, no more softly than that gravity alone takes them so many times as far as
# they go, rms: what is sewn on near the waist is held there, hems are held by their links.
_SAG, _GRAVITY_M_S2 = 13.0, 9.81
STIFF_LINKS, LINKS = 8, 16
_STRAIN_POWER, _LEAST_STRAIN = 3.0, 1e-4
_MOST_COMPLIANT_S2 = 10.0
_DISTANCE_COST = 0.02
_SAMPLED_FRAMES = 100


def node_bindings(avatar: Avatar, deformation: DeformationModel) -> tuple[UInt8Array, Float64Array, UInt8Array]:
    """Joints [M, 4], weights [M, 4] and part [M] of the nodes, from the Gaussians that hang on them."""
    gaussians, slots = np.nonzero(deformation.node_weights)
    nodes = deformation.node_indices[gaussians, slots]
    # Squared: those that hang on it most know best where it belongs.
    weights = deformation.node_weights[gaussians, slots].astype(np.float64) ** 2
    count = deformation.node_count
    skin = np.zeros((count, avatar.skeleton.joint_count))
    for slot in range(4):
        np.add.at(
            skin,
            (nodes, avatar.binding.joints[gaussians, slot]),
            weights * avatar.binding.weights[gaussians, slot],
        )
    parts = np.zeros((count, len(Part)))
    np.add.at(parts, (nodes, avatar.binding.parts[gaussians]), weights)
    idle = skin.sum(axis=1) == 0
    skin[idle, 0] = 1.0
    joints, kept = strongest_four(skin / skin.sum(axis=1, keepdims=True))
    return joints, kept.astype(np.float64), parts.argmax(axis=1).astype(np.uint8)


def hanging_nodes(
    joints: UInt8Array,
    weights: Float64Array,
    kinds: UInt8Array,
    strands: np.ndarray,
    follow_s2: Float64Array,
    node_rest_m: Float64Array,
    links: NodeLinks,
    clips: Sequence[ClipTracks],
) -> HangingNodes:
    """Nodes, pinned where no clip moves them.

    Args:
        strands: [M] bool, nodes that have no surface.
        follow_s2: [M] inverse stiffness of the pull on those that are free.
    """
    moved = np.concatenate([clip.displacements_m for clip in clips])
    spread = spread_of(clips)
    softest = np.minimum(follow_s2, _SAG * spread / _GRAVITY_M_S2)
    for lock in locks_of(node_rest_m, strands):
        softest[lock] = LOCK_FOLLOW_S2
    pinned = spread < PINNED_BELOW_M
    normals = _normals(node_rest_m, links)
    normals[strands] = 0
    return HangingNodes(
        joints,
        weights,
        kinds,
        normals,
        np.where(pinned, 0.0, softest),
        np.where(pinned[:, None], moved.mean(axis=0), 0.0),
    )


def spread_of(clips: Sequence[ClipTracks]) -> Float64Array:
    """[M] how far nodes go from the rigid layer, rms."""
    moved = np.concatenate([clip.displacements_m for clip in clips])
    return np.sqrt(np.einsum("tna,tna->n", moved, moved) / len(moved))


def node_links(
    joints: UInt8Array,
    weights: Float64Array,
    kinds: UInt8Array,
    strands: np.ndarray,
    node_rest_m: Float64Array,
    link_s2: Float64Array,
    skinning: Sequence[Float64Array],
    clips: Sequence[ClipTracks],
) -> NodeLinks:
    """Links to nodes of the same kind whose distance varies least; the closest are stiff, the others resist bending.
    Nodes of slender locks hold on to those before them instead.

    Args:
        strands: [M] bool, nodes that have no surface.
        link_s2: [M, 2] compliance of stiff and other links whose length varies as much as the median of the node's
            kind; it grows with the cube of how much it does.
        skinning: per clip [T, J, 3, 4] joint transforms.
    """
    count = len(node_rest_m)
    rest = _distances(node_rest_m)
    change = np.zeros_like(rest)
    frames = 0
    stride = max(1, sum(map(len, clips)) // _SAMPLED_FRAMES)
    for transforms, clip in zip(skinning, clips, strict=True):
        for t in range(0, len(clip), stride):
            places = carried(blended(joints, weights, transforms[t]), node_rest_m + clip.displacements_m[t])
            change += (_distances(places) - rest) ** 2
            frames += 1
    change = np.sqrt(change / max(frames, 1))
    cost = change + _DISTANCE_COST * rest
    cost[(kinds[:, None] != kinds[None]) | np.eye(count, dtype=bool)] = np.inf
    locks = locks_of(node_rest_m, strands)
    for lock in locks:
        cost[lock], cost[:, lock] = np.inf, np.inf
    nearest = np.argsort(cost, axis=1, kind="stable")
    pairs, stiff = _chosen(nearest, cost)
    lengths = np.maximum(rest[pairs[:, 0], pairs[:, 1]], 1e-4)
    strain = _relative(change[pairs[:, 0], pairs[:, 1]] / lengths, kinds[pairs[:, 0]])
    compliances = np.where(stiff, *link_s2[pairs[:, 0]].T) * strain**_STRAIN_POWER
    spread_m = spread_of(clips)
    chains = [lock_links(node_rest_m, spread_m, lock) for lock in locks]
    pairs = np.concatenate([pairs, *(chain.pairs for chain in chains)])
    compliances = np.concatenate([compliances, *(chain.compliances for chain in chains)])
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return NodeLinks(pairs[order], np.clip(compliances[order], 1e-8, _MOST_COMPLIANT_S2))


def _relative(strain: Float64Array, kinds: UInt8Array) -> Float64Array:
    """[L] strain over the median of its kind: clips that were coded coarsely make all lengths vary more."""
    result = strain.copy()
    for kind in np.unique(kinds):
        result[kinds == kind] /= max(float(np.median(strain[kinds == kind])), _LEAST_STRAIN)
    return result


def _chosen(nearest: np.ndarray, cost: Float64Array) -> tuple[Int32Array, np.ndarray]:
    """[L, 2] pairs, each once, and whether they are stiff."""
    rank_of: dict[tuple[int, int], int] = {}
    for node in range(len(nearest)):
        for rank, other in enumerate(nearest[node, :LINKS].tolist()):
            if np.isfinite(cost[node, other]):
                pair = (min(node, other), max(node, other))
                rank_of[pair] = min(rank, rank_of.get(pair, LINKS))
    pairs = np.array(sorted(rank_of), dtype=np.int32).reshape(-1, 2)
    stiff = np.array([rank_of[pair] < STIFF_LINKS for pair in sorted(rank_of)], dtype=bool)
    return pairs, stiff


def _normals(node_rest_m: Float64Array, links: NodeLinks) -> Float64Array:
    """[M, 3] direction in which the links of a node spread least; zero where there are too few to tell."""
    spread = np.zeros((len(node_rest_m), 3, 3))
    number = np.zeros(len(node_rest_m))
    first, second = links.pairs.T
    edges = node_rest_m[second] - node_rest_m[first]
    edges /= np.maximum(np.linalg.norm(edges, axis=1, keepdims=True), 1e-9)
    products = edges[:, :, None] * edges[:, None]
    for ends in (first, second):
        np.add.at(spread, ends, products)
        np.add.at(number, ends, 1)
    normals = np.linalg.eigh(spread)[1][:, :, 0].copy()
    normals[number < 3] = 0
    # Either sign brakes alike; one is chosen, so that the same nodes always give the same bytes.
    leading = np.take_along_axis(normals, np.abs(normals).argmax(axis=1)[:, None], axis=1)
    return normals * np.where(leading < 0, -1.0, 1.0)


def _distances(points: Float64Array) -> Float64Array:
    squares = np.einsum("na,na->n", points, points)
    return np.sqrt(np.maximum(squares[:, None] + squares[None] - 2 * points @ points.T, 0))
