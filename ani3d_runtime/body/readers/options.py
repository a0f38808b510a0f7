"""MotionOptions: how a motion file is to be understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from ani3d_runtime.errors import UsageError

Unit = Literal["auto", "m", "cm", "mm", "inch"]
MotionAxes = Literal["auto", "yup", "zup", "rdf"]
Ground = Literal["keep", "floor"]

METRES_PER_UNIT = {"m": 1.0, "cm": 0.01, "mm": 0.001, "inch": 0.0254}


@dataclass(frozen=True)
class MotionOptions:
    """How a motion file is to be understood.

    Attributes:
        unit: length unit of the file; ``auto`` finds it by the body's height, or its path's, and says so.
        axes: of the file's world; ``auto`` judges them by whether the body stands.
        mapping: JSON file of joint names for a file with names of its own.
        start, stop: frames to keep, ``stop`` exclusive and None for all.
        fps: frames per second to resample to; None keeps the capture's.
        ground: ``keep`` leaves the root where it is captured, ``floor`` moves the clip so that its steps are at y = 0.
        lock_feet: plant feet that stand: they stay in place, their soles on the floor.
        reference_frame: the frame of the file in which the capture stands as the body does; None to find one.
        take: name of the take to read, of a file with several; None for the one with the most moving nodes.
    """

    unit: Unit = "auto"
    axes: MotionAxes = "auto"
    mapping: Path | None = None
    start: int = 0
    stop: int | None = None
    fps: float | None = None
    ground: Ground = "keep"
    lock_feet: bool = False
    reference_frame: int | None = None
    take: str | None = None

    def __post_init__(self) -> None:
        for field, value, kind in (
            ("unit", self.unit, Unit),
            ("axes", self.axes, MotionAxes),
            ("ground", self.ground, Ground),
        ):
            if value not in get_args(kind):
                raise _bad_option(field, repr(value), " or ".join(get_args(kind)))
        if self.start < 0 or (self.stop is not None and self.stop <= self.start):
            raise _bad_option("start, stop", f"{self.start}, {self.stop}", "0 <= start < stop")
        if self.fps is not None and not 0 < self.fps <= 1000:
            raise _bad_option("fps", f"{self.fps}", "above 0 and at most 1000")
        if self.reference_frame is not None and self.reference_frame < 0:
            raise _bad_option("reference_frame", f"{self.reference_frame}", "a frame of the file, 0 or later")

    def given(self, names: Sequence[str]) -> tuple[str, ...]:
        """Those of the named fields that are not at their default."""
        plain = MotionOptions()
        return tuple(name for name in names if getattr(self, name) != getattr(plain, name))

    def without(self, names: Sequence[str]) -> MotionOptions:
        """The same, the named fields at their default."""
        plain = MotionOptions()
        return replace(self, **{name: getattr(plain, name) for name in names})


OPTION_OF = {
    "unit": "--motion-unit",
    "axes": "--motion-axes",
    "mapping": "--joint-mapping",
    "reference_frame": "--reference-frame",
    "take": "--take",
}
"""What the fields are called on the command line."""


def _bad_option(field: str, found: str, expected: str) -> UsageError:
    return UsageError(
        "motion-option", f"motion option {field}", found=found, expected=expected, fix="Correct the option."
    )
