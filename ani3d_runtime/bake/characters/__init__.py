"""Built-in characters: a dancer, a runner and one with long hair."""

from __future__ import annotations

from ani3d_runtime.bake.characters.build import DETAIL_COUNTS, build_character
from ani3d_runtime.bake.characters.character import Character
from ani3d_runtime.bake.characters.style import CHARACTER_NAMES

__all__ = ["CHARACTER_NAMES", "DETAIL_COUNTS", "Character", "build_character"]
