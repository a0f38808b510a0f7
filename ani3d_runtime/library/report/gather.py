"""Gather: the facts of a report, from the catalogue of a library and the tasks that failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ani3d_runtime.library.pace import is_number
from ani3d_runtime.library.report.facts import CharacterFacts, ClipFacts, LibraryFacts
from ani3d_runtime.library.status import FailedTask


def library_facts(
    catalogue: Mapping[str, Any], failures: Sequence[FailedTask], *, name: str, written: str
) -> LibraryFacts:
    """The facts of a library.

    Args:
        catalogue: ``catalogue.json``. Whoever may write to the store may have written it, so that a value of a wrong
            kind counts as one that is missing.
        failures: tasks that failed.
        name: of the library.
        written: the time of the report, as it shall stand in it.
    """
    characters = tuple(_character(each, values) for each, values in sorted(_named(catalogue.get("characters"))))
    return LibraryFacts(name, _text(catalogue.get("ani3d")), written, characters, tuple(failures))


def _character(name: str, values: Mapping[str, Any]) -> CharacterFacts:
    clips = tuple(_clip(each, of_clip) for each, of_clip in sorted(_named(values.get("clips"))))
    tags = values.get("tags")
    return CharacterFacts(
        name=name,
        package=_text(values.get("package")),
        digest=_text(values.get("digest")),
        bytes=int(_number(values.get("bytes")) or 0),
        gaussians=int(_number(values.get("gaussians")) or 0),
        tags=tuple(map(_text, tags)) if isinstance(tags, list) else (),
        clips=clips,
        baked_in_s=_number(values.get("seconds")),
        warnings=tuple(_warnings(values.get("warnings"))),
    )


def _clip(name: str, values: Mapping[str, Any]) -> ClipFacts:
    within = values.get("within")
    return ClipFacts(
        name=name,
        seconds=_number(values.get("seconds")) or 0.0,
        frames=int(_number(values.get("frames")) or 0),
        fps=_number(values.get("fps")) or 0.0,
        bytes=int(_number(values.get("bytes")) or 0),
        max_error_mm=_number(values.get("max_error_mm")) or 0.0,
        quality=_text(values.get("quality")),
        bound_mm=_number(values.get("bound_mm")),
        within=within if isinstance(within, bool) else None,
        baked_in_s=_number(values.get("baked_in_s")),
        warnings=tuple(_warnings(values.get("warnings"))),
    )


def _warnings(values: object) -> Iterator[str]:
    """A line for each: a warning is an error as JSON, or a sentence."""
    for value in values if isinstance(values, list) else []:
        if isinstance(value, Mapping):
            subject, found, expected, fix = (_text(value.get(part)) for part in ("subject", "found", "expected", "fix"))
            yield f"[{_text(value.get('code'))}] {subject}: found {found}; expected {expected}. {fix}"
        else:
            yield _text(value)


def _named(values: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, value in values.items() if isinstance(values, Mapping) else ():
        if isinstance(value, Mapping):
            yield _text(name), value


def _text(value: object) -> str:
    # JSON can hold halves of characters, which no file of text can.
    return "" if value is None else str(value).encode("utf-8", "replace").decode("utf-8")


def _number(value: object) -> float | None:
    return value if is_number(value) else None
