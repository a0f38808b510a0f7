"""Avatar: a SplatCloud in rest pose, the skeleton that moves it and what binds the two."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from ani3d_runtime.arrays import Float32Array, Int32Array, UInt8Array
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import InputError
from ani3d_runtime.spec.format import SPLATS_JOINTS_PER_GAUSSIAN, SPLATS_WEIGHT_UNITS
from ani3d_runtime.splats import SplatCloud

MAX_JOINTS_PER_GAUSSIAN = SPLATS_JOINTS_PER_GAUSSIAN
WEIGHT_UNITS = SPLATS_WEIGHT_UNITS


class Part(IntEnum):
    """What a Gaussian belongs to; the numbers are written into packages."""

    SKIN = 0
    FACE = 1
    HAIR = 2
    GARMENT = 3
    ACCESSORY = 4


@dataclass(frozen=True)
class Binding:
    """Skin weights and part labels.

    Attributes:
        joints: [N, 4] joint indices, uint8; unused slots repeat any joint with weight 0.
        weights: [N, 4] float32, non-negative, each row summing to 1.
        parts: [N] uint8, values of :class:`Part`.
    """

    joints: UInt8Array
    weights: Float32Array
    parts: UInt8Array

    @classmethod
    def checked(cls, joints: UInt8Array, weights: Float32Array, parts: UInt8Array, *, joint_count: int) -> Binding:
        """Build a binding, refusing rows that do not sum to one or name a joint that is not there.

        Raises:
            InputError: ``binding-invalid``.
        """
        count = len(joints)
        shapes_ok = joints.shape == (count, 4) and weights.shape == (count, 4) and parts.shape == (count,)
        if (
            not shapes_ok
            or (count and int(joints.max()) >= joint_count)
            or not np.isfinite(weights).all()
            or (weights < 0).any()
            or (np.abs(weights.sum(axis=1) - 1) > 1e-3).any()
            or (count and int(parts.max()) > max(Part))
        ):
            raise InputError(
                "binding-invalid",
                "binding",
                found=f"joints {joints.shape}, weights {weights.shape}, parts {parts.shape} with values out of range",
                expected=f"[N, 4] joints below {joint_count}, weights >= 0 summing to 1, parts 0..{max(Part)}",
                fix="Normalise the weights and drop joints that the skeleton does not have.",
            )
        return cls(joints.astype(np.uint8), weights.astype(np.float32), parts.astype(np.uint8))

    def snapped(self) -> Binding:
        """Weights moved to the nearest multiples of 1/4095 that still sum to one, the precision that packages keep.

        Whatever is computed from the weights before packing (a simulated residual above all) must be computed from
        these, or the player, which has no others, would place it elsewhere. Largest remainders take the odd units.
        """
        exact = (
            self.weights.astype(np.float64) / self.weights.sum(axis=1, keepdims=True, dtype=np.float64) * WEIGHT_UNITS
        )
        units = np.floor(exact)
        missing = np.rint(WEIGHT_UNITS - units.sum(axis=1)).astype(np.int64)
        rank = np.argsort(np.argsort(units - exact, axis=1, kind="stable"), axis=1, kind="stable")
        units += rank < missing[:, None]
        return Binding(self.joints, (units / WEIGHT_UNITS).astype(np.float32), self.parts)

    def take(self, order: Int32Array) -> Binding:
        """The rows at ``order``, in that order."""
        return Binding(self.joints[order], self.weights[order], self.parts[order])


@dataclass(frozen=True)
class Avatar:
    """A Gaussian human in its rest pose.

    The rest pose is the one the splats were captured in: ``skeleton.rest_rotations_wxyz`` says how it differs from the
    body's zero pose, so nothing is resampled when a capture in A pose is animated.
    """

    name: str
    splats: SplatCloud
    skeleton: Skeleton
    binding: Binding

    @property
    def count(self) -> int:
        """N, the number of Gaussians."""
        return self.splats.count

    def take(self, order: Int32Array) -> Avatar:
        """The avatar with its Gaussians reordered or thinned."""
        return replace(self, splats=self.splats.take(order), binding=self.binding.take(order))
