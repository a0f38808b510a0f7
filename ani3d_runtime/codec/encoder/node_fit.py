"""Control nodes: a few hundred virtual bones that carry cloth and hair, fitted to displacements.

Embedded deformation (Sumner et al. 2007) turned into a codec layer: nodes are Gaussians picked farthest apart in rest
position and trajectory together; node rotations are local Procrustes fits; each Gaussian hangs on its four nearest
nodes with non-negative least-squares weights; node displacements solve one sparse least-squares system for all frames.
Only parts are never mixed: hair does not hang on a skirt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array, Int32Array, UInt8Array
from ani3d_runtime.codec.encoder import node_kernels
from ani3d_runtime.codec.encoder.neighbour_tree import NeighbourTree
from ani3d_runtime.codec.sections.nodes import NodeTracks
from ani3d_runtime.deformation import NODES_PER_GAUSSIAN
from ani3d_runtime.spec.format import MODEL_WEIGHT_UNITS

_TRAJECTORY_COMPONENTS = 12
_SAMPLED_FRAMES = 40
_NEIGHBOURS = 24
# Metres between parts in feature space: farther than any avatar reaches.
_PART_OFFSET = 1e3
_DISPLACEMENT_DAMPING = 0.02
_WEIGHT_DAMPING = 0.002
_ROUNDS = 2


@dataclass(frozen=True)
class NodeFit:
    """Nodes fitted to some Gaussians.

    Attributes:
        rest_m: [M, 3].
        indices: [S, 4] int32 and weights: [S, 4] in 127ths that sum to 127, of the Gaussians that were fitted.
        tracks: one per clip.
    """

    rest_m: Float32Array
    indices: Int32Array
    weights: Int32Array
    tracks: tuple[NodeTracks, ...]


def fit_nodes(
    rest_m: Float32Array,
    parts: UInt8Array,
    displacements_m: Sequence[Float32Array],
    rotations_rad: Sequence[Float32Array | None],
    node_count: int,
) -> NodeFit:
    """Fit nodes to S Gaussians in all clips together.

    Args:
        rest_m: [S, 3].
        parts: [S] labels.
        displacements_m: per clip [T, S, 3].
        rotations_rad: per clip [T, S, 3] rotation vectors, or None where a clip has none.
        node_count: at most so many nodes.
    """
    features = motion_features(rest_m, parts, displacements_m)
    gaussians = NeighbourTree(features)
    chosen = gaussians.farthest(node_count)
    node_rest = rest_m[chosen]
    node_features = np.ascontiguousarray(features[chosen])
    indices, start = _binding(features, node_features, parts, parts[chosen])
    neighbours, _ = gaussians.nearest(node_features, min(_NEIGHBOURS, len(features)))
    tracks = [
        _first_tracks(rest_m, node_rest, moved, rotations, neighbours)
        for moved, rotations in zip(displacements_m, rotations_rad, strict=True)
    ]
    whole = _whole_weights(start)
    for _ in range(_ROUNDS):
        whole = _whole_weights(_fitted_weights(rest_m, node_rest, displacements_m, tracks, indices, start))
        exact = (whole / np.float32(MODEL_WEIGHT_UNITS)).astype(np.float32)
        tracks = _refined_tracks(rest_m, node_rest, displacements_m, tracks, indices, exact)
    return NodeFit(node_rest, indices, whole, tuple(tracks))


def fit_tracks(
    rest_m: Float32Array,
    parts: UInt8Array,
    displacements_m: Float32Array,
    rotations_rad: Float32Array | None,
    node_rest_m: Float32Array,
    indices: Int32Array,
    weights: Float32Array,
) -> NodeTracks:
    """The motion in one more clip of nodes on which S Gaussians hang already.

    Args:
        rest_m: [S, 3].
        parts: [S] labels.
        displacements_m: [T, S, 3].
        rotations_rad: [T, S, 3] rotation vectors, or None where the clip has none.
        node_rest_m: [M, 3].
        indices: [S, 4] the nodes of each Gaussian.
        weights: [S, 4] their weights.
    """
    features = motion_features(rest_m, parts, [displacements_m])
    nearest, _ = _nearest(features[_closest_hanging(rest_m, node_rest_m, indices, weights)], features, _NEIGHBOURS)
    tracks = [_first_tracks(rest_m, node_rest_m, displacements_m, rotations_rad, nearest)]
    for _ in range(_ROUNDS):
        tracks = _refined_tracks(rest_m, node_rest_m, [displacements_m], tracks, indices, weights)
    return tracks[0]


def _closest_hanging(
    rest_m: Float32Array, node_rest_m: Float32Array, indices: Int32Array, weights: Float32Array
) -> Int32Array:
    """[M] for each node the closest of the Gaussians that hang on it: a fold that lies on it is none of them."""
    closest, _ = _nearest(node_rest_m, rest_m, 1)
    distances = np.linalg.norm(rest_m[:, None] - node_rest_m[indices], axis=2)
    distances[weights == 0] = np.inf
    flat_nodes = indices.ravel()
    order = np.lexsort((distances.ravel(), flat_nodes))
    nodes, first = np.unique(flat_nodes[order], return_index=True)
    hanging = np.isfinite(distances.ravel()[order][first])
    closest[nodes[hanging], 0] = (order[first] // indices.shape[1])[hanging]
    return closest[:, 0]


def motion_features(rest_m: Float32Array, parts: UInt8Array, clips: Sequence[Float32Array]) -> Float32Array:
    """[S, d] rest position, part, and principal components of the trajectory, all in metres.

    The squared distance of two rows is that of their rest positions plus the mean square of how far their displacements
    differ; folds that lie on each other but move apart are not neighbours.
    """
    sampled = _sampled(clips)
    flat = sampled.reshape(len(sampled), -1)
    flat = flat - flat.mean(axis=0)
    _, vectors = np.linalg.eigh((flat @ flat.T).astype(np.float64))
    strongest = vectors[:, ::-1][:, :_TRAJECTORY_COMPONENTS].T.astype(np.float32)
    components = (strongest @ flat).reshape(len(strongest), len(rest_m), 3) / np.sqrt(len(sampled))
    trajectory = components.transpose(1, 0, 2).reshape(len(rest_m), -1)
    offset = parts[:, None].astype(np.float32) * _PART_OFFSET
    return np.ascontiguousarray(np.concatenate([rest_m, offset, trajectory], axis=1), dtype=np.float32)


def _sampled(clips: Sequence[Float32Array]) -> Float32Array:
    """About _SAMPLED_FRAMES frames, evenly from all clips."""
    total = sum(len(clip) for clip in clips)
    stride = max(1, total // _SAMPLED_FRAMES)
    sampled = [clip[::stride] for clip in clips]
    return sampled[0] if len(sampled) == 1 else np.concatenate(sampled)


def _nearest(queries: Float32Array, points: Float32Array, count: int) -> tuple[Int32Array, Float32Array]:
    """At most ``count`` of the points for each query, nearest first, and their squared distances."""
    return NeighbourTree(points).nearest(queries, min(count, len(points)))


def _binding(
    features: Float32Array, node_features: Float32Array, parts: UInt8Array, node_parts: UInt8Array
) -> tuple[Int32Array, Float32Array]:
    """The nearest nodes [S, 4] and first weights that fall off with distance.

    A node of another part weighs zero; a Gaussian whose nearest nodes all are of other parts hangs on none.
    """
    nearest, squared = _nearest(features, node_features, NODES_PER_GAUSSIAN)
    count = nearest.shape[1]
    indices = np.repeat(nearest[:, :1], NODES_PER_GAUSSIAN, axis=1)
    indices[:, :count] = nearest
    weights = np.zeros(indices.shape, dtype=np.float32)
    same = node_parts[nearest] == parts[:, None]
    reach = np.where(same, squared, 0).max(axis=1, keepdims=True) * 0.5 + 1e-12
    weights[:, :count] = np.where(same, np.maximum(np.exp(-squared / reach), 1e-3), 0)
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    return np.ascontiguousarray(indices), weights


def _first_tracks(
    rest_m: Float32Array,
    node_rest: Float32Array,
    moved: Float32Array,
    rotations_rad: Float32Array | None,
    neighbours: Int32Array,
) -> NodeTracks:
    frames, nodes = len(moved), len(node_rest)
    rotations = np.zeros((frames, nodes, 4), dtype=np.float32)
    hints = np.zeros((0, 0, 3), dtype=np.float32) if rotations_rad is None else rotations_rad
    node_kernels.local_rotations(nodes, rest_m, moved, hints, neighbours, rotations)
    # The nearest neighbour of a node is the Gaussian it was picked from.
    return NodeTracks(np.ascontiguousarray(moved[:, neighbours[:, 0]]), rotations)


def _fitted_weights(
    rest_m: Float32Array,
    node_rest: Float32Array,
    clips: Sequence[Float32Array],
    tracks: Sequence[NodeTracks],
    indices: Int32Array,
    start: Float32Array,
) -> Float32Array:
    normal = np.zeros((len(rest_m), NODES_PER_GAUSSIAN, NODES_PER_GAUSSIAN))
    right = np.zeros((len(rest_m), NODES_PER_GAUSSIAN))
    stride = max(1, sum(len(clip) for clip in clips) // _SAMPLED_FRAMES)
    for moved, track in zip(clips, tracks, strict=True):
        node_kernels.accumulate_weights(
            len(rest_m),
            rest_m,
            np.ascontiguousarray(moved[::stride]),
            node_rest,
            np.ascontiguousarray(track.displacements_m[::stride]),
            np.ascontiguousarray(track.rotations_wxyz[::stride]),
            indices,
            normal,
            right,
        )
    weights = np.empty((len(rest_m), NODES_PER_GAUSSIAN))
    node_kernels.solve_weights(len(rest_m), normal, right, start, _WEIGHT_DAMPING, weights)
    return weights.astype(np.float32)


def _whole_weights(weights: Float32Array) -> Int32Array:
    """Weights in 127ths that sum to 127 exactly, by largest remainder; rows of zeros stay so."""
    sums = weights.astype(np.float64).sum(axis=1, keepdims=True)
    exact = weights / np.maximum(sums, 1e-12) * MODEL_WEIGHT_UNITS
    whole = np.floor(exact).astype(np.int32)
    missing = np.where(sums[:, 0] > 0.5, MODEL_WEIGHT_UNITS, 0) - whole.sum(axis=1)
    ranks = np.argsort(np.argsort(-(exact - whole), axis=1, kind="stable"), axis=1, kind="stable")
    return (whole + (ranks < missing[:, None])).astype(np.int32)


def _refined_tracks(
    rest_m: Float32Array,
    node_rest: Float32Array,
    clips: Sequence[Float32Array],
    tracks: Sequence[NodeTracks],
    indices: Int32Array,
    weights: Float32Array,
) -> list[NodeTracks]:
    """Displacements that minimise what is left, damped towards those given."""
    nodes = len(node_rest)
    system = np.zeros((nodes, nodes))
    node_kernels.gram(indices, weights, system)
    damping = _DISPLACEMENT_DAMPING * max(float(np.diag(system).mean()), 1e-9)
    system[np.diag_indices(nodes)] += damping
    inverse = np.linalg.inv(system)
    refined: list[NodeTracks] = []
    for moved, track in zip(clips, tracks, strict=True):
        right = np.zeros((len(moved), nodes, 3))
        node_kernels.left_over(
            len(moved), rest_m, moved, node_rest, track.displacements_m, track.rotations_wxyz, indices, weights, right
        )
        change = np.einsum("mn,tna->tma", inverse, right, optimize=True)
        refined.append(NodeTracks((track.displacements_m + change).astype(np.float32), track.rotations_wxyz))
    return refined
