"""Facts: what a report shows of a library, as plain values that the page holds as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ani3d_runtime.library.status import FailedTask


@dataclass(frozen=True)
class ClipFacts:
    """One clip of a package.

    Attributes:
        name: of the clip.
        seconds: how long it plays.
        frames, fps: how many, and how many a second.
        bytes: of the package that belong to this clip alone.
        max_error_mm: largest error of any Gaussian in any frame.
        quality: name of the bounds that were asked for.
        bound_mm: the bound on the error, where it is one for all Gaussians.
        within: whether every bound was met; None where none is known.
        baked_in_s: wall time of its own task; None where it was baked together with others.
        warnings: what is likely wrong with it, a line each.
    """

    name: str
    seconds: float
    frames: int
    fps: float
    bytes: int
    max_error_mm: float
    quality: str
    bound_mm: float | None = None
    within: bool | None = None
    baked_in_s: float | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class CharacterFacts:
    """One character with its package.

    Attributes:
        name: of the character.
        package: file name in the store.
        digest: SHA-256 of its content, hexadecimal.
        bytes, gaussians: its length, and how many it has.
        tags: as the manifest says.
        clips: of the package.
        baked_in_s: wall time of all its tasks; None where no record says it.
        warnings: what is likely wrong with it, a line each.
    """

    name: str
    package: str
    digest: str
    bytes: int
    gaussians: int
    tags: tuple[str, ...]
    clips: tuple[ClipFacts, ...]
    baked_in_s: float | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class LibraryFacts:
    """A library as it stood when the report was written.

    Attributes:
        name: of the library.
        ani3d: version that wrote its catalogue.
        written: when the report was, UTC, ISO 8601.
        characters: by name.
        failures: of tasks that are not done.
    """

    name: str
    ani3d: str
    written: str
    characters: tuple[CharacterFacts, ...]
    failures: tuple[FailedTask, ...]

    def to_json(self) -> dict[str, Any]:
        """As mappings and lists."""
        return asdict(self)
