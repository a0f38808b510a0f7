"""Which joint of a motion capture skeleton is which joint of the body.

CMU's, Mixamo's, plain anatomical and SMPL's names are known; others come from a JSON file ``{"their joint": "ours"}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ani3d_runtime.body.model import SMPL_JOINT_NAMES
from ani3d_runtime.errors import MotionError

_LEFT_LIMBS = {
    "LeftUpLeg": "left_hip",
    "LeftLeg": "left_knee",
    "LeftFoot": "left_ankle",
    "LeftToeBase": "left_foot",
    "LeftShoulder": "left_collar",
    "LeftArm": "left_shoulder",
    "LeftForeArm": "left_elbow",
    "LeftHand": "left_wrist",
}
_SHARED = {
    "Hips": "pelvis",
    "Neck": "neck",
    "Head": "head",
    **_LEFT_LIMBS,
    **{theirs.replace("Left", "Right"): ours.replace("left", "right") for theirs, ours in _LEFT_LIMBS.items()},
}
_MIXAMO_FINGERS = {
    f"{side}Hand{finger}{bone}": f"{side.lower()}_{finger.lower()}{bone}"
    for side in ("Left", "Right")
    for finger in ("Thumb", "Index", "Middle", "Ring", "Pinky")
    for bone in (1, 2, 3)
}
_LEFT_JOINTS = {
    "LeftHip": "left_hip",
    "LeftKnee": "left_knee",
    "LeftAnkle": "left_ankle",
    "LeftToes": "left_foot",
    "LeftToe": "left_foot",
    "LeftCollar": "left_collar",
    "LeftShoulder": "left_shoulder",
    "LeftElbow": "left_elbow",
    "LeftWrist": "left_wrist",
}
CMU = {**_SHARED, "LowerBack": "spine1", "Spine": "spine2", "Spine1": "spine3"}
MIXAMO = {**_SHARED, "Spine": "spine1", "Spine1": "spine2", "Spine2": "spine3", **_MIXAMO_FINGERS}
ANATOMICAL = {
    "Hips": "pelvis",
    "Ab": "spine1",
    "Chest": "spine2",
    "Chest2": "spine3",
    "Neck": "neck",
    "Head": "head",
    **_LEFT_JOINTS,
    **{theirs.replace("Left", "Right"): ours.replace("left", "right") for theirs, ours in _LEFT_JOINTS.items()},
}
SMPL = {name: name for name in SMPL_JOINT_NAMES}
_STYLES = {"CMU": CMU, "Mixamo": MIXAMO, "anatomical": ANATOMICAL, "SMPL": SMPL}
# Without these a body cannot be placed or walk.
REQUIRED = (
    "pelvis",
    *(f"{side}_{joint}" for side in ("left", "right") for joint in ("hip", "knee", "ankle", "shoulder", "elbow")),
)
_MAX_MAPPING_BYTES = 1 << 20
_NAMESPACE = re.compile(r"^.*[:|]|^mixamorig\d*_?")


def guess_mapping(joint_names: Sequence[str], subject: str) -> tuple[dict[int, str], str]:
    """Recognise CMU's, Mixamo's, plain anatomical (LeftKnee) or SMPL's names.

    Returns:
        Their joint index to our joint name, and what the naming is called.

    Raises:
        MotionError: ``bvh-unknown-joints``, listing the names.
    """
    plain = [_NAMESPACE.sub("", name) for name in joint_names]
    found = {
        style: _first_of_each({index: table[name] for index, name in enumerate(plain) if name in table})
        for style, table in _STYLES.items()
    }
    # CMU and Mixamo share names but not the spine's; the style that explains most joints is the one meant.
    style = max(found, key=lambda name: len(found[name]))
    mapping = found[style]
    missing = [ours for ours in REQUIRED if ours not in mapping.values()]
    if missing:
        raise MotionError(
            "bvh-unknown-joints",
            subject,
            found=f"joints {', '.join(joint_names[:40])}",
            expected=f"CMU's or Mixamo's names; nothing stands for {', '.join(missing)}",
            fix='Write a JSON file {"their joint": "our joint"} and pass it as the mapping.',
        )
    return mapping, style


def read_mapping(path: Path | str, joint_names: Sequence[str], known: Sequence[str]) -> dict[int, str]:
    """Read a mapping file: JSON, their joint name to ours.

    Args:
        path: the file.
        joint_names: joints of the motion.
        known: joints of the body.

    Returns:
        Their joint index to our joint name.

    Raises:
        MotionError: ``mapping-unreadable``, ``mapping-unknown-joint``, ``mapping-incomplete``.
    """
    table = _read_table(Path(path))
    for theirs, ours in table.items():
        if theirs not in joint_names or ours not in known:
            side, names = ("motion", joint_names) if theirs not in joint_names else ("body", known)
            raise MotionError(
                "mapping-unknown-joint",
                path,
                found=f"{theirs!r}: {ours!r}, which the {side} does not have",
                expected=f"joints of the {side}: {', '.join(names[:30])}",
                fix="Correct the name; names are case-sensitive.",
            )
    missing = [ours for ours in REQUIRED if ours in known and ours not in table.values()]
    twice = [ours for ours in set(table.values()) if list(table.values()).count(ours) > 1]
    if missing or twice:
        raise MotionError(
            "mapping-incomplete",
            path,
            found=f"nothing for {', '.join(missing)}" if missing else f"several joints for {', '.join(sorted(twice))}",
            expected="one joint for each of the pelvis, hips, knees, ankles, shoulders and elbows",
            fix="Complete the mapping.",
        )
    return {joint_names.index(theirs): ours for theirs, ours in table.items()}


def _read_table(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8") if path.stat().st_size <= _MAX_MAPPING_BYTES else ""
        table: Any = json.loads(text)
    except (OSError, ValueError) as exc:
        raise _unreadable(path, str(exc)) from None
    if not isinstance(table, dict):
        raise _unreadable(path, type(table).__name__)
    pairs: dict[Any, Any] = table
    if not all(isinstance(theirs, str) and isinstance(ours, str) for theirs, ours in pairs.items()):
        raise _unreadable(path, "values that are not names")
    return pairs


def _unreadable(path: Path, found: str) -> MotionError:
    return MotionError(
        "mapping-unreadable",
        path,
        found=found,
        expected='a JSON object {"their joint": "our joint"}',
        fix="Write the mapping as one JSON object of names.",
    )


def _first_of_each(mapping: dict[int, str]) -> dict[int, str]:
    """Only the first joint of each name: CMU files repeat hands as end joints."""
    first: dict[str, int] = {}
    for index, ours in mapping.items():
        first.setdefault(ours, index)
    return {index: ours for ours, index in first.items()}
