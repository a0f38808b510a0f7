"""How large an animation of nodes may be: about a gigabyte while it is taken apart."""

from __future__ import annotations

MOST_NODES = 4096
MOST_VALUES = 8_000_000
"""Frames times nodes."""
