"""Gaussians and how they look at a level of detail."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shaders.checks.packing.bits import Words, half_words, pairs, snorm_words, unorm_words, words_of

NO_TRACK = 0xFFFFFFFF
_NODE_UNITS = 127
_HANGS = 1 << 30


@dataclass(frozen=True)
class Gaussians:
    """N Gaussians at rest.

    Attributes:
        means_m, scales_m, base_colours: [N, 3]. quats_wxyz: [N, 4]. opacities: [N].
        joints, weights: [N, 4], of the skin.
        nodes, node_weights: [N, 4]; weights all 0 where it hangs on none.
        parts: [N].
        tracks: [N] of its detail, or ``NO_TRACK``.
    """

    means_m: NDArray[np.floating]
    quats_wxyz: NDArray[np.floating]
    scales_m: NDArray[np.floating]
    opacities: NDArray[np.floating]
    base_colours: NDArray[np.floating]
    joints: NDArray[np.integer]
    weights: NDArray[np.floating]
    nodes: NDArray[np.integer]
    node_weights: NDArray[np.floating]
    parts: NDArray[np.integer]
    tracks: Words

    @property
    def whole_node_weights(self) -> NDArray[np.int64]:
        """[N, 4] in 127ths; those of a Gaussian that hangs sum to 127."""
        whole = np.rint(np.asarray(self.node_weights, np.float64) * _NODE_UNITS).astype(np.int64)
        hangs = np.asarray(self.node_weights).any(axis=1)
        whole[:, 0] = np.where(hangs, _NODE_UNITS - whole[:, 1:].sum(axis=1), 0)
        return whole

    def rounded(self) -> Gaussians:
        """As the kernels read them back: what a comparison in double precision begins from."""
        quats = np.rint(_unit(self.quats_wxyz) * 32767) / 32767
        weights = np.rint(np.asarray(self.weights, np.float64) * 65535) / 65535
        weights[:, 0] = 1 - weights[:, 1:].sum(axis=1)
        return replace(
            self,
            quats_wxyz=_unit(quats),
            opacities=np.rint(np.asarray(self.opacities, np.float64) * 65535) / 65535,
            base_colours=np.asarray(self.base_colours, np.float32).astype(np.float16).astype(np.float64),
            weights=weights,
            node_weights=self.whole_node_weights / _NODE_UNITS,
        )


def packed_splats(gaussians: Gaussians) -> Words:
    """[N, 4, 4]."""
    count = len(gaussians.means_m)
    words = np.zeros((count, 4, 4), np.uint32)
    quats, weights = snorm_words(_unit(gaussians.quats_wxyz)), unorm_words(gaussians.weights)
    colours, nodes = half_words(gaussians.base_colours), np.asarray(gaussians.nodes).astype(np.uint32)
    joints = np.asarray(gaussians.joints).astype(np.uint32)
    whole = gaussians.whole_node_weights.astype(np.uint32)
    words[:, 0, :3], words[:, 0, 3] = words_of(gaussians.means_m), gaussians.tracks
    words[:, 1, :3] = words_of(gaussians.scales_m)
    words[:, 1, 3] = pairs(unorm_words(gaussians.opacities), colours[:, 2])
    words[:, 2, 0], words[:, 2, 1] = pairs(quats[:, 0], quats[:, 1]), pairs(quats[:, 2], quats[:, 3])
    words[:, 2, 2] = joints[:, 0] | joints[:, 1] << 8 | joints[:, 2] << 16 | joints[:, 3] << 24
    words[:, 2, 3] = pairs(colours[:, 0], colours[:, 1])
    words[:, 3, 0] = pairs(weights[:, 1], weights[:, 2])
    words[:, 3, 1] = pairs(weights[:, 3], np.asarray(gaussians.parts).astype(np.uint32))
    hangs = np.where(whole.any(axis=1), np.uint32(_HANGS), np.uint32(0))
    words[:, 3, 2] = nodes[:, 0] | nodes[:, 1] << 10 | nodes[:, 2] << 20 | hangs
    words[:, 3, 3] = nodes[:, 3] | whole[:, 1] << 10 | whole[:, 2] << 17 | whole[:, 3] << 24
    return words


def packed_looks(
    displacements_m: NDArray[np.floating],
    log_scale_changes: NDArray[np.floating],
    opacities: NDArray[np.floating],
    colour_changes: NDArray[np.floating],
) -> Words:
    """[n, 2, 4]."""
    words = np.zeros((len(opacities), 2, 4), np.uint32)
    colours = half_words(colour_changes)
    words[:, 0, :3], words[:, 1, :3] = words_of(displacements_m), words_of(log_scale_changes)
    words[:, 0, 3] = pairs(unorm_words(opacities), colours[:, 2])
    words[:, 1, 3] = pairs(colours[:, 0], colours[:, 1])
    return words


def _unit(quats: NDArray[np.floating]) -> NDArray[np.float64]:
    quats64 = np.asarray(quats, np.float64)
    return quats64 / np.linalg.norm(quats64, axis=1, keepdims=True)
