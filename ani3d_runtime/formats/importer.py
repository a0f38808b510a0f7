"""Importer: one file format that is read, found through the ``ani3d.importers`` entry-point group."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Literal

from ani3d_runtime.formats.splat_file import SplatFile

Kind = Literal["avatar", "motion"]


class Importer(ABC):
    """Base of all importers; subclasses take no constructor arguments, and import what is heavy when they read.

    Attributes:
        kind: what its files become.
        description: what is read, for the list of formats.
        suffixes: of its files, in lower case, such as ``.spz``.
    """

    kind: ClassVar[Kind]
    description: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]

    def recognises(self, head: bytes) -> bool:
        """Whether a file that begins with these bytes, 64 at most, is certainly of this format."""
        return False


class AvatarImporter(Importer):
    """Reads Gaussians."""

    kind = "avatar"

    @abstractmethod
    def read(self, path: Path, *, drop_nan: bool = False) -> SplatFile:
        """Read a file.

        Args:
            path: the file.
            drop_nan: leave Gaussians with NaN out instead of refusing the file, where its format can hold any.

        Raises:
            InputError: the file cannot be used.
        """
