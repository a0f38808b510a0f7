"""Parts: the tasks of a package that is made of pieces, which many workers make side by side.

base ─┬─ clips ─────┬─ package
      ├─ looks ─────┤
      └─ practice ──┘
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ani3d_runtime.bake.practice_count import DEFAULT_MOTIONS
from ani3d_runtime.library.resolved import ResolvedCharacter, can_practise, residual_of
from ani3d_runtime.library.task import PARTS, Kind, Task, key_of

# The model of a base fits so many clips: one that changes and is not among them leaves all others as they are.
_SEEN = 8
# Motions that one task practises: each takes a few seconds.
_PRACTISED = 2
_SUFFIXES: Mapping[str, str] = {"practice": ".npz"}


def part_tasks(found: ResolvedCharacter, limits: Mapping[str, Any]) -> list[Task]:
    """The tasks of the pieces, the base first; none where the package is to be baked as one.

    Args:
        found: the character.
        limits: what every task of it may take: fields of :class:`~ani3d_runtime.library.task.Task`.
    """
    clips = found.settings["clips"]
    if not found.settings.get("parallel_clips") or len(clips) < 2:
        return []
    own = {name: value for name, value in found.decides.items() if name not in ("clips", "practice")}
    seen = _seen(found)
    base = _task(found, "base", own, seen, {"base": None}, limits)

    def part(kind: Kind, decides: Mapping[str, Any], about: list[int], **settings: Any) -> Task:
        made = _task(found, kind, {**decides, "base": base.key}, about, {"base": base.result, **settings}, limits)
        return replace(made, needs=(base.key,))

    tasks = [base, part("looks", {}, seen[:1])]
    tasks += [part("clip", own, [number]) for number in range(len(clips))]
    for numbers in _practised(found):
        decides = {"seed": found.settings.get("seed", 0), "numbers": numbers}
        tasks.append(part("practice", decides, seen[:1], numbers=numbers))
    return tasks


def _task(
    found: ResolvedCharacter,
    kind: Kind,
    decides: Mapping[str, Any],
    about: list[int],
    settings: Mapping[str, Any],
    limits: Mapping[str, Any],
) -> Task:
    """A task about some of the clips, by their numbers."""
    if kind in ("base", "clip"):
        decides = {**decides, "clips": [found.decides["clips"][number] for number in about]}
    key = key_of({"kind": kind, "character": found.name, **decides})
    settings = {**found.settings, "clips": [found.settings["clips"][number] for number in about], **settings}
    return Task(key, kind, found.name, f"{PARTS}{key}{_SUFFIXES.get(kind, '.a3d')}", decides, settings, **limits)


def _seen(found: ResolvedCharacter) -> list[int]:
    """Numbers of the clips that the model fits. They go by their names: one that is added seldom changes which."""
    clips = found.settings["clips"]
    moving = [number for number, clip in enumerate(clips) if residual_of(found.settings, clip) != "none"]
    chosen = sorted(moving or [0], key=lambda number: hashlib.sha256(clips[number]["name"].encode()).digest())
    return sorted(chosen[:_SEEN])


def _practised(found: ResolvedCharacter) -> Iterator[list[int]]:
    """First and behind the last number of the motions that each task practises."""
    if can_practise(found.settings, found.settings["clips"]):
        count = found.settings.get("practice", DEFAULT_MOTIONS)
        for first in range(0, count, _PRACTISED):
            yield [first, min(count, first + _PRACTISED)]
