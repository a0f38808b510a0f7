"""Plugins: classes that installed distributions offer through a group of entry points."""

from __future__ import annotations

import sys
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from ani3d_runtime.errors import ResourceError

Kind = TypeVar("Kind")


class Plugins(Generic[Kind]):
    """The plugins of one entry-point group, each an instance of one class, made when it is asked for.

    Args:
        group: entry-point group, such as ``ani3d.importers``.
        kind: class, or protocol that can be checked at run time, that a plugin's instance must be of.
    """

    def __init__(self, group: str, kind: type[Kind]) -> None:
        self.group = group
        self._kind = kind

    def names(self) -> list[str]:
        """Names of what is installed, sorted, without importing any of it."""
        return list(_installed(self.group))

    def objects(self) -> dict[str, str]:
        """Names, sorted, and the objects that they stand for (``module:Class``), without importing any of them."""
        return {name: entry.value for name, entry in _installed(self.group).items()}

    def load(self, name: str) -> Kind:
        """A new instance of the plugin ``name``, one of :meth:`names`.

        Raises:
            ResourceError: ``plugin-broken``, when it cannot be imported or is of another class.
        """
        entry = _installed(self.group)[name]
        try:
            plugin = entry.load()()
        except (ImportError, AttributeError, TypeError) as error:
            raise self._broken(entry, f"{type(error).__name__}: {error}") from error
        if not isinstance(plugin, self._kind):
            raise self._broken(entry, f"a {type(plugin).__name__}")
        return plugin

    def _broken(self, entry: EntryPoint, found: str) -> ResourceError:
        return ResourceError(
            "plugin-broken",
            entry.value,
            found=found,
            expected=f"an importable {self._kind.__module__}.{self._kind.__qualname__}, as {self.group} asks for",
            fix=f"Reinstall or update {entry.dist.name if entry.dist else 'the plugin'} and what it needs.",
        )


def _installed(group: str) -> dict[str, EntryPoint]:
    """Entry points of a group, by name, sorted."""
    return _found(group, tuple(sys.path))


@cache
def _found(group: str, _folders: tuple[str, ...]) -> dict[str, EntryPoint]:
    # To look through all distributions takes longer than to read a small file: once for each import path.
    return {entry.name: entry for entry in sorted(entry_points(group=group), key=lambda entry: entry.name)}
