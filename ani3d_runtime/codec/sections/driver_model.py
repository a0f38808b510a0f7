"""DriverModel: how an avatar's control nodes hang, what they collide with, and what was learned from clips.

docs/driver.md says how it is evaluated, spec/SPEC.md, chapter "driver", how it is stored.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float64Array, Int32Array, UInt8Array
from ani3d_runtime.spec.format import DRIVER_ROOT_CHANNELS


def channel_count(tracked_joints: int) -> int:
    """C, the channels that filters listen to.

    The root has gravity, velocity, turning, acceleration and products of turning; a joint has three.
    """
    return DRIVER_ROOT_CHANNELS + 3 * tracked_joints


def feature_count(tracked_joints: int, poles: int) -> int:
    """D: each channel, and place and speed of each of its filters."""
    return channel_count(tracked_joints) * (1 + 2 * poles)


@dataclass(frozen=True)
class HangingNodes:
    """The control nodes of an avatar as particles.

    Attributes:
        joints: [M, 4] uint8 and weights: [M, 4], how the skeleton carries each node.
        kinds: [M] uint8, row of the tables of :class:`Materials`.
        normals: [M, 3] unit, rest pose, across cloth; zero for strands.
        follow: [M] inverse stiffness of the pull to where the node hangs, s^2; 0 pins it there.
        mean_m: [M, 3] displacement from the rest position of where the node hangs on average.
    """

    joints: UInt8Array
    weights: Float64Array
    kinds: UInt8Array
    normals: Float64Array
    follow: Float64Array
    mean_m: Float64Array


@dataclass(frozen=True)
class Materials:
    """Per kind of node, [K] each.

    Attributes:
        damping_hz: velocity relative to the body that is lost per second.
        drag: of the air: (s/m)^0.5 per second across cloth, 1/m on all sides of strands.
        thickness_m: distance kept from capsules.
        friction: 0..1, share of sliding lost at a contact in a substep.
        share: 0..1, how much of the simulated displacement is shown; the rest is what was learned.
    """

    damping_hz: Float64Array
    drag: Float64Array
    thickness_m: Float64Array
    friction: Float64Array
    share: Float64Array


@dataclass(frozen=True)
class NodeLinks:
    """Distances between nodes that are kept; rest lengths are those of the rest positions.

    Attributes:
        pairs: [L, 2] int32, in the order in which they are solved.
        compliances: [L] inverse stiffness at unit mass, s^2.
    """

    pairs: Int32Array
    compliances: Float64Array


@dataclass(frozen=True)
class Capsules:
    """Round cones that stand for the body.

    Attributes:
        joints: [Q] uint8, what carries each. ends_m: [Q, 2, 3] rest pose. radii_m: [Q, 2].
    """

    joints: UInt8Array
    ends_m: Float64Array
    radii_m: Float64Array


@dataclass(frozen=True)
class Correctives:
    """Displacements that follow from the history of poses: u = (weights z) basis, z the features less ``means``.

    Attributes:
        tracked: [T] uint8, joints whose places in the root's frame are channels.
        poles: [P, 2] frequency in Hz and damping ratio of the filters that every channel passes.
        means: [D] and scales: [D]; a feature is (value - mean) / scale, clamped to 3.
        weights: [R, D]. basis_m: [R, M, 3].
    """

    tracked: UInt8Array
    poles: Float64Array
    means: Float64Array
    scales: Float64Array
    weights: Float64Array
    basis_m: Float64Array

    @classmethod
    def none(cls, node_count: int) -> Correctives:
        """Nothing was learned."""
        none = np.zeros(0)
        return cls(
            np.zeros(0, dtype=np.uint8),
            np.zeros((0, 2)),
            none,
            none,
            np.zeros((0, 0)),
            np.zeros((0, node_count, 3)),
        )


@dataclass(frozen=True)
class DriverModel:
    """The data of a :class:`~ani3d_runtime.playback.driver.node_driver.NodeDriver`, beside skeleton and node rests.

    Attributes:
        reach_m: no displacement is ever longer.
    """

    reach_m: float
    nodes: HangingNodes
    materials: Materials
    links: NodeLinks
    capsules: Capsules
    correctives: Correctives
