"""Files that hold several takes, of which a bake reads one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ani3d_runtime.errors import MotionError


def doubt_about_takes(path: Path, takes: Sequence[str], taken: str) -> MotionError:
    """``motion-takes``: the doubt about which take is meant."""
    names = ", ".join(repr(name) for name in takes[:8])
    return MotionError(
        "motion-takes",
        path,
        found=f"{len(takes)} takes: {names}{' …' if len(takes) > 8 else ''}; {taken!r} is read",
        expected="one take in a file",
        fix="Export the take that is meant into a file of its own.",
    )
