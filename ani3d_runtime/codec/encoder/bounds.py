"""PartBounds: what coding may lose, part by part. A face deserves less error than a hem."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, get_args

import numpy as np

from ani3d_runtime.arrays import Float64Array, UInt8Array
from ani3d_runtime.avatar import Part
from ani3d_runtime.codec.sections.canonical_steps import EXACT, CanonicalSteps

Quality: TypeAlias = Literal["preview", "standard", "high", "archive"]
QUALITIES: tuple[Quality, ...] = get_args(Quality)
# What may be asked for, metres.
MIN_ERROR_M, MAX_ERROR_M = 1e-5, 1.0
_SHAPE_SHARE = 0.5
_FINEST_REST_M = 5e-5
_REST_SHARE = 0.1


@dataclass(frozen=True)
class PartBounds:
    """What decoding may differ by from the source, for every Gaussian in every frame.

    Attributes:
        position_m: one per :class:`~ani3d_runtime.avatar.Part`: distance of positions in rest-pose space, canonical
            quantisation included.
        shape_m: one per part: change of shape by rotation and scale, see ``ErrorReport``.
        colour: distance of degree-0 harmonics.
        turn_rad: largest rotation error that is aimed at, however small the Gaussian.
        rest: how finely the rest pose is told; its position error is contained in ``position_m``.
    """

    position_m: tuple[float, ...]
    shape_m: tuple[float, ...]
    colour: float = 0.03
    turn_rad: float = 0.1
    rest: CanonicalSteps = field(default_factory=CanonicalSteps)

    @classmethod
    def uniform(cls, position_m: float = 1e-3, shape_m: float = 5e-4, colour: float = 0.03) -> PartBounds:
        """The same for every part."""
        count = len(Part)
        rest = CanonicalSteps(min(_FINEST_REST_M, _REST_SHARE * position_m))
        return cls((position_m,) * count, (shape_m,) * count, colour, rest=rest)

    @classmethod
    def of_quality(cls, quality: Quality) -> PartBounds:
        """A preset."""
        return _PRESETS[quality]

    def less_rest(self) -> PartBounds:
        """With the rest pose's error taken off the positions."""
        return replace(self, position_m=tuple(bound - self.rest.position_error_m for bound in self.position_m))

    def positions_of(self, parts: UInt8Array) -> Float64Array:
        """[n] bounds of Gaussians of these parts, metres."""
        return np.array(self.position_m)[parts]

    def shapes_of(self, parts: UInt8Array) -> Float64Array:
        """[n] bounds of Gaussians of these parts, metres."""
        return np.array(self.shape_m)[parts]


def _preset(
    *,
    skin_mm: float,
    face_mm: float,
    hair_mm: float,
    garment_mm: float,
    accessory_mm: float,
    colour: float,
    turn_rad: float,
    rest: CanonicalSteps,
) -> PartBounds:
    by_part = {
        Part.SKIN: skin_mm,
        Part.FACE: face_mm,
        Part.HAIR: hair_mm,
        Part.GARMENT: garment_mm,
        Part.ACCESSORY: accessory_mm,
    }
    position_m = tuple(by_part[part] * 1e-3 for part in Part)
    return PartBounds(position_m, tuple(_SHAPE_SHARE * bound for bound in position_m), colour, turn_rad, rest)


_PRESETS: dict[Quality, PartBounds] = {
    "preview": _preset(
        skin_mm=2,
        face_mm=1,
        hair_mm=10,
        garment_mm=8,
        accessory_mm=3,
        colour=0.06,
        turn_rad=0.35,
        rest=CanonicalSteps(3e-4, 127, 0.08, 2 / 255, 0.04),
    ),
    "standard": _preset(
        skin_mm=1,
        face_mm=0.5,
        hair_mm=6,
        garment_mm=4,
        accessory_mm=1.5,
        colour=0.04,
        turn_rad=0.25,
        rest=CanonicalSteps(1.5e-4, 127, 0.06, 1 / 255, 0.03),
    ),
    "high": _preset(
        skin_mm=0.5,
        face_mm=0.4,
        hair_mm=3,
        garment_mm=2,
        accessory_mm=0.8,
        colour=0.03,
        turn_rad=0.15,
        rest=CanonicalSteps(1e-4, 255, 0.04, 1 / 255, 0.02),
    ),
    "archive": _preset(
        skin_mm=0.1,
        face_mm=0.1,
        hair_mm=0.2,
        garment_mm=0.1,
        accessory_mm=0.1,
        colour=0.01,
        turn_rad=0.02,
        rest=EXACT,
    ),
}
