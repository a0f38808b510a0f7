"""Which way is up in the world of a captured motion, judged by whether the body stands.

What a format or a key suggests is a hint alone: files of every tool come in axes of another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.errors import MotionError
from ani3d_runtime.geometry.frames import rotation_from_axes
from ani3d_runtime.geometry.quaternion import conjugate, rotate

_HALF = 0.5**0.5
TURNS: dict[str, Float64Array] = {
    **{axes: rotation_from_axes(axes) for axes in ("yup", "zup", "rdf")},
    "x up": np.array([_HALF, 0.0, 0.0, _HALF]),
    "-x up": np.array([_HALF, 0.0, 0.0, -_HALF]),
    "-z up": np.array([_HALF, _HALF, 0.0, 0.0]),
}
"""Turns of the world to ours, by what the world is called; --motion-axes takes the first three."""
_NAMED = ("yup", "zup", "rdf")

_STANDS_COSINE = 0.5
# A motion whose body stands in so many of its frames may lie in all others.
_ENOUGH, _NEARLY_ALL = 0.2, 0.9
# But where it stands in nearly all frames in other axes, it bows rather than lies in those that are suggested.
_HALF_STANDS = 0.6
_NEARLY_NONE = 0.1
# A pelvis is so many legs above a floor at zero; where it lies, no more than the last.
_STANDING_LEGS = (0.6, 1.7)
_LYING_LEGS = 0.45
# Who lies on a floor does not rise and sink by more, in lengths of a leg.
_LEVEL = 0.5


@dataclass(frozen=True)
class World:
    """The axes that a motion's world is taken to have.

    Attributes:
        name: ``yup``, ``zup``, ``rdf``, or in words where no option names them.
        turn_wxyz: [4] the turn that takes it to ours.
        why: how they were found, for the note.
        doubt: where the body lies, and it may not be meant to; else None.
    """

    name: str
    turn_wxyz: Float64Array
    why: str
    doubt: MotionError | None = None


def judged_world(
    spine: Float64Array, heights: Float64Array, *, given: str, hints: tuple[tuple[str, str], ...], subject: str
) -> World:
    """The world in which the body stands.

    Args:
        spine: [T, 3] from the pelvis to the head in each frame, in the file's axes.
        heights: [T, 3] places of the pelvis, in lengths of a leg.
        given: axes that the user asks for, or ``auto``.
        hints: axes that the file suggests, and what suggests them; the strongest first.
        subject: what a doubt names.
    """
    directions = spine / np.maximum(np.linalg.norm(spine, axis=1, keepdims=True), 1e-12)
    cosines = {name: directions @ _up_in(turn) for name, turn in TURNS.items()}
    standing = {name: float((cosine > _STANDS_COSINE).mean()) for name, cosine in cosines.items()}
    best = max(standing, key=lambda name: (standing[name], name in _NAMED))
    legs = {name: float(np.median(heights @ _up_in(turn))) for name, turn in TURNS.items()}
    if given != "auto":
        doubt = None
        if standing[given] < _NEARLY_NONE and standing[best] > _NEARLY_ALL:
            doubt = _lies(subject, given, cosines[given], best)
        return World(given, TURNS[given], "as asked", doubt)
    for name, why in hints:
        if standing[name] >= (_HALF_STANDS if standing[best] > _NEARLY_ALL else _ENOUGH):
            return World(name, TURNS[name], why)
    hinted = hints[0][0] if hints else "yup"
    is_on_floor = _STANDING_LEGS[0] < legs[best] < _STANDING_LEGS[1]
    lies_on_floor = bool(hints) and 0 < legs[hinted] < _LYING_LEGS and _rise(heights @ _up_in(TURNS[hinted])) < _LEVEL
    if standing[best] > _NEARLY_ALL and (is_on_floor or not lies_on_floor):
        doubt = None
        if hints and (lies_on_floor or not is_on_floor):
            doubt = _stood_up(subject, best, hinted, legs[best])
        return World(best, TURNS[best], "judged by the body, which stands in them", doubt)
    return World(hinted, TURNS[hinted], "though the body lies", _lies(subject, hinted, cosines[hinted], best))


def _rise(height: Float64Array) -> float:
    return float(np.ptp(np.quantile(height, (0.05, 0.95))))


def _stood_up(subject: str, axes: str, hinted: str, legs: float) -> MotionError:
    return MotionError(
        "motion-stood-up",
        subject,
        found=f"a body that lies with {hinted} axes, which the file suggests; it is stood up, as if its axes were "
        f"{axes}, with its pelvis {legs:.2f} legs above the floor",
        expected="a pelvis about one leg above a floor at zero, which would tell the axes",
        fix=f"Look at it with: ani3d info {subject} --picture look.png; pass --motion-axes {hinted} if somebody lies, "
        f"or {axes if axes in _NAMED else 'the right ones'} if it stands.",
    )


def _up_in(turn_wxyz: Float64Array) -> Float64Array:
    """[3] our up in the coordinates of a world."""
    return rotate(conjugate(turn_wxyz), np.array([0.0, 1.0, 0.0]))


def _lies(subject: str, axes: str, cosines: NDArray[np.float64], best: str) -> MotionError:
    others = " or ".join(name for name in _NAMED if name != axes)
    named = best if best in _NAMED and best != axes else others
    return MotionError(
        "motion-lies",
        subject,
        found=f"a body that lies or stands on its head: from pelvis to head {float(np.mean(cosines)):+.2f} of its "
        f"length goes up on average, with {axes} axes",
        expected="about +0.9 in a motion that stands",
        fix=f"If it is to stand, pass --motion-axes {named}; look at it with: ani3d info {subject} --picture look.png",
    )
