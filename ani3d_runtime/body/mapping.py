"""Which joint of a motion capture skeleton is which joint of the body.

The names in :mod:`ani3d_runtime.body.joint_names` are recognised, and the words of
:mod:`ani3d_runtime.body.joint_words`; a table ``{"their joint": "ours"}`` adds to them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ani3d_runtime.body.joint_names import REQUIRED, SMPLX_JOINT_NAMES, STYLES
from ani3d_runtime.body.joint_words import recognised_by_words
from ani3d_runtime.errors import MotionError

_MAX_MAPPING_BYTES = 1 << 20
_NAMESPACE = re.compile(r"^.*[:|]|^mixamorig\d*_?")


def guess_mapping(joint_names: Sequence[str], subject: str) -> tuple[dict[int, str], str]:
    """Recognise the names of a tool that is known, or what the words of the names say.

    Returns:
        Their joint index to our joint name, and what the naming is called.

    Raises:
        MotionError: ``retarget-unknown-joints``, listing the names.
    """
    mapping, style = _recognised(joint_names)
    missing = [ours for ours in REQUIRED if ours not in mapping.values()]
    if missing:
        raise MotionError(
            "retarget-unknown-joints",
            subject,
            found=f"joints {', '.join(joint_names[:40])}",
            expected=f"the names of a known tool ({', '.join(STYLES)} and others); nothing stands for "
            f"{', '.join(missing)}",
            fix='Write a JSON file {"their joint": "our joint"} for what is not recognised, and pass it with '
            f"--joint-mapping names.json. Our joints: {', '.join(SMPLX_JOINT_NAMES[:22])}.",
        )
    return mapping, style


def _recognised(joint_names: Sequence[str]) -> tuple[dict[int, str], str]:
    """As :func:`guess_mapping`, however little is recognised."""
    plain = [_NAMESPACE.sub("", name) for name in joint_names]
    found = {
        style: _first_of_each({index: table[name] for index, name in enumerate(plain) if name in table})
        for style, table in STYLES.items()
    }
    # Some share names but not the spine's; the style that explains most joints is the one meant.
    style = max(found, key=lambda name: len(found[name]))
    if set(REQUIRED) <= set(found[style].values()):
        return found[style], style
    by_words = recognised_by_words(joint_names)
    return (by_words, "a known tool's") if len(by_words) > len(found[style]) else (found[style], style)


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
    return checked_mapping(_read_table(Path(path)), joint_names, known, str(path))


def checked_mapping(
    table: Mapping[str, str], joint_names: Sequence[str], known: Sequence[str], subject: str
) -> dict[int, str]:
    """A mapping that someone wrote, and what is recognised besides, if it can be used.

    Args:
        table: their joint name to ours; it goes over what is recognised.
        joint_names: joints of the motion.
        known: joints of the body.
        subject: what errors name.

    Returns:
        Their joint index to our joint name.

    Raises:
        MotionError: ``mapping-unknown-joint``, ``mapping-incomplete``.
    """
    for theirs, ours in table.items():
        if theirs not in joint_names or ours not in known:
            side, names = ("motion", joint_names) if theirs not in joint_names else ("body", known)
            raise MotionError(
                "mapping-unknown-joint",
                subject,
                found=f"{theirs!r}: {ours!r}, which the {side} does not have",
                expected=f"joints of the {side}: {', '.join(names)}",
                fix="Correct the name; names are case-sensitive.",
            )
    recognised, _ = _recognised(joint_names)
    mapping = {
        index: ours
        for index, ours in recognised.items()
        if joint_names[index] not in table and ours not in table.values()
    } | {joint_names.index(theirs): ours for theirs, ours in table.items()}
    missing = [ours for ours in REQUIRED if ours in known and ours not in mapping.values()]
    twice = [ours for ours in set(table.values()) if list(table.values()).count(ours) > 1]
    if missing or twice:
        raise MotionError(
            "mapping-incomplete",
            subject,
            found=f"nothing for {', '.join(missing)}" if missing else f"several joints for {', '.join(sorted(twice))}",
            expected="one joint for each of the pelvis, hips, knees, ankles, shoulders and elbows",
            fix="Complete the mapping.",
        )
    return mapping


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
