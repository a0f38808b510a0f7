"""Playing: how a clip is meant to be played, and what happens when in it; a part of the manifest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ani3d_runtime.geometry.travel import Travel
from ani3d_runtime.package.fields import Fields
from ani3d_runtime.package.layout import broken
from ani3d_runtime.spec.format import (
    MANIFEST_MAX_FRAMES,
    MANIFEST_MAX_HEADING_RAD,
    MANIFEST_MAX_MARKERS,
    MANIFEST_MAX_NAME_CHARS,
    MANIFEST_MAX_TRAVEL_M,
    MANIFEST_MIN_FPS,
)

# Who set a marker; a reader takes other words, too.
MarkerKind = Literal["contact", "given"]


@dataclass(frozen=True)
class Marker:
    """Something that happens at one time of a clip.

    Attributes:
        name: such as ``left_foot_down``.
        time_s: seconds from the first frame.
        kind: ``contact`` where the bake has found it, ``given`` where the user has.
    """

    name: str
    time_s: float
    kind: str


@dataclass(frozen=True)
class Playing:
    """How a clip is meant to be played.

    Attributes:
        loops: frame T is frame 0 again; the period is T / fps seconds.
        travel: of the root in one period; None where it stays, and where nothing loops.
        in_place: the root's way over the ground is for a controller to make, and a player leaves it out unless asked.
        markers: in the order of their times.
    """

    loops: bool = False
    travel: Travel | None = None
    in_place: bool = False
    markers: tuple[Marker, ...] = ()

    def to_fields(self) -> dict[str, Any]:
        """The fields of a clip's map that are not as a reader takes them to be where they are absent."""
        markers = [{"name": each.name, "time_s": each.time_s, "kind": each.kind} for each in self.markers]
        travel = self.travel
        moves = None if travel is None else (*travel.translation_m, travel.heading_rad)
        return {
            **({"loops": True} if self.loops else {}),
            **({"in_place": True} if self.in_place else {}),
            **({} if moves is None else {"travel": {"translation_m": list(moves[:3]), "heading_rad": moves[3]}}),
            **({"markers": markers} if markers else {}),
        }

    @classmethod
    def from_fields(cls, fields: Fields, fps: float, frame_count: int) -> Playing:
        """Read the fields of a clip's map; those that are absent are false, none or empty.

        Raises:
            BrokenPackageError: ``manifest-invalid``.
        """
        playing = cls(
            loops=fields.flag("loops") if "loops" in fields else False,
            travel=_travel(fields.map("travel")) if "travel" in fields else None,
            in_place=fields.flag("in_place") if "in_place" in fields else False,
            markers=_markers(fields) if "markers" in fields else (),
        )
        end_s = frame_count / fps if playing.loops else (frame_count - 1) / fps
        times = [marker.time_s for marker in playing.markers]
        findings = {
            "travel of a clip that does not loop": playing.loops or playing.travel is None,
            "markers out of the order of their times": times == sorted(times),
            "a marker beyond the end of the clip": not times
            or (times[-1] < end_s if playing.loops else times[-1] <= end_s),
        }
        for finding, fine in findings.items():
            if not fine:
                raise broken("manifest-invalid", fields.path, finding, "a clip that agrees with itself")
        return playing


def _travel(fields: Fields) -> Travel:
    most = MANIFEST_MAX_TRAVEL_M
    x, y, z = fields.numbers("translation_m", -most, most, count=3)
    return Travel((x, y, z), fields.number("heading_rad", -MANIFEST_MAX_HEADING_RAD, MANIFEST_MAX_HEADING_RAD))


def _markers(fields: Fields) -> tuple[Marker, ...]:
    latest_s = MANIFEST_MAX_FRAMES / MANIFEST_MIN_FPS
    return tuple(
        Marker(
            name=marker.text("name", max_chars=MANIFEST_MAX_NAME_CHARS),
            time_s=marker.number("time_s", 0, latest_s),
            kind=marker.text("kind", max_chars=MANIFEST_MAX_NAME_CHARS),
        )
        for marker in fields.maps("markers", max_count=MANIFEST_MAX_MARKERS)
    )
