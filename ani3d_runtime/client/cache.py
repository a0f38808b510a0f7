"""Packages that were fetched before, by digest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ani3d_runtime.cache import cache_folder
from ani3d_runtime.client.blocking.client import Client
from ani3d_runtime.client.protocol.listing import AvatarListing
from ani3d_runtime.errors import FuturePackageError, PackageError
from ani3d_runtime.package.reader import Package


@dataclass(frozen=True)
class CachedPackage:
    """A package on this machine.

    Attributes:
        path: where it lies.
        received_bytes: what had to come over the wire; 0 when it was here already.
    """

    path: Path
    received_bytes: int


def cached_package(
    client: Client,
    avatar: AvatarListing,
    *,
    folder: Path | None = None,
    progress: Callable[[float], None] | None = None,
) -> CachedPackage:
    """The package of an avatar: from the cache if it is whole there, else from the server.

    Args:
        client: connected to the server that offers it.
        avatar: as listed.
        folder: the cache; by default ``packages`` in the folder that :mod:`ani3d_runtime.cache` names.
        progress: takes the fraction that has arrived, 0..1.

    Raises:
        BrokenPackageError, NotAPackageError: the server's package is damaged; the copy is removed.
        FuturePackageError: this version of ani3d cannot read it.
        Ani3dError: as :meth:`Client.download`.
    """
    path = (folder or cache_folder("packages")) / f"{avatar.digest}.a3d"
    received_bytes = 0
    if not _is_whole(path, avatar.digest):
        received_bytes = client.download(avatar.avatar_id, path, progress=progress).received_bytes
    _check(path, avatar.avatar_id)
    return CachedPackage(path, received_bytes)


def _check(path: Path, avatar_id: str) -> None:
    """Refuse a package that cannot be read, by the name that the user knows it under, and forget a damaged one."""
    try:
        with Package.open(path) as package:
            package.check_content()
    except PackageError as error:
        fix = error.fix
        if not isinstance(error, FuturePackageError):
            # The bytes are those that the server has: fetching them again would not help.
            path.unlink(missing_ok=True)
            fix = "Bake the avatar again on the server; the damaged copy here was removed."
        subject = error.subject.replace(str(path), f"avatar {avatar_id}")
        raise type(error)(error.code, subject, found=error.found, expected=error.expected, fix=fix) from error


def _is_whole(path: Path, digest: str) -> bool:
    if not path.is_file():
        return False
    try:
        with Package.open(path) as package:
            package.check_content()
            return package.digest == digest
    except PackageError:
        return False
