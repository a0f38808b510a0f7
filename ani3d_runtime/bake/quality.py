"""One ladder of quality for a whole bake: what packing may lose, and how much effort restoring takes."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from ani3d_runtime.codec.encoder.bounds import PartBounds, Quality

BakeQuality: TypeAlias = Literal["preview", "draft", "standard", "high", "archive", "paper"]
EffortName: TypeAlias = Literal["draft", "standard", "paper"]

BAKE_QUALITIES: tuple[BakeQuality, ...] = get_args(BakeQuality)

_LADDER: dict[BakeQuality, tuple[Quality, EffortName]] = {
    "preview": ("preview", "draft"),
    "draft": ("standard", "draft"),
    "standard": ("standard", "standard"),
    "high": ("high", "standard"),
    "archive": ("archive", "paper"),
    "paper": ("high", "paper"),
}


def bounds_of(quality: BakeQuality | None, max_error_m: float | None) -> PartBounds:
    """What packing may lose: ``max_error_m`` for every part where it is given, a quality's preset, or 1 mm."""
    if max_error_m is not None:
        return PartBounds.uniform(max_error_m)
    return PartBounds.uniform() if quality is None else PartBounds.of_quality(_LADDER[quality][0])


def effort_of(quality: BakeQuality | None) -> EffortName:
    """The effort that restoring takes; a draft's where no quality is named."""
    return "draft" if quality is None else _LADDER[quality][1]
