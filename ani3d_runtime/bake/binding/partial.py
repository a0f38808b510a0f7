"""Parts of people: a head or an upper body alone cannot be laid on a whole one."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.bake.binding.limbs import CELL_M
from ani3d_runtime.bake.binding.person import PersonSearch, turned_about_height
from ani3d_runtime.body.model import ShapedBody
from ani3d_runtime.errors import InputError

_HEAD = ("neck", "head", "jaw", "left_eye_smplhf", "right_eye_smplhf")
_TRUNK = ("spine1", "spine2", "spine3", "left_collar", "right_collar", "pelvis")
_TORSO = (*_HEAD, *_TRUNK)
_LEGS = ("pelvis", *(f"{side}_{joint}" for side in ("left", "right") for joint in ("hip", "knee", "ankle", "foot")))
_ARMS = tuple(f"{side}_{joint}" for side in ("left", "right") for joint in ("shoulder", "elbow", "wrist", "hand"))
_PARTS = (
    ("a head only", _HEAD),
    ("a torso only", _TORSO),
    ("a torso only", _TRUNK),
    ("an upper body only", (*_TORSO, *_ARMS)),
    ("legs only", _LEGS),
)
# A part is meant where it fits so much better, each measured by its height.
_CLEARLY_BETTER = 0.6
_HEIGHT_M, _LEAST_CELL_M = 1.7, 0.012


def refuse_partial(sample: Float64Array, body: ShapedBody, name: str) -> None:
    """Refuse a cloud that is a part of a person.

    Args:
        sample: [S, 3] visible points, upright.
        body: the whole.
        name: of the avatar.

    Raises:
        InputError: ``fit-partial``, which says what it is.
    """
    whole = _misfit(sample, body, None)
    best, part = min((_misfit(sample, body, joints), part) for part, joints in _PARTS)
    if best < _CLEARLY_BETTER * whole:
        raise InputError(
            "fit-partial",
            name,
            found=f"{part}: it fits that part of the body to {best:.1%} of its height, the whole to {whole:.1%}",
            expected="a whole person, head to feet",
            fix="Capture or cut out the whole person.",
        )


def _misfit(sample: Float64Array, body: ShapedBody, joints: tuple[str, ...] | None) -> float:
    """Mean distance both ways of the best turn about the height, in shares of the height of what is fitted."""
    # As fine for a head as for a whole body, measured by its height.
    cell_m = CELL_M if joints is None else CELL_M * PersonSearch(body, sample, joints).height_m / _HEIGHT_M
    search = PersonSearch(body, sample, joints, max(cell_m, _LEAST_CELL_M))
    turns = [turned_about_height(np.array([1.0, 0, 0, 0]), float(yaw)) for yaw in np.deg2rad(np.arange(0, 360, 45))]
    rest = body.skeleton.rest_rotations_wxyz
    [(_, turn, start, pose), *_] = search.coarse(np.array(turns), [rest])
    return search.refined(turn, start, pose, poses=joints is None or len(joints) > len(_TORSO)).cost / search.height_m
