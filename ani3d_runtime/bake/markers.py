"""Markers of clips: contacts of feet that are found, and the user's own from a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.loops import Loop
from ani3d_runtime.bake.soles import soles_of
from ani3d_runtime.body.foot_contacts import foot_contacts
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.errors import InputError
from ani3d_runtime.package.playing import Marker
from ani3d_runtime.package.texts import is_text
from ani3d_runtime.spec.format import MANIFEST_MAX_MARKERS, MANIFEST_MAX_NAME_CHARS

CONTACT, GIVEN = "contact", "given"
_MOST_BYTES = 16_777_216
_FIELDS = ("name", "time_s", "frame")


def contact_markers(motion: Motion, loop: Loop | None, avatar: Avatar) -> tuple[Marker, ...]:
    """Markers of the feet that come down and lift; none where the skeleton has no feet by name."""
    soles = soles_of(avatar)
    if soles is None:
        return ()
    count = motion.frame_count
    if loop is None:
        found, first = foot_contacts(motion, avatar.skeleton, soles), 0
    else:
        # Periods on either side, so that a step over the seam is seen whole.
        found, first = foot_contacts(loop.looping.unrolled(count, count), avatar.skeleton, soles), count
    frames = ((contact.name, contact.frame - first) for contact in found)
    return tuple(Marker(name, frame / motion.fps, CONTACT) for name, frame in frames if 0 <= frame < count)


def in_order(markers: Iterable[Marker]) -> tuple[Marker, ...]:
    """Markers of one clip by their times; of one time, as they came."""
    return tuple(sorted(markers, key=lambda marker: marker.time_s))


def read_markers(path: Path, motions: Sequence[Motion], loops: Sequence[Loop | None]) -> list[tuple[Marker, ...]]:
    """The user's own markers, one tuple per clip.

    Args:
        path: JSON: a map from names of clips to lists of markers, each with a ``name``, and ``time_s`` or ``frame``.
        motions, loops: of the clips, as they are baked.

    Raises:
        InputError: ``markers-unreadable``, ``markers-invalid``, ``markers-clip-unknown``, ``markers-beyond-end``.
    """
    document = _read(path)
    names = [motion.name for motion in motions]
    for name in document:
        if name not in names:
            raise _refusal(
                "markers-clip-unknown",
                f"{path}: {name[:80]!r}",
                "no clip of this bake",
                f"names of its clips: {', '.join(names)}",
                "Correct the name, or leave its markers out.",
            )
    return [
        _of_clip(f"{path}: {motion.name}", document.get(motion.name, []), motion, loop is not None)
        for motion, loop in zip(motions, loops, strict=True)
    ]


def _read(path: Path) -> Mapping[str, Any]:
    try:
        data = path.read_bytes()
        document = (
            json.loads(data, object_pairs_hook=lambda pairs: _map(path, pairs)) if len(data) <= _MOST_BYTES else None
        )
    except OSError as error:
        raise _refusal(
            "markers-unreadable", path, str(error.strerror or error), "a JSON file of markers", "Check the path."
        ) from None
    except (ValueError, RecursionError) as error:
        raise _invalid(str(path), f"no JSON: {error}"[:200], "a map from names of clips to lists of markers") from None
    if not isinstance(document, dict):
        raise _invalid(str(path), _shown(document), "a map from names of clips to lists of markers")
    return cast("dict[str, Any]", document)


def _map(path: Path, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A map of the file, in which no name is there twice: the first one's value would be lost."""
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise _invalid(str(path), f"{_shown(name)} twice in one map", "every name once")
        fields[name] = value
    return fields


def _of_clip(subject: str, entries: object, motion: Motion, loops: bool) -> tuple[Marker, ...]:
    if not isinstance(entries, list) or len(cast("list[object]", entries)) > MANIFEST_MAX_MARKERS // 2:
        raise _invalid(subject, _shown(entries), f"a list of at most {MANIFEST_MAX_MARKERS // 2} markers")
    return tuple(
        _marker(f"{subject}[{number}]", entry, motion, loops)
        for number, entry in enumerate(cast("list[object]", entries))
    )


def _marker(subject: str, entry: object, motion: Motion, loops: bool) -> Marker:
    if not isinstance(entry, dict):
        raise _invalid(subject, _shown(entry), 'a map such as {"name": "bell", "time_s": 0.5}')
    fields = cast("dict[str, Any]", entry)
    unknown = [name for name in fields if name not in _FIELDS]
    if unknown:
        raise _invalid(f"{subject}.{unknown[0][:40]}", "a field that is not known", f"of {', '.join(_FIELDS)}")
    name = fields.get("name")
    if not is_text(name, MANIFEST_MAX_NAME_CHARS) or not name:
        expected = f"text of 1 to {MANIFEST_MAX_NAME_CHARS} characters, none of them a control character"
        raise _invalid(f"{subject}.name", _shown(name), expected)
    if ("time_s" in fields) == ("frame" in fields):
        raise _invalid(subject, "both time_s and frame" if "frame" in fields else "no time", "time_s or frame")
    key = "frame" if "frame" in fields else "time_s"
    value = fields[key]
    kinds = (int,) if key == "frame" else (int, float)
    if not isinstance(value, kinds) or isinstance(value, bool) or not 0 <= value < np.inf:
        expected = "a frame's number, from 0" if key == "frame" else "seconds from the clip's first frame, from 0"
        raise _invalid(f"{subject}.{key}", _shown(value), expected)
    return Marker(cast("str", name), _time_s(f"{subject}.{key}", key, value, motion, loops), GIVEN)


def _time_s(subject: str, key: str, value: float, motion: Motion, loops: bool) -> float:
    """Seconds of a marker that lies within its clip."""
    count, fps = motion.frame_count, motion.fps
    late = value > count - 1 if key == "frame" else value >= count / fps if loops else value > (count - 1) / fps
    if late:
        last = f"frame {count - 1}" if key == "frame" else f"{count / fps if loops else (count - 1) / fps:.6g} s"
        raise _refusal(
            "markers-beyond-end",
            subject,
            f"{value:g}" if key == "frame" else f"{value:g} s",
            f"up to {last}, {'where the clip starts over' if loops and key != 'frame' else 'the last of the clip'}",
            "Times and frames are those of the clip as it is baked, from its first frame on.",
        )
    return value / fps if key == "frame" else float(value)


def _shown(value: object) -> str:
    return "nothing" if value is None else repr(value)[:80]


def _invalid(subject: str, found: str, expected: str) -> InputError:
    return _refusal("markers-invalid", subject, found, expected, "Correct the file; docs/motion.md shows one.")


def _refusal(code: str, subject: object, found: str, expected: str, fix: str) -> InputError:
    return InputError(code, subject, found=found, expected=expected, fix=fix)
