"""What is to be looped: ``auto`` or a range of frames, for all motions or for one of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ani3d_runtime.errors import UsageError

_AUTO = "auto"
_RANGE = re.compile(r"(\d{1,9})-(\d{1,9})")


@dataclass(frozen=True)
class LoopChoice:
    """How one motion is to be looped.

    Attributes:
        frames: first frame, and the one at which it comes again; None where they are to be found.
    """

    frames: tuple[int, int] | None


def loop_choices(loops: Sequence[str], names: Sequence[str]) -> list[LoopChoice | None]:
    """One choice per motion, None where it is not to loop.

    Args:
        loops: ``auto``, ``START-END``, or one of these behind ``NAME=``, where NAME is a clip's.
        names: of the clips, one per motion.

    Raises:
        UsageError: ``bake-loop-value``, ``bake-loop-motion``, ``bake-loop-twice``, ``bake-loop-which``.
    """
    found: dict[str | None, tuple[str, LoopChoice]] = {}
    for text in loops:
        name, choice = _parsed(text)
        if name is not None and name not in names:
            raise _refusal(
                "bake-loop-motion",
                f"{name!r} in {text!r}",
                f"a motion of this bake: {', '.join(names)}",
                "Name the clip as it will be called: a file's name without its suffix, or its --clip-name.",
            )
        if name in found:
            raise _refusal(
                "bake-loop-twice",
                f"{found[name][0]!r} and {text!r}, both for {'all motions' if name is None else repr(name)}",
                "one loop per motion, and one for all that have none of their own",
                "Leave one of them out; --loop NAME=auto and --loop NAME=START-END are of one motion.",
            )
        found[name] = text, choice
    choices = {name: choice for name, (_, choice) in found.items()}
    for_all = choices.get(None)
    if for_all is not None and for_all.frames is not None and len(names) > 1:
        raise _refusal(
            "bake-loop-which",
            f"a range of frames and {len(names)} motions",
            "the motion that it is of",
            f"Write --loop {names[0]}={for_all.frames[0]}-{for_all.frames[1]}, once per motion.",
        )
    return [choices.get(name, for_all) for name in names]


def _parsed(text: str) -> tuple[str | None, LoopChoice]:
    name, separator, value = text.rpartition("=")
    if value == _AUTO:
        return (name if separator else None), LoopChoice(None)
    match = _RANGE.fullmatch(value)
    frames = (int(match[1]), int(match[2])) if match else None
    if frames is None or frames[1] - frames[0] < 2:
        raise _refusal(
            "bake-loop-value",
            repr(text),
            "auto, or START-END with at least two frames between, or NAME= and one of these",
            "END is the frame at which the pose of START comes again: --loop 10-75, or --loop walk=10-75.",
        )
    return (name if separator else None), LoopChoice(frames)


def _refusal(code: str, found: str, expected: str, fix: str) -> UsageError:
    return UsageError(code, "loops", found=found, expected=expected, fix=fix)
