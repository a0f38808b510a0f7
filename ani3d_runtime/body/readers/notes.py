"""Say: how a reader tells what it decided on the user's behalf, and what it doubts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ani3d_runtime.errors import Ani3dError

Remark: TypeAlias = str | Ani3dError
"""A sentence is a routine note. An error that nobody raises is a doubt: the result is likely not what was meant."""

Say: TypeAlias = Callable[[Remark], None]


def silent(remark: Remark) -> None:
    """Say nothing."""
