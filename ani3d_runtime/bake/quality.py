"""One ladder of quality for a whole bake: what packing may lose, and how much effort restoring takes."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from ani3d_runtime.codec.bounds import Quality

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


def packing_of(quality: BakeQuality) -> Quality:
    """The preset of bounds that packing keeps."""
    return _LADDER[quality][0]


def effort_of(quality: BakeQuality | None) -> EffortName:
    """The effort that restoring takes; a draft's where no quality is named."""
    return "draft" if quality is None else _LADDER[quality][1]
