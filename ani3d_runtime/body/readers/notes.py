"""Say: how a reader tells what it decided on the user's behalf."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Say: TypeAlias = Callable[[str], None]


def silent(note: str) -> None:
    """Say nothing."""
