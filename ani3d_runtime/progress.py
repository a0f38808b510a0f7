"""How long work tells the fraction of it that is done, 0..1."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

ProgressCallback: TypeAlias = Callable[[float], None]
