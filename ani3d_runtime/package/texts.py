"""The texts that a package may hold, the same on every machine whatever its version of Unicode."""

from __future__ import annotations

import re

from ani3d_runtime.spec.format import MANIFEST_MAX_TEXT_CHARS

# Controls, marks and embeddings that change the direction of writing, line and paragraph separators, the byte order
# mark, surrogates and noncharacters. Joiners stay: emoji and Persian need them.
_RANGES = (
    (0x00, 0x1F),
    (0x7F, 0x9F),
    (0x200E, 0x200F),
    (0x2028, 0x202E),
    (0x2066, 0x2069),
    (0xD800, 0xDFFF),
    (0xFDD0, 0xFDEF),
    (0xFEFF, 0xFEFF),
    *((plane + 0xFFFE, plane + 0xFFFF) for plane in range(0, 0x110000, 0x10000)),
)
_REFUSED = re.compile("[" + "".join(f"{chr(low)}-{chr(high)}" for low, high in _RANGES) + "]")


def is_text(value: object, max_chars: int = MANIFEST_MAX_TEXT_CHARS) -> bool:
    """True for a string of at most ``max_chars`` code points that a package may hold."""
    return isinstance(value, str) and len(value) <= max_chars and _REFUSED.search(value) is None


def manifest_text(text: str) -> str:
    """The text as a manifest can hold it: refused characters are replaced, and too long a text is cut."""
    held = _REFUSED.sub("\N{REPLACEMENT CHARACTER}", text)
    return held if len(held) <= MANIFEST_MAX_TEXT_CHARS else held[: MANIFEST_MAX_TEXT_CHARS - 1] + "…"
