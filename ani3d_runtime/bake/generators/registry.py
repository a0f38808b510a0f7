"""Generators by name, found through the entry-point groups ``ani3d.avatars`` and ``ani3d.residuals``."""

from __future__ import annotations

import difflib
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

from ani3d_runtime.bake.generators.generator import AvatarGenerator, Generator, ResidualGenerator
from ani3d_runtime.errors import NotFoundError, ResourceError

AVATARS, RESIDUALS = "ani3d.avatars", "ani3d.residuals"

_T = TypeVar("_T", bound=Generator)


def generator_names(group: str) -> list[str]:
    """Names of what is installed in a group, sorted, without importing any of it."""
    return sorted(_entries(group))


def avatar_generator(name: str) -> AvatarGenerator:
    """What makes avatars from pictures.

    Raises:
        NotFoundError: ``generator-unknown``. ResourceError: ``generator-broken``.
    """
    return _loaded(name, AVATARS, AvatarGenerator)  # pyright: ignore[reportAbstractUsage]


def residual_generator(name: str) -> ResidualGenerator:
    """What makes residual layers.

    Raises:
        NotFoundError: ``generator-unknown``. ResourceError: ``generator-broken``.
    """
    return _loaded(name, RESIDUALS, ResidualGenerator)  # pyright: ignore[reportAbstractUsage]


def _entries(group: str) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=group)}


def _loaded(name: str, group: str, kind: type[_T]) -> _T:
    entries = _entries(group)
    if name not in entries:
        similar = difflib.get_close_matches(name, entries, n=1)
        raise NotFoundError(
            "generator-unknown",
            name,
            found=f"no plugin of that name in the group {group}",
            expected=f"one of {', '.join(sorted(entries))}" if entries else "a plugin; none is installed",
            fix=f"Did you mean {similar[0]!r}?" if similar else "Install the plugin; docs/generators.md shows one.",
        )
    entry = entries[name]
    try:
        generator = entry.load()()
    except (ImportError, AttributeError, TypeError) as error:
        raise ResourceError(
            "generator-broken",
            entry.value,
            found=f"{type(error).__name__}: {error}",
            expected=f"an importable subclass of {kind.__name__}",
            fix="Reinstall or update the plugin.",
        ) from error
    if not isinstance(generator, kind):
        raise ResourceError(
            "generator-broken",
            entry.value,
            found=f"a {type(generator).__name__}",
            expected=f"a subclass of ani3d_runtime.bake.generators.generator.{kind.__name__}",
            fix="Update the plugin; docs/generators.md shows the interface.",
        )
    return generator
