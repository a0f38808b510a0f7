"""Generators by name, found through the entry-point groups ``ani3d.avatars`` and ``ani3d.residuals``."""

from __future__ import annotations

import difflib
from typing import TypeVar

from ani3d_runtime.bake.generators.generator import AvatarGenerator, Generator, ResidualGenerator
from ani3d_runtime.errors import NotFoundError
from ani3d_runtime.plugins import Plugins

AVATARS = Plugins("ani3d.avatars", AvatarGenerator)  # pyright: ignore[reportAbstractUsage]
RESIDUALS = Plugins("ani3d.residuals", ResidualGenerator)  # pyright: ignore[reportAbstractUsage]

_T = TypeVar("_T", bound=Generator)


def avatar_generator(name: str) -> AvatarGenerator:
    """What makes avatars from pictures.

    Raises:
        NotFoundError: ``generator-unknown``. ResourceError: ``plugin-broken``.
    """
    return _named(name, AVATARS)


def residual_generator(name: str) -> ResidualGenerator:
    """What makes residual layers.

    Raises:
        NotFoundError: ``generator-unknown``. ResourceError: ``plugin-broken``.
    """
    return _named(name, RESIDUALS)


def _named(name: str, plugins: Plugins[_T]) -> _T:
    names = plugins.names()
    if name not in names:
        similar = difflib.get_close_matches(name, names, n=1)
        raise NotFoundError(
            "generator-unknown",
            name,
            found=f"no plugin of that name in the group {plugins.group}",
            expected=f"one of {', '.join(names)}" if names else "a plugin; none is installed",
            fix=f"Did you mean {similar[0]!r}?" if similar else "Install the plugin; docs/generators.md shows one.",
        )
    return plugins.load(name)
