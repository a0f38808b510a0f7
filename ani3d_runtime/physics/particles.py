"""ParticleSystem: what a cloth or a bundle of strands is made of, before it moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float64Array, Int32Array


@dataclass(frozen=True)
class Links:
    """Distance constraints between pairs of particles.

    Attributes:
        pairs: [L, 2] int32.
        lengths_m: [L] rest lengths.
        compliances: [L] inverse stiffness at unit mass, s^2; 0 is rigid. A negative value makes a tether, which
            is rigid against stretch and slack otherwise.
    """

    pairs: Int32Array
    lengths_m: Float64Array
    compliances: Float64Array

    @classmethod
    def between(cls, rest_m: Float64Array, pairs: Int32Array, compliance: float, scale: float = 1.0) -> Links:
        """Links at the length they have in ``rest_m``, times ``scale``."""
        lengths = np.linalg.norm(rest_m[pairs[:, 0]] - rest_m[pairs[:, 1]], axis=1) * scale
        return cls(pairs.astype(np.int32), lengths, np.full(len(pairs), compliance))

    @classmethod
    def joined(cls, *parts: Links) -> Links:
        """All links of several sets."""
        return cls(
            np.concatenate([p.pairs for p in parts]),
            np.concatenate([p.lengths_m for p in parts]),
            np.concatenate([p.compliances for p in parts]),
        )

    def shuffled(self, seed: int) -> Links:
        """The same links in random order, so that Gauss-Seidel sweeps favour no direction of the weave."""
        order = np.random.default_rng(seed).permutation(len(self.pairs))
        return Links(self.pairs[order], self.lengths_m[order], self.compliances[order])


@dataclass(frozen=True)
class Material:
    """How particles meet gravity, air and the body.

    Attributes:
        thickness_m: distance kept from the body's surface.
        friction: 0..1, share of the sliding motion removed at a contact, per substep.
        damping_hz: velocity lost per second.
        drag: air drag on triangles, per metre.
        max_speed_m_s: clamp, relative to what the particles hang on.
        substep_hz: substeps per second.
        gravity_m_s2: downwards.
    """

    thickness_m: float = 0.006
    friction: float = 0.15
    damping_hz: float = 0.5
    drag: float = 0.0
    max_speed_m_s: float = 12.0
    substep_hz: float = 480.0
    gravity_m_s2: float = 9.81


@dataclass(frozen=True)
class ParticleSystem:
    """Particles of unit mass, some of them led by hand.

    Attributes:
        count: P.
        pinned: [P] bool, particles that follow their targets exactly.
        follow_compliances: [P] inverse stiffness of the pull to a particle's own target, s^2; inf for none.
        links: distance constraints.
        triangles: [F, 3] int32 surface that the air pushes against; may be empty.
    """

    count: int
    pinned: np.ndarray[tuple[int], np.dtype[np.bool_]]
    follow_compliances: Float64Array
    links: Links
    triangles: Int32Array


def edges_of(triangles: Int32Array) -> Int32Array:
    """[E, 2] undirected edges of [F, 3] triangles, each once, sorted."""
    sides = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    return np.unique(sides, axis=0).astype(np.int32)


def opposite_pairs_of(triangles: Int32Array) -> Int32Array:
    """[B, 2] corners that face each other across an inner edge: links between them resist bending."""
    sides = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    corners = np.concatenate([triangles[:, 2], triangles[:, 0], triangles[:, 1]])
    sides = np.sort(sides, axis=1)
    order = np.lexsort((sides[:, 1], sides[:, 0]))
    sides, corners = sides[order], corners[order]
    same = (sides[1:] == sides[:-1]).all(axis=1)
    return np.stack([corners[:-1][same], corners[1:][same]], axis=1).astype(np.int32)
