"""Writes the golden vectors of a driver: ``python -m tests.golden.driver_vector``.

Forty-eight nodes of cloth on two joints, a cut and a dozen steps of uneven length (``cloth``); and what becomes of a
root that is put elsewhere or turned in one step. The section is stored as bytes, so that any language can read it; what
it drives is worked out by ``driver_reference.py``, which shares no code with the player.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ani3d_runtime.body.pose import Pose
from ani3d_runtime.codec.sections.driver import decode_driver, encode_driver
from ani3d_runtime.geometry.quaternion import multiply, quaternion_from_rotation_vector
from ani3d_runtime.testing.hanging_cloth import cloth_skeleton, hanging_cloth
from tests.golden.driver_reference import ReferenceDriver

FOLDER = Path(__file__).parents[2] / "spec" / "vectors" / "driver"
_SIXTIETH = 1 / 60
_NOWHERE = (0.0, 0.0, 0.0)


def cloth() -> dict[str, Any]:
    """No step of it is long enough to be carried."""
    steps_s = (_SIXTIETH, _SIXTIETH, 1 / 30, 0.004, _SIXTIETH, 0.1, _SIXTIETH, _SIXTIETH, 0.02, 1 / 30, 0.25, _SIXTIETH)
    poses = [_thrown(step) for step in range(len(steps_s) + 1)]
    return _rendered(poses, steps_s)


def carried_turn() -> dict[str, Any]:
    """A turn about an axis that is not upright; then one just beyond the rate, and two in a row beyond the limit."""
    turns = ((0, 0, 0), (0, 0, 0), (0.5, 1.1, 0.2), (0, 0, 0.752), (0, 0.252, 0), (0, 0.252, 0))
    return _going(turns, [_NOWHERE] * 6, (_SIXTIETH, _SIXTIETH, _SIXTIETH, 0.05, _SIXTIETH, _SIXTIETH))


def carried_jump() -> dict[str, Any]:
    """Who walks jumps far, goes on just below the limit of who rushes, then jumps and rushes just beyond the limits."""
    way, dt = np.array([0.01, 0.0, -0.03]), 0.05
    fast = 0.149 + float(np.linalg.norm(way))  # in a sixtieth of a second, and 60 times that in a second
    jump, rush = 60 * fast * dt + 0.151, fast + 0.151
    # Forwards all the time, where cloth is blown away from the capsule and last digits do not grow.
    shifts = (way, (0.4, 0.3, -0.6), *((0, 0, -far) for far in (fast, jump, rush, 60 * fast * dt + 0.451)))
    return _going([_NOWHERE] * 6, shifts, (_SIXTIETH, _SIXTIETH, _SIXTIETH, dt, _SIXTIETH, dt), sways=6)


def just_under() -> dict[str, Any]:
    """What is not carried: angles, jumps and rates at their limits, and what goes on as fast as before."""
    turns = ((0, 0.249, 0), (0, 0.497, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0.745))
    shifts = (_NOWHERE, (0, 0, -0.059), (0, 0, -0.118), (0, 0, -0.1), (0, 0, -0.1), (0, 0, -0.149 - 0.3))
    return _going(turns, shifts, (_SIXTIETH, _SIXTIETH, _SIXTIETH, _SIXTIETH, _SIXTIETH, 0.05))


def turned_into_a_new_pose() -> dict[str, Any]:
    """Who walks is turned and put elsewhere in the same step as another pose of the leg; then the way back."""
    turns = ((0, 0, 0), (0.1, 2.2, 0.0), (0, 0, 0), (0, 0, 0), (0, -2.2, 0), (0, 0, 0))
    shifts = ((0.02, 0, -0.02), (1.0, -0.2, 2.0), _NOWHERE, (0.02, 0.0, 0.0), _NOWHERE, _NOWHERE)
    legs = ((0, 0, 0), (0, 0, 0), (0.7, 0, 0.3), (0.7, 0, 0.3), (0.6, 0, 0.2), (-0.5, 0.2, 0), (-0.5, 0.2, 0))
    return _going(turns, shifts, (_SIXTIETH, 1 / 30, _SIXTIETH, _SIXTIETH, 1 / 30, _SIXTIETH), sways=3, legs=legs)


def stopped_elsewhere() -> dict[str, Any]:
    """Who falls is put on his feet elsewhere: one step is carried, the next begins anew."""
    shifts = ((0, -0.05, 0), (0, -0.1, 0), (0.8, 2.0, 0.3), (0.01, 0, 0), _NOWHERE, (0.02, 0, 0))
    return _going([_NOWHERE] * 6, shifts, [_SIXTIETH] * 6, sways=2)


def cut_to_the_reach() -> dict[str, Any]:
    """What swings farther than the reach, and what is learned on top of it, are cut to it."""
    poses = [_thrown(step) for step in range(9)]
    return _rendered(poses, [_SIXTIETH] * 8, reach_m=0.02)


VECTORS: dict[str, Callable[[], dict[str, Any]]] = {
    "cloth": cloth,
    "cut-to-the-reach": cut_to_the_reach,
    "carried-turn": carried_turn,
    "carried-jump": carried_jump,
    "turn-and-jump-under-the-limit": just_under,
    "carried-turn-with-another-pose": turned_into_a_new_pose,
    "reset-of-who-fell": stopped_elsewhere,
}


def _going(
    turns: Sequence[Sequence[float]],
    shifts: Sequence[Sequence[float]],
    steps_s: Sequence[float],
    *,
    sways: int = 0,
    legs: Sequence[Sequence[float]] | None = None,
) -> dict[str, Any]:
    """A vector of a root that turns and goes by so much in each step, and sways a little besides in the first."""
    quat, place = np.array([1.0, 0, 0, 0]), np.zeros(3)
    poses: list[Pose] = []
    for step in range(len(steps_s) + 1):
        if step:
            quat = multiply(quaternion_from_rotation_vector(np.array([turns[step - 1]]))[0], quat)
            place = place + shifts[step - 1]
        swayed_steps = min(step, sways)
        sway = np.array([0.05 * np.sin(swayed_steps), 0.04 * swayed_steps, 0.0])
        leg = legs[step] if legs else (0.2 * np.cos(step), 0.0, 0.1)
        swayed = multiply(quat, quaternion_from_rotation_vector(np.array([sway]))[0])
        rotations = np.stack([swayed, quaternion_from_rotation_vector(np.array([leg]))[0]])
        poses.append(Pose(np.round(place, 6).astype(np.float32), rotations.astype(np.float32)))
    return _rendered(poses, steps_s)


def _rendered(poses: Sequence[Pose], steps_s: Sequence[float], reach_m: float | None = None) -> dict[str, Any]:
    """The vector, expected values included."""
    model, rest = hanging_cloth(share=0.8)
    # Nearer to the sheet than its thickness: the distance at rest is what is kept.
    model = replace(model, capsules=replace(model.capsules, radii_m=np.array([[0.152, 0.153]])))
    model = model if reach_m is None else replace(model, reach_m=reach_m)
    rest = np.round(rest, 6)
    section, skeleton = encode_driver(model), cloth_skeleton()
    document: dict[str, Any] = {
        "skeleton": {
            "parents": skeleton.parents.tolist(),
            "zero_joints_m": skeleton.zero_joints_m.tolist(),
            "rest_rotations_wxyz": skeleton.rest_rotations_wxyz.tolist(),
            "rest_translation_m": skeleton.rest_translation_m.tolist(),
        },
        "node_rest_m": rest.tolist(),
        "section": base64.b64encode(section).decode(),
        "reset": _told(poses[0]),
        "steps": [_told(pose) | {"dt_s": dt_s} for pose, dt_s in zip(poses[1:], steps_s, strict=True)],
    }
    driver = ReferenceDriver(decode_driver(section, len(rest), skeleton.joint_count), document["skeleton"], rest)
    driver.reset(document["reset"])
    frames = [driver.step(step, step["dt_s"]) for step in document["steps"]]
    expected = [
        {"displacements": np.round(shown, 7).tolist(), "rotations": np.round(turned, 7).tolist()}
        for shown, turned in frames
    ]
    return document | {"expected": {"steps": expected}}


def _thrown(step: int) -> Pose:
    root = np.round([0.05 * np.sin(step), 0.01 * step, 0.03 * step], 6)
    turns = np.array([[0.05 * step, 0.2 * np.sin(step), 0.0], [0.3 * np.cos(step), 0.0, 0.1]])
    return Pose(root.astype(np.float32), quaternion_from_rotation_vector(turns).astype(np.float32))


def _told(pose: Pose) -> dict[str, Any]:
    return {
        "root_translation_m": pose.root_translation_m.tolist(),
        "joint_rotations_wxyz": pose.joint_rotations_wxyz.tolist(),
    }


if __name__ == "__main__":
    for name, render in VECTORS.items():
        (FOLDER / f"{name}.json").write_text(json.dumps(render()) + "\n", encoding="utf-8")
