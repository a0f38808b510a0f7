"""Debian packages, downloaded and unpacked into a folder: no root is needed, and nothing is installed.

apt checks each package against the signed index of its distribution. Packages of which we know a version are held to
its digest besides.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from scripts.downloads.programs import ToolchainError, checked_file, first_file, run_program


def download_packages(names: Iterable[str], folder: Path, digests: Mapping[str, str] | None = None) -> dict[str, Path]:
    """The archives of some packages, by name, in ``folder``; those that are not there are downloaded.

    Args:
        names: of the packages.
        folder: where they lie.
        digests: SHA-256 of archives, by the name of the file; of others apt alone knows what they hold.

    Raises:
        ToolchainError: this system has no apt, or a package cannot be had, or is another one.
    """
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise ToolchainError("this system has no apt-get and dpkg-deb to take Debian packages from.")
    wanted = list(names)
    missing = [name for name in wanted if first_file(folder, f"{name}_*.deb") is None]
    if missing:
        try:
            run_program(["apt-get", "download", *missing], folder)
        except ToolchainError:
            # A machine that never updated its lists; these are lists of our own, for which no root is needed.
            lists = folder / "lists"
            (lists / "partial").mkdir(parents=True, exist_ok=True)
            own = ["-o", f"Dir::State::lists={lists}", "-o", f"Dir::Cache={folder / 'cache'}"]
            (folder / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
            run_program(["apt-get", *own, "update"], folder)
            run_program(["apt-get", *own, "download", *missing], folder)
    found: dict[str, Path] = {}
    for name in wanted:
        archive = first_file(folder, f"{name}_*.deb")
        if archive is None:
            raise ToolchainError(f"{name} was downloaded under another name than expected; look into {folder}.")
        digest = (digests or {}).get(archive.name)
        found[name] = checked_file(archive, name, digest, folder) if digest else archive
    return found


def unpack_package(archive: Path, folder: Path) -> None:
    """Unpack one archive into ``folder``.

    Raises:
        ToolchainError: it is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    run_program(["dpkg-deb", "--extract", str(archive), str(folder)])


def archive_version(archive: Path) -> str:
    """The version in an archive's name."""
    return archive.name.split("_")[1].replace("%3a", ":")


def needed_packages(archive: Path) -> list[str]:
    """Names of the packages that an archive depends on and that are not installed.

    Raises:
        ToolchainError: it is damaged.
    """
    alternatives = [
        [re.split(r"[ :(]", name.strip(), maxsplit=1)[0] for name in group.split("|")]
        for group in run_program(["dpkg-deb", "--field", str(archive), "Depends"]).split(",")
        if group.strip()
    ]
    return [names[0] for names in alternatives if not any(map(_is_installed, names))]


def _is_installed(name: str) -> bool:
    try:
        return "installed" in run_program(["dpkg-query", "--show", "--showformat", "${db:Status-Status}", name])
    except ToolchainError:
        return False
