"""Where the kernels lie, and where what is downloaded and compiled goes."""

from __future__ import annotations

from pathlib import Path

from ani3d_runtime.cache import cache_folder

SHADERS = Path(__file__).resolve().parents[1]
ROOT = SHADERS.parent
TOOLS = cache_folder("shader-tools")
DOWNLOADS = TOOLS / "downloads"
COMPILED = TOOLS / "compiled"
