"""Proxy: the particles that stand for a garment or a head of hair, and how Gaussians hang on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array, Int32Array, UInt8Array
from ani3d_runtime.bake.simulate.skinning import SkinnedPoints
from ani3d_runtime.physics.particles import Material, ParticleSystem


@dataclass(frozen=True)
class Proxy:
    """Particles bound to the skeleton like Gaussians are.

    Attributes:
        name: unique within a character.
        rest_m: [P, 3] rest pose; skinning it gives the rigid layer, which pinned and following particles obey.
        joints, weights: [P, 4] binding.
        system: links, pins and triangles.
        material: of the solver.
        collider: what the particles keep out of.
        neighbours: [P, K] int32 around each particle, from which its rotation is read; -1 where there are fewer.
            Empty ([P, 0]) for strands.
        strand_nodes: particles per strand, root first and strand after strand; 0 where the proxy is a sheet.
    """

    name: str
    rest_m: Float64Array
    joints: UInt8Array
    weights: Float32Array
    system: ParticleSystem
    material: Material
    collider: SkinnedPoints
    neighbours: Int32Array
    strand_nodes: int = 0

    @property
    def count(self) -> int:
        """P, the number of particles."""
        return len(self.rest_m)


@dataclass(frozen=True)
class Attachment:
    """Gaussians that hang on a proxy.

    Attributes:
        proxy: its name.
        gaussians: [S] int32, increasing.
        particles: [S, 4] int32.
        weights: [S, 4] summing to 1.
    """

    proxy: str
    gaussians: Int32Array
    particles: Int32Array
    weights: Float64Array


def neighbours_of(pairs: Int32Array, count: int, most: int = 8) -> Int32Array:
    """[count, most] particles joined to each by [E, 2] pairs; -1 where there are fewer."""
    first = np.concatenate([pairs[:, 0], pairs[:, 1]])
    second = np.concatenate([pairs[:, 1], pairs[:, 0]])
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    rank = np.arange(len(first)) - np.searchsorted(first, first)
    result = np.full((count, most), -1, dtype=np.int32)
    kept = rank < most
    result[first[kept], rank[kept]] = second[kept]
    return result
