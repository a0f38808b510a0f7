"""Writes the golden vectors of the runtime equation: ``python -m tests.golden.generate``.

Inputs come from the standard library's Mersenne Twister, whose sequence is fixed for good, and are rounded to the
decimals that the files show; expected values come from ``reference.py``.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.golden.reference import evaluate

FOLDER = Path(__file__).parents[2] / "spec" / "vectors" / "golden"
Case = dict[str, Any]
GAUSSIANS, JOINTS = 6, 4


class Dice:
    """Rounded random numbers."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def normal(self, spread: float, *shape: int) -> Any:
        """Nested lists of the given shape."""
        if not shape:
            return round(self._random.gauss(0, spread), 6)
        return [self.normal(spread, *shape[1:]) for _ in range(shape[0])]

    def uniform(self, low: float, high: float, count: int) -> list[float]:
        """``count`` numbers."""
        return [round(self._random.uniform(low, high), 6) for _ in range(count)]

    def rotation(self, angle_rad: float) -> list[float]:
        """A unit quaternion wxyz of about that angle."""
        axis = [self._random.gauss(0, 1) for _ in range(3)]
        half = self._random.gauss(angle_rad, angle_rad / 4) / 2
        length = math.sqrt(sum(a * a for a in axis))
        return [round(v, 6) for v in (math.cos(half), *(math.sin(half) * a / length for a in axis))]

    def rotations(self, angle_rad: float, count: int) -> list[list[float]]:
        """Unit quaternions."""
        return [self.rotation(angle_rad) for _ in range(count)]

    def weights(self, used: int) -> list[float]:
        """Four weights, the first ``used`` of them not zero, summing to 1."""
        parts = [self._random.uniform(0.2, 1) for _ in range(used)]
        weights = [round(p / sum(parts), 6) for p in parts] + [0.0] * (4 - used)
        weights[0] = round(1 - sum(weights[1:]), 6)
        return weights


def base_case(dice: Dice, *, joints_used: int = 1, sh_degree: int = 0) -> Case:
    """A small avatar in its zero pose and a frame that bends it, without any residual."""
    return {
        "skeleton": {
            "parents": [-1, 0, 1, 1],
            "zero_joints_m": [[0.0, 1.0, 0.0], [0.0, 1.4, 0.05], [0.3, 1.5, 0.0], [-0.3, 1.5, 0.0]],
            "rest_rotations_wxyz": [[1.0, 0.0, 0.0, 0.0]] * JOINTS,
            "rest_translation_m": [0.0, 0.0, 0.0],
        },
        "avatar": {
            "means_m": [
                [dice.normal(0.3), round(1.3 + dice.normal(0.3), 6), dice.normal(0.1)] for _ in range(GAUSSIANS)
            ],
            "quats_wxyz": dice.rotations(1.5, GAUSSIANS),
            "scales_m": [dice.uniform(0.001, 0.03, 3) for _ in range(GAUSSIANS)],
            "sh": dice.normal(0.3, GAUSSIANS, (sh_degree + 1) ** 2, 3),
            "joints": [[(i + slot) % JOINTS for slot in range(4)] for i in range(GAUSSIANS)],
            "weights": [dice.weights(joints_used) for _ in range(GAUSSIANS)],
        },
        "deformation": {
            "node_rest_m": [],
            "node_indices": [[0, 0, 0, 0]] * GAUSSIANS,
            "node_weights": [[0.0, 0.0, 0.0, 0.0]] * GAUSSIANS,
            "basis_position_m": [],
            "basis_rotation_rad": [],
            "basis_logscale": [],
            "basis_colour": [],
        },
        "frame": {
            "root_translation_m": dice.normal(1.0, 3),
            "joint_rotations_wxyz": dice.rotations(0.8, JOINTS),
            "node_displacements_m": [],
            "node_rotations_wxyz": [],
            "coefficients": [],
            "detail_indices": [],
            "detail_position_m": [],
            "detail_rotation_rad": [],
            "detail_logscale": [],
            "detail_colour": [],
        },
        "camera_position_m": [0.5, 1.2, 3.0],
    }


def rigid(dice: Dice) -> Case:
    """One joint per Gaussian: the covariance turns and keeps its shape."""
    return base_case(dice)


def shear(dice: Dice) -> Case:
    """Two joints per Gaussian, bent by about 90 degrees: L shears, and the covariance goes through all of it."""
    case = base_case(dice, joints_used=2)
    case["frame"]["joint_rotations_wxyz"] = dice.rotations(1.6, JOINTS)
    return case


def four_joints(dice: Dice) -> Case:
    """Four joints per Gaussian."""
    return base_case(dice, joints_used=4)


def rest_pose(dice: Dice) -> Case:
    """Splats that lie in another pose than the zero pose, and away from the origin."""
    case = base_case(dice, joints_used=2)
    case["skeleton"]["rest_rotations_wxyz"] = dice.rotations(0.7, JOINTS)
    case["skeleton"]["rest_translation_m"] = [0.1, -0.2, 0.3]
    return case


def nodes(dice: Dice) -> Case:
    """Control nodes: two Gaussians hang on none, one quaternion has the opposite sign of its neighbours."""
    case = base_case(dice)
    _add_nodes(case, dice)
    return case


def node_signs(dice: Dice) -> Case:
    """Three nodes turned apart by more than pi: signs follow the sum so far, neither the first node nor none at all."""
    case = base_case(dice)
    _add_nodes(case, dice)
    halves = (0.0, 2.2, 1.3, 0.9, -1.1)
    case["frame"]["node_rotations_wxyz"] = [_about_oblique_axis(half) for half in halves]
    hung_on = [[0, 1, 2, 3], [3, 0, 1, 2], [2, 0, 1, 4], [1, 4, 2, 0], [0, 2, 1, 3], [0] * 4]
    case["deformation"]["node_indices"] = hung_on
    thirds = [[0.3, 0.4, 0.3, 0.0], [0.0, 0.3, 0.4, 0.3], [0.3, 0.45, 0.25, 0.0], [0.25, 0.3, 0.25, 0.2]]
    case["deformation"]["node_weights"] = [*thirds, [0.4, 0.0, 0.35, 0.25], [0.0] * 4]
    return case


def correctives(dice: Dice) -> Case:
    """Two correctives in all four channels."""
    case = base_case(dice)
    _add_correctives(case, dice)
    return case


def detail(dice: Dice) -> Case:
    """Detail of three Gaussians in all four channels."""
    case = base_case(dice)
    _add_detail(case, dice)
    return case


def harmonics(dice: Dice) -> Case:
    """Degree 3, seen from a point: directions are taken back by the polar rotation of a sheared L."""
    return base_case(dice, joints_used=3, sh_degree=3)


def everything(dice: Dice) -> Case:
    """All of it together, harmonics of degree 2."""
    case = base_case(dice, joints_used=4, sh_degree=2)
    case["skeleton"]["rest_rotations_wxyz"] = dice.rotations(0.4, JOINTS)
    case["skeleton"]["rest_translation_m"] = [0.0, 0.1, 0.0]
    _add_nodes(case, dice)
    _add_correctives(case, dice)
    _add_detail(case, dice)
    return case


CASES: dict[str, Callable[[Dice], Case]] = {
    "rigid": rigid,
    "shear": shear,
    "four-joints": four_joints,
    "rest-pose": rest_pose,
    "nodes": nodes,
    "node-signs": node_signs,
    "correctives": correctives,
    "detail": detail,
    "harmonics": harmonics,
    "everything": everything,
}


def _add_nodes(case: Case, dice: Dice) -> None:
    count = 5
    turned = dice.rotations(0.5, count)
    turned[2] = [-v for v in turned[2]]
    case["deformation"]["node_rest_m"] = case["avatar"]["means_m"][:count]
    case["deformation"]["node_indices"] = [[(i + slot) % count for slot in range(4)] for i in range(GAUSSIANS)]
    case["deformation"]["node_weights"] = [dice.weights(4 - i) if i < 4 else [0.0] * 4 for i in range(GAUSSIANS)]
    case["frame"]["node_displacements_m"] = dice.normal(0.05, count, 3)
    case["frame"]["node_rotations_wxyz"] = turned


def _about_oblique_axis(half_angle_rad: float) -> list[float]:
    sine = math.sin(half_angle_rad)
    return [round(value, 6) for value in (math.cos(half_angle_rad), 0.6 * sine, 0.0, 0.8 * sine)]


def _add_correctives(case: Case, dice: Dice) -> None:
    count = 2
    for name, spread in (("position_m", 0.02), ("rotation_rad", 0.2), ("logscale", 0.2), ("colour", 0.2)):
        case["deformation"][f"basis_{name}"] = dice.normal(spread, count, GAUSSIANS, 3)
    case["frame"]["coefficients"] = dice.normal(1.0, count)


def _add_detail(case: Case, dice: Dice) -> None:
    case["frame"]["detail_indices"] = [0, 2, 5]
    for name, spread in (("position_m", 0.01), ("rotation_rad", 0.3), ("logscale", 0.1), ("colour", 0.1)):
        case["frame"][f"detail_{name}"] = dice.normal(spread, 3, 3)


def as_arrays(case: Case) -> dict[str, dict[str, np.ndarray]]:
    """The groups of a case as float64 arrays."""
    groups = ("skeleton", "avatar", "deformation", "frame")
    return {group: {name: np.array(value, np.float64) for name, value in case[group].items()} for group in groups}


def rendered(name: str) -> str:
    """The text of one file."""
    make = CASES[name]
    case = make(Dice(sum(name.encode())))
    expected = evaluate(as_arrays(case), np.array(case["camera_position_m"]))
    document = {"name": name, "about": make.__doc__, **case}
    document["expected"] = {field: _digits(values.tolist()) for field, values in expected.items()}
    return pretty(document) + "\n"


def _digits(value: Any) -> Any:
    """Nine significant digits: more than float32 holds, fewer than machines differ in."""
    return [_digits(v) for v in value] if isinstance(value, list) else float(f"{value:.9g}") + 0.0


def pretty(value: Any, indent: str = "") -> str:
    """JSON with one line per row of numbers."""
    if isinstance(value, dict):
        rows = (f'{indent}  "{key}": {pretty(entry, indent + "  ")}' for key, entry in value.items())
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], list):
        return "[\n" + ",\n".join(f"{indent}  {pretty(row, indent + '  ')}" for row in value) + f"\n{indent}]"
    return json.dumps(value)


def main() -> None:
    """Write all files."""
    FOLDER.mkdir(exist_ok=True)
    for name in CASES:
        (FOLDER / f"{name}.json").write_text(rendered(name), encoding="utf-8")


if __name__ == "__main__":
    main()
