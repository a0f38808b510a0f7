"""Frames at any time of a clip in plain float64 numpy, written from spec/CONVENTIONS.md alone.

It shares no code with the package, and says the same in other ways: Hermite's form with the slopes of chords where the
player has weights, neighbours that are made up at the ends where it moves weights to others, wraps of a loop added one
by one, and matrices for the root. It is the oracle for the vectors of ``spec/vectors/playback``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.golden.reference import exponential, rotation_matrix

Array = NDArray[np.float64]
Frame = dict[str, Array]
# Detail is per Gaussian: a map of its number to the four vectors.
CHANNELS = ("detail_position_m", "detail_rotation_rad", "detail_logscale", "detail_colour")


def frame_at(
    clip: dict[str, Any], root_joint_m: Array, time_s: float, root: str, detail_of: list[int] | None = None
) -> dict[str, Any]:
    """The frame that ``spec/vectors/README.md`` describes.

    Args:
        clip: as the vector has it.
        root_joint_m: [3] the root joint in the zero pose.
        time_s: any time; of a clip that does not loop, it is cut to its ends.
        root: "world", "in place" or "delta".
        detail_of: Gaussians whose detail is wanted; those that have some by default.
    """
    count = len(clip["frames"])
    place = time_s * clip["fps"]
    if not clip["loops"]:
        place = min(max(place, 0.0), count - 1.0)
    first = min(math.floor(place), count - 2) if not clip["loops"] and count > 1 else math.floor(place)
    fraction = place - first
    taps = [neighbour(clip, root_joint_m, first + k) for k in (-1, 0, 1, 2)] if fraction else None
    start = neighbour(clip, root_joint_m, first)
    if taps is None:
        found = dict(start)
        shown = {
            i: (v["detail_position_m"], exp(v["detail_rotation_rad"]), *_rest(v)) for i, v in start["detail"].items()
        }
    else:
        found = {name: hermite([tap[name] for tap in taps], fraction) for name in ("root", "displacements")}
        for name in ("rotations", "turns"):
            found[name] = unit(hermite(signed([tap[name] for tap in taps]), fraction))
        shown = details(taps[1]["detail"], taps[2]["detail"], fraction)
    rooted(found, clip, root_joint_m, place / count, root)
    if detail_of is not None:
        shown = {i: shown.get(i, (np.zeros(3), np.array([1.0, 0, 0, 0]), np.zeros(3), np.zeros(3))) for i in detail_of}
    return answer(found, shown)


def neighbour(clip: dict[str, Any], root_joint_m: Array, number: int) -> dict[str, Any]:
    """A frame of the endless row, or the one that a straight line leads to beyond the end."""
    frames, count = clip["frames"], len(clip["frames"])
    if clip["loops"]:
        return _carried(_parsed(frames[number % count]), clip, root_joint_m, number // count)
    if 0 <= number < count:
        return _parsed(frames[number])
    end, inner = (0, 1) if number < 0 else (count - 1, count - 2)
    if count == 1:
        return _parsed(frames[0])
    last, other = _parsed(frames[end]), _parsed(frames[inner])
    made = {name: 2 * last[name] - other[name] for name in ("root", "displacements")}
    for name in ("rotations", "turns"):
        made[name] = 2 * last[name] - nearer(other[name], last[name])
    return made | {"detail": {}}


def hermite(values: list[Array], f: float) -> Array:
    """Through the second and third of four values, with the slopes of the chords over each."""
    before, start, end, after = values
    slope_in, slope_out = (end - before) / 2, (after - start) / 2
    h00, h10 = (1 + 2 * f) * (1 - f) ** 2, f * (1 - f) ** 2
    h01, h11 = f * f * (3 - 2 * f), f * f * (f - 1)
    return h00 * start + h10 * slope_in + h01 * end + h11 * slope_out


def signed(quats: list[Array]) -> list[Array]:
    """Each with the sign that is nearer to the one before."""
    out = [quats[0]]
    for quat in quats[1:]:
        out.append(nearer(quat, out[-1]))
    return out


def nearer(quats: Array, to: Array) -> Array:
    """Quaternions with the sign on the side of others."""
    return np.array([-q if q @ t < 0 else q for q, t in zip(quats, to, strict=True)]).reshape(-1, 4)


def unit(quats: Array) -> Array:
    """Quaternions of length 1."""
    return np.array([q / math.sqrt(q @ q) for q in quats]).reshape(-1, 4)


def exp(vector: Array) -> Array:
    """Quaternion of a rotation vector."""
    angle = math.sqrt(vector @ vector)
    axis = vector / angle if angle else vector
    return np.array([math.cos(angle / 2), *(math.sin(angle / 2) * axis)])


def details(start: dict[int, Frame], end: dict[int, Frame], f: float) -> dict[int, tuple[Array, ...]]:
    """Per Gaussian: position, rotation as a quaternion, log-scale, colour; zero where one of the frames has none."""
    zero = {name: np.zeros(3) for name in CHANNELS}
    out = {}
    for i in sorted(start.keys() | end.keys()):
        a, b = start.get(i, zero), end.get(i, zero)
        out[i] = mixed_detail(_quaternion_form(a), _quaternion_form(b), f)
    return out


def mixed_detail(a: tuple[Array, ...], b: tuple[Array, ...], f: float) -> tuple[Array, ...]:
    """Detail of one Gaussian, rotations as quaternions, ``f`` of the way from a to b."""
    turn = (1 - f) * a[1] + f * (b[1] if a[1] @ b[1] >= 0 else -b[1])
    lines = [(1 - f) * x + f * y for x, y in zip(a, b, strict=True)]
    return lines[0], turn / math.sqrt(turn @ turn), lines[2], lines[3]


def about_y(angle_rad: float) -> Array:
    """3x3 rotation about +Y."""
    return exponential(np.array([0.0, angle_rad, 0.0]))


def heading_of(quat: Array) -> float:
    """Turn about +Y: of all such turns, the one that the rotation is nearest to."""
    matrix = rotation_matrix(quat)
    # The angle for which trace(R_y(a)ᵀ R) is largest.
    return math.atan2(matrix[0, 2] - matrix[2, 0], matrix[0, 0] + matrix[2, 2])


def moved_root(found: dict[str, Any], root_joint_m: Array, turn_rad: float, shift_m: Array) -> None:
    """Apply x → R_y x + shift to the root."""
    found["root"] = about_y(turn_rad) @ (root_joint_m + found["root"]) + shift_m - root_joint_m
    rotations = found["rotations"].copy()
    w, x, y, z = rotations[0]
    c, s = math.cos(turn_rad / 2), math.sin(turn_rad / 2)
    rotations[0] = [c * w - s * y, c * x + s * z, c * y + s * w, c * z - s * x]
    found["rotations"] = rotations


def rooted(found: dict[str, Any], clip: dict[str, Any], root_joint_m: Array, periods: float, root: str) -> None:
    """Leave the root's way out where that is wanted."""
    if root == "world":
        return
    place = root_joint_m + found["root"]
    if root == "delta":
        back = about_y(-heading_of(found["rotations"][0]))
        shift = -(back @ (place * [1, 0, 1]))
        moved_root(found, root_joint_m, -heading_of(found["rotations"][0]), shift)
        return
    climb = clip["travel"]["translation_m"][1] * periods if clip["travel"] else 0.0
    moved_root(found, root_joint_m, 0.0, np.array([-place[0], -climb, -place[2]]))


def ground_step(clip: dict[str, Any], root_joint_m: Array, start_s: float, end_s: float) -> list[float]:
    """x, z and turn of the root from one time to another, seen from the first."""
    places = []
    for time_s in (start_s, end_s):
        found = frame_at(clip, root_joint_m, time_s, "world")
        places.append((root_joint_m + found["root_translation_m"], heading_of(found["joint_rotations_wxyz"][0])))
    (start, facing), (end, later) = places
    seen = about_y(-facing) @ (end - start)
    turn = (later - facing + math.pi) % (2 * math.pi) - math.pi
    return [float(seen[0]), float(seen[2]), turn]


def answer(found: dict[str, Any], shown: dict[int, tuple[Array, ...]]) -> dict[str, Any]:
    """The fields of an answer."""
    columns = list(zip(*shown.values(), strict=True)) if shown else [[], [], [], []]
    return {
        "root_translation_m": found["root"],
        "joint_rotations_wxyz": found["rotations"],
        "node_displacements_m": found["displacements"],
        "node_rotations_wxyz": found["turns"],
        "detail_indices": list(shown),
        "detail_position_m": np.array(columns[0]),
        "detail_rotations_wxyz": np.array(columns[1]),
        "detail_logscale": np.array(columns[2]),
        "detail_colour": np.array(columns[3]),
    }


def _rest(vectors: Frame) -> tuple[Array, Array]:
    return vectors["detail_logscale"], vectors["detail_colour"]


def _quaternion_form(vectors: Frame) -> tuple[Array, ...]:
    return vectors["detail_position_m"], exp(vectors["detail_rotation_rad"]), *_rest(vectors)


def _parsed(frame: dict[str, Any]) -> dict[str, Any]:
    detail = {
        int(i): {name: np.array(frame[name][row], np.float64) for name in CHANNELS}
        for row, i in enumerate(frame["detail_indices"])
    }
    return {
        "root": np.array(frame["root_translation_m"], np.float64),
        "rotations": unit(np.array(frame["joint_rotations_wxyz"], np.float64)),
        "displacements": np.array(frame["node_displacements_m"], np.float64).reshape(-1, 3),
        "turns": unit(np.array(frame["node_rotations_wxyz"], np.float64).reshape(-1, 4)),
        "detail": detail,
    }


def _carried(frame: dict[str, Any], clip: dict[str, Any], root_joint_m: Array, wraps: int) -> dict[str, Any]:
    """The root moved by the travel as often as the loop has begun anew, once after the other."""
    travel = clip["travel"] or {"translation_m": [0.0, 0.0, 0.0], "heading_rad": 0.0}
    shift, turn = np.array(travel["translation_m"], np.float64), travel["heading_rad"]
    for _ in range(abs(wraps)):
        if wraps > 0:
            moved_root(frame, root_joint_m, turn, shift)
        else:
            moved_root(frame, root_joint_m, -turn, -(about_y(-turn) @ shift))
    return frame
