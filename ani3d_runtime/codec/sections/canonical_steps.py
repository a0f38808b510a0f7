"""CanonicalSteps: the steps that a rest pose is coded with."""

from __future__ import annotations

from dataclasses import dataclass

from ani3d_runtime.spec.format import SPLATS_MAX_QUATERNION_UNITS


@dataclass(frozen=True)
class CanonicalSteps:
    """The steps that a rest pose is coded with.

    Attributes:
        position_error_m: bound on the distance of a decoded mean from the source.
        rotation_steps: of a quaternion component between 0 and 1 / sqrt 2; 255 are 0.18 degrees rms, 0.47 at most.
        log_scale: step of the natural logarithm of scales; half of it is lost at most.
        colour: step of degree-0 colour, 0..1.
        harmonics: step of higher harmonics.
        is_exact: every float is coded bit for bit, and the steps have no effect.
    """

    position_error_m: float = 5e-5
    rotation_steps: int = 255
    log_scale: float = 0.04
    colour: float = 1 / 255
    harmonics: float = 0.02
    is_exact: bool = False


EXACT = CanonicalSteps(0.0, SPLATS_MAX_QUATERNION_UNITS, 0.0, 0.0, 0.0, is_exact=True)
