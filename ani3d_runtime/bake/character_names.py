"""Names of built-in characters, and how finely they are sampled. Apart, so that a choice of one loads no character."""

from __future__ import annotations

from typing import Literal, TypeAlias

CharacterName: TypeAlias = Literal["dancer", "runner", "longhair"]
DetailName: TypeAlias = Literal["low", "medium", "high"]
