"""Packages that were fetched before, by digest."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ani3d_runtime.client.listing import AvatarListing
from ani3d_runtime.client.sync import Client

_HASH_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class CachedPackage:
    """A package on this machine.

    Attributes:
        path: where it lies.
        received_bytes: what had to come over the wire; 0 when it was here already.
    """

    path: Path
    received_bytes: int


def default_cache_folder() -> Path:
    """``$XDG_CACHE_HOME/ani3d/packages``, or the same below ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "ani3d" / "packages"


def cached_package(
    client: Client,
    avatar: AvatarListing,
    *,
    folder: Path | None = None,
    progress: Callable[[float], None] | None = None,
) -> CachedPackage:
    """The package of an avatar, from the cache where it is there whole, else from the server.

    Raises:
        Ani3dError: as :meth:`Client.download`.
    """
    path = (folder or default_cache_folder()) / f"{avatar.digest}.a3d"
    if path.is_file() and _digest(path) == avatar.digest:
        return CachedPackage(path, 0)
    report = client.download(avatar.avatar_id, path, progress=progress)
    return CachedPackage(report.path, report.received_bytes)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
