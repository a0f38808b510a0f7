"""Results of generators, kept: they may have taken minutes of a GPU."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ani3d_runtime.cache import cache_folder
from ani3d_runtime.errors import ResourceError

_FACTS = "result.json"
_ABANDONED_AFTER_S = 24 * 3600


def kept_result(key: str, make: Callable[[Path], dict[str, str | None]]) -> tuple[Path, dict[str, str | None]]:
    """The folder of a result and what is to be known of it: kept, or made now.

    Args:
        key: of everything that decides the result.
        make: makes it in a folder, which is empty, and says what is to be known of it.

    Raises:
        ResourceError: ``cache-unwritable``. Ani3dError: as ``make``.
    """
    results = cache_folder("generated").absolute()
    folder = results / key
    facts = _facts_of(folder)
    if facts is not None:
        return folder, facts
    try:
        results.mkdir(parents=True, exist_ok=True)
        _sweep(results)
        shutil.rmtree(folder, ignore_errors=True)  # damaged
        made = Path(tempfile.mkdtemp(prefix=f".{key}.", dir=results))
    except OSError as error:
        raise ResourceError(
            "cache-unwritable",
            results,
            found=str(error.strerror or error),
            expected="a folder that may be written",
            fix="Set ANI3D_CACHE_DIR to one.",
        ) from None
    try:
        facts = make(made)
        (made / _FACTS).write_text(json.dumps(facts), encoding="utf-8")
        # Another process may have made it meanwhile: its result is as good.
        with contextlib.suppress(OSError):
            os.rename(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder, facts


def file_inside(path: Path, folder: Path, name: str) -> str:
    """A file that a generator names of its result, relative to the folder that it was given.

    Raises:
        ResourceError: ``generator-result``.
    """
    place = (folder / path).resolve()
    if not place.is_relative_to(folder.resolve()) or not place.is_file():
        raise ResourceError(
            "generator-result",
            name,
            found=f"{path}, which is no file in the folder that it was given",
            expected="every file that it names, in that folder",
            fix="Update the plugin; docs/generators.md shows the interface.",
        )
    return str(place.relative_to(folder.resolve()))


def _facts_of(folder: Path) -> dict[str, str | None] | None:
    """None where there is nothing, or nothing whole."""
    try:
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    named = [value for name, value in facts.items() if name.startswith("file_") and value is not None]
    return facts if all((folder / value).is_file() for value in named) else None


def _sweep(results: Path) -> None:
    """Remove what was left where a process was killed."""
    for folder in results.glob(".*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > _ABANDONED_AFTER_S:
                shutil.rmtree(folder, ignore_errors=True)
