"""Changes: what a report says that the one before it did not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["new", "changed", "gone"]


@dataclass(frozen=True)
class Change:
    """What became of one character.

    Attributes:
        character: its name.
        kind: new, changed or gone.
        details: what differs, a line each.
    """

    character: str
    kind: Kind
    details: tuple[str, ...] = ()


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What differs between the facts of two reports, by the name of the character.

    Args:
        before: ``LibraryFacts.to_json`` of the earlier one, as read from its page.
        after: of the later one.
    """
    old, new = _by_name(before.get("characters")), _by_name(after.get("characters"))
    return [
        change for name in sorted(old.keys() | new.keys()) if (change := _change(name, old.get(name), new.get(name)))
    ]


def _change(name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Change | None:
    if old is None or new is None:
        return Change(name, "new" if old is None else "gone")
    if old.get("digest") == new.get("digest") and _listed(old.get("tags")) == _listed(new.get("tags")):
        return None
    return Change(name, "changed", tuple(_details(old, new)))


def _details(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    clips_before, clips_now = _by_name(old.get("clips")), _by_name(new.get("clips"))
    added, removed = clips_now.keys() - clips_before.keys(), clips_before.keys() - clips_now.keys()
    if added:
        yield f"clips added: {', '.join(sorted(added))}"
    if removed:
        yield f"clips gone: {', '.join(sorted(removed))}"
    for name in sorted(clips_before.keys() & clips_now.keys()):
        differing = list(_differences(clips_before[name], clips_now[name], _OF_A_CLIP))
        if differing:
            yield f"clip {name}: {'; '.join(differing)}"
    yield from _differences(old, new, _OF_A_CHARACTER)
    was, now = _listed(old.get("tags")), _listed(new.get("tags"))
    if was != now:
        yield f"tags: {was} → {now}"


# Field, what to call it, and what a unit of the number shown is.
_OF_A_CLIP = (
    ("frames", "frames", 1, "{:,.0f}"),
    ("bytes", "KB", 1e3, "{:,.1f}"),
    ("max_error_mm", "mm of error", 1, "{:.3g}"),
)
_OF_A_CHARACTER = (("gaussians", "Gaussians", 1, "{:,.0f}"), ("bytes", "MB", 1e6, "{:,.2f}"))


def _differences(
    old: Mapping[str, Any], new: Mapping[str, Any], fields: tuple[tuple[str, str, float, str], ...]
) -> Iterator[str]:
    for field, unit, divisor, form in fields:
        values = old.get(field), new.get(field)
        if values[0] != values[1] and all(isinstance(value, (int, float)) for value in values):
            was, now = (form.format(value / divisor) for value in values if value is not None)
            yield f"{was} → {now} {unit}" if was != now else f"{unit} differ a little"


def _by_name(records: object) -> dict[str, Mapping[str, Any]]:
    if not isinstance(records, (list, tuple)):
        return {}
    return {str(each["name"]): each for each in records if isinstance(each, Mapping) and "name" in each}


def _listed(tags: object) -> str:
    return ", ".join(str(tag) for tag in tags) or "none" if isinstance(tags, (list, tuple)) else "none"
