"""Where what can be made or fetched again is kept."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder(name: str) -> Path:
    """The folder ``name`` of ``$ANI3D_CACHE_DIR``, else ``$XDG_CACHE_HOME/ani3d``, else ``~/.cache/ani3d``.

    It need not exist, and may be deleted at any time.
    """
    chosen = os.environ.get("ANI3D_CACHE_DIR")
    if chosen:
        return Path(chosen) / name
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "ani3d" / name
