"""UnitStore: results of units of work on disk, each whole or not there, so that nothing is done twice."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.cache import cache_folder
from ani3d_runtime.errors import InputError
from ani3d_runtime.npz import NpzArchive
from ani3d_runtime.replacing import replacing_file

Arrays: TypeAlias = Mapping[str, NDArray[Any]]


class UnitStore:
    """Arrays by stage and key, under ``cache_folder("restoration")``.

    What is returned is always what was read back from disk, so that a run that found a result and the run that made it
    go on from the same bytes.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = cache_folder("restoration") if folder is None else folder

    def get_or_make(self, stage: str, key: str, make: Callable[[], Arrays]) -> dict[str, NDArray[Any]]:
        """The stored arrays, or those that ``make`` returns, which are stored first.

        Raises:
            ResourceError: ``disk-full``, ``output-unwritable``.
        """
        stored = self.get(stage, key)
        if stored is not None:
            return stored
        path = self.path(stage, key)
        arrays = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing_file(path) as file:
            np.savez(file, **dict(arrays))  # pyright: ignore[reportArgumentType]
        made = self.get(stage, key)
        assert made is not None
        return made

    def get(self, stage: str, key: str) -> dict[str, NDArray[Any]] | None:
        """The stored arrays, checksums compared; None where there are none or they are damaged."""
        path = self.path(stage, key)
        if not path.is_file():
            return None
        try:
            archive = NpzArchive(path)
            # Copies, for what is read lies in memory that may not be written, which compiled code tells apart.
            return {name: np.array(archive.array(name)) for name in archive.names}
        except InputError:
            # Damaged: it is made again, and replaced.
            return None

    def has(self, stage: str, key: str) -> bool:
        """Whether a result is there, without reading it."""
        return self.path(stage, key).is_file()

    def path(self, stage: str, key: str) -> Path:
        """Where a unit is, or would be."""
        return self.folder / stage / f"{key}.npz"

    def scratch(self, stage: str, key: str) -> Path:
        """Where a unit that is being worked on may keep its checkpoint, in a folder that is there."""
        path = self.folder / stage / f"{key}.checkpoint"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def discard(self, path: Path) -> None:
        """Forget a checkpoint."""
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
