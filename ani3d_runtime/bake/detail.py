"""DetailName: how finely a built-in character is sampled. Apart, so that naming it loads no character."""

from __future__ import annotations

from typing import Literal, TypeAlias

DetailName: TypeAlias = Literal["low", "medium", "high"]
