"""Files that hold several takes, of which a bake reads one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ani3d_runtime.errors import MotionError, UsageError

_SHOWN = 8


def chosen_take(path: Path, takes: Sequence[str], asked: str | None) -> int | None:
    """Which of a file's takes is asked for; None where none is.

    Args:
        path: the file.
        takes: their names, in the order of the file.
        asked: the name of one.

    Raises:
        UsageError: ``motion-unknown-take``.
    """
    if asked is None:
        return None
    if asked in takes:
        return takes.index(asked)
    raise UsageError(
        "motion-unknown-take",
        "--take",
        found=f"{asked!r}, and {path} has {listed(takes)}",
        expected="a take of the file",
        fix="Name one of these, or leave the option out.",
    )


def doubt_about_takes(path: Path, takes: Sequence[str], taken: str) -> MotionError:
    """``motion-takes``: the doubt about which take is meant."""
    return MotionError(
        "motion-takes",
        path,
        found=f"{len(takes)} takes: {listed(takes)}; {taken!r} is read",
        expected="one take in a file, or the name of one",
        fix="Name the take that is meant: --take NAME.",
    )


def listed(takes: Sequence[str]) -> str:
    """Names of takes for a message, the first few."""
    return ", ".join(repr(name) for name in takes[:_SHOWN]) + (" …" if len(takes) > _SHOWN else "")


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Names, made different where some are the same or empty, so that each can be asked for."""
    made: list[str] = []
    for index, name in enumerate(names):
        free = name or f"take {index}"
        while free in made:
            free += f"#{index}"
        made.append(free)
    return tuple(made)
