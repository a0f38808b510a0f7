"""Blends in plain float64 numpy, written from spec/CONVENTIONS.md alone, on top of ``playback_reference.py``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.golden.playback_reference import (
    about_y,
    frame_at,
    heading_of,
    mixed_detail,
    moved_root,
    nearer,
    unit,
)

Array = NDArray[np.float64]
Frame = dict[str, Any]
NOTHING = (np.zeros(3), np.array([1.0, 0.0, 0.0, 0.0]), np.zeros(3), np.zeros(3))
DETAIL = ("detail_position_m", "detail_rotations_wxyz", "detail_logscale", "detail_colour")


def blended(vector: dict[str, Any]) -> dict[str, Any]:
    """The answer to a vector."""
    shares = [layer_shares(vector, overlay["mask"]) for overlay in vector["overlays"]]
    places = placements(vector)
    return {
        "frames": [shown(vector, shares, places, each["time_s"], each["root"]) for each in vector["shown"]],
        "steps": [step(vector, shares, places, *times) for times in vector["steps"]],
        "shares": [{"nodes": nodes, "gaussians": gaussians} for _, nodes, gaussians in shares],
    }


def layer_shares(vector: dict[str, Any], mask: dict[str, float]) -> tuple[Array, Array, Array]:
    """Of joints, nodes and Gaussians."""
    joints = np.array([mask.get(name, 0.0) for name in vector["joint_names"]])
    gaussians = np.array(
        [
            sum(joints[j] * w for j, w in zip(row, weights, strict=True))
            for row, weights in zip(vector["binding"]["joints"], vector["binding"]["weights"], strict=True)
        ]
    )
    nodes = []
    for node in range(vector["nodes"]["count"]):
        share, end = 0.0, 0
        for size in vector["level_sizes"]:
            end += size
            pulls = [
                (weight, gaussians[i])
                for i in range(end)
                for n, weight in zip(vector["nodes"]["indices"][i], vector["nodes"]["weights"][i], strict=True)
                if n == node and weight > 0
            ]
            if pulls:
                share = sum(weight * g for weight, g in pulls) / sum(weight for weight, _ in pulls)
                break
        nodes.append(share)
    return joints, np.array(nodes), gaussians


def placements(vector: dict[str, Any]) -> list[tuple[float, Array]]:
    """Turn and shift of each play, found one after another."""
    places: list[tuple[float, Array]] = []
    for number, play in enumerate(vector["plays"]):
        if number == 0:
            places.append((0.0, np.zeros(3)))
            continue
        middle = play["at_s"] + play["fade_s"] / 2
        before = base(vector, places, middle, number)
        begun = clip_frame(vector, play, middle)
        joint = np.array(vector["root_joint_m"])
        turn = heading_of(before["joint_rotations_wxyz"][0]) - heading_of(begun["joint_rotations_wxyz"][0])
        to, start = ((joint + frame["root_translation_m"]) * [1, 0, 1] for frame in (before, begun))
        places.append((turn, to - about_y(turn) @ start))
    return places


def base(vector: dict[str, Any], places: list[tuple[float, Array]], time_s: float, count: int) -> Frame:
    """The first ``count`` plays, each mixed over what was there before."""
    frame: Frame = {}
    for number, play in enumerate(vector["plays"][:count]):
        above = clip_frame(vector, play, max(time_s, play["at_s"]))
        moved(above, vector, *places[number])
        if number == 0:
            frame = above
        elif time_s >= play["at_s"]:
            share = smooth(time_s, play["at_s"], play["fade_s"])
            frame = mixed(frame, above, share, None)
    return frame


def clip_frame(vector: dict[str, Any], play: dict[str, Any], time_s: float) -> Frame:
    """What a play shows, its root as the clip has it."""
    clip = vector["clips"][play["clip"]]
    clip_s = play["start_s"] + play["rate"] * (time_s - play["at_s"])
    root = "in place" if clip.get("in_place") else "world"
    return frame_at(clip, np.array(vector["root_joint_m"]), clip_s, root)


def shown(
    vector: dict[str, Any], shares: list[Any], places: list[tuple[float, Array]], time_s: float, root: str
) -> Frame:
    """The frame at a time of the blend."""
    frame = base(vector, places, time_s, len(vector["plays"]))
    joint = np.array(vector["root_joint_m"])
    for overlay, share in zip(vector["overlays"], shares, strict=True):
        weight = overlay["weight"] * smooth(time_s, overlay["at_s"], overlay["fade_s"])
        if overlay["end_s"] is not None:
            weight *= 1 - smooth(time_s, overlay["end_s"], overlay["fade_out_s"])
        if weight == 0:
            continue
        above = clip_frame(vector, overlay, time_s)
        turn = heading_of(frame["joint_rotations_wxyz"][0]) - heading_of(above["joint_rotations_wxyz"][0])
        to, start = ((joint + each["root_translation_m"]) * [1, 0, 1] for each in (frame, above))
        moved(above, vector, turn, to - about_y(turn) @ start)
        frame = mixed(frame, above, weight, share)
    if root != "world":
        place = joint + frame["root_translation_m"]
        turn = -heading_of(frame["joint_rotations_wxyz"][0]) if root == "delta" else 0.0
        moved(frame, vector, turn, -(about_y(turn) @ (place * [1, 0, 1])))
    rows = dict(zip(frame["detail_indices"], zip(*(frame[name] for name in DETAIL), strict=True), strict=True))
    columns = zip(*(rows.get(i, NOTHING) for i in vector["detail_of"]), strict=True)
    wanted = {name: np.array(column) for name, column in zip(DETAIL, columns, strict=True)}
    return frame | {"detail_indices": vector["detail_of"]} | wanted


def step(
    vector: dict[str, Any], shares: list[Any], places: list[tuple[float, Array]], start_s: float, end_s: float
) -> list[float]:
    """x, z and turn between two times."""
    start, end = (shown(vector, shares, places, time_s, "world") for time_s in (start_s, end_s))
    facing, later = (heading_of(frame["joint_rotations_wxyz"][0]) for frame in (start, end))
    seen = about_y(-facing) @ (end["root_translation_m"] - start["root_translation_m"])
    return [float(seen[0]), float(seen[2]), (later - facing + math.pi) % (2 * math.pi) - math.pi]


def mixed(below: Frame, above: Frame, weight: float, shares: tuple[Array, Array, Array] | None) -> Frame:
    """``weight`` of the way from one frame to another."""
    joints, nodes, gaussians = shares or (None, None, None)

    def share(values: Array | None, k: int) -> float:
        return weight if values is None else weight * values[k]

    def lines(name: str, values: Array | None) -> Array:
        pairs = zip(below[name], above[name], strict=True)
        return np.array([(1 - share(values, k)) * a + share(values, k) * b for k, (a, b) in enumerate(pairs)])

    root = share(joints, 0)
    pairs = zip(below["joint_rotations_wxyz"], above["joint_rotations_wxyz"], strict=True)
    turns = nearer(above["node_rotations_wxyz"], below["node_rotations_wxyz"])
    details = [
        dict(zip(f["detail_indices"], zip(*(f[n] for n in DETAIL), strict=True), strict=True)) for f in (below, above)
    ]
    found = {
        i: mixed_detail(details[0].get(i, NOTHING), details[1].get(i, NOTHING), share(gaussians, i))
        for i in sorted(details[0].keys() | details[1].keys())
    }
    columns = list(zip(*found.values(), strict=True)) if found else [[], [], [], []]
    return {
        "root_translation_m": (1 - root) * below["root_translation_m"] + root * above["root_translation_m"],
        "joint_rotations_wxyz": np.array([slerp(a, b, share(joints, j)) for j, (a, b) in enumerate(pairs)]),
        "node_displacements_m": lines("node_displacements_m", nodes),
        "node_rotations_wxyz": unit(
            np.array(
                [
                    (1 - share(nodes, n)) * a + share(nodes, n) * b
                    for n, (a, b) in enumerate(zip(below["node_rotations_wxyz"], turns, strict=True))
                ]
            )
        ),
        "detail_indices": list(found),
        **{name: np.array(column) for name, column in zip(DETAIL, columns, strict=True)},
    }


def slerp(a: Array, b: Array, share: float) -> Array:
    """The shorter arc, by sines."""
    cosine = float(a @ b)
    b, cosine = (-b, -cosine) if cosine < 0 else (b, cosine)
    angle = math.acos(min(cosine, 1.0))
    if angle < 1e-9:
        return a
    return (math.sin((1 - share) * angle) * a + math.sin(share * angle) * b) / math.sin(angle)


def smooth(time_s: float, begin_s: float, length_s: float) -> float:
    """From 0 to 1."""
    if time_s < begin_s:
        return 0.0
    x = 1.0 if length_s == 0 else min((time_s - begin_s) / length_s, 1.0)
    return 3 * x**2 - 2 * x**3


def moved(frame: Frame, vector: dict[str, Any], turn_rad: float, shift_m: Array) -> None:
    """Move the root of an answer's frame."""
    found = {"root": frame["root_translation_m"], "rotations": frame["joint_rotations_wxyz"]}
    moved_root(found, np.array(vector["root_joint_m"]), turn_rad, shift_m)
    frame["root_translation_m"], frame["joint_rotations_wxyz"] = found["root"], found["rotations"]
