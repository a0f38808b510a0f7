"""Mono's 4.5 assemblies, which are Unity's profile, and a Mono to run on.

The Debian packages are downloaded and unpacked into the build folder: no root is needed, and nothing is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from scripts.downloads.debian import archive_version, download_packages, unpack_package
from scripts.downloads.programs import ToolchainError
from toolchain.paths import BUILD, DOWNLOADS

PACKAGES = (
    "mono-runtime-sgen",
    "mono-runtime-common",
    "libmono-corlib4.5-dll",
    "libmono-corlib4.5-cil",
    "libmono-i18n4.0-cil",
    "libmono-security4.0-cil",
    "libmono-system4.0-cil",
    "libmono-system-configuration4.0-cil",
    "libmono-system-core4.0-cil",
    "libmono-system-net-http4.0-cil",
    "libmono-system-numerics4.0-cil",
    "libmono-system-xml4.0-cil",
)
# Has netstandard.dll among its facades, which NUnit refers to; the rest of its 148 dependencies is not needed.
FACADES = "mono-devel"
_VERSION = "6.8"


@dataclass(frozen=True)
class Mono:
    """A Mono that lies in the build folder.

    Attributes:
        root: of the unpacked packages.
        version: of Debian's packages.
    """

    root: Path
    version: str

    @property
    def host(self) -> Path:
        """The executable."""
        return self.root / "usr" / "bin" / "mono-sgen"

    @property
    def references(self) -> list[Path]:
        """What assemblies of Unity's profile refer to."""
        folder = self.root / "usr" / "lib" / "mono" / "4.5"
        return [folder / f"{name}.dll" for name in ("mscorlib", "System", "System.Core", "System.Net.Http")]

    @property
    def facades(self) -> list[Path]:
        """What NUnit refers to besides."""
        return [self.root / "usr" / "lib" / "mono" / "4.5" / "Facades" / "netstandard.dll"]

    @property
    def environment(self) -> dict[str, str]:
        """The environment that leads it to its own native library."""
        usr = self.root / "usr" / "lib"
        return {**os.environ, "MONO_CONFIG": str(self.root / "etc" / "mono" / "config"), "LD_LIBRARY_PATH": str(usr)}

    def is_whole(self) -> bool:
        """Whether everything that programs refer to is there: an earlier version of this script asked for less."""
        return all(path.is_file() for path in (*self.references, *self.facades))

    def runs(self) -> bool:
        """Whether it starts on this machine."""
        command = [str(self.host), "--version"]
        return subprocess.run(command, capture_output=True, check=False, env=self.environment).returncode == 0


def find_mono() -> Mono | str:
    """Mono, or why there is none."""
    root = BUILD / "mono"
    stamp = root / "version.txt"
    if stamp.is_file():
        mono = Mono(root, stamp.read_text(encoding="utf-8"))
        if mono.is_whole():
            return mono
        shutil.rmtree(root)
    try:
        archives = download_packages([*PACKAGES, FACADES], DOWNLOADS / "mono")
        for name, archive in archives.items():
            unpack_package(archive, root / name)
    except ToolchainError as error:
        return str(error)
    return _united(root, stamp, archive_version(archives[PACKAGES[0]]))


def _united(root: Path, stamp: Path, version: str) -> Mono | str:
    """One tree of all packages; of mono-devel the facades only."""
    for name in PACKAGES:
        shutil.copytree(root / name, root, symlinks=True, dirs_exist_ok=True)
        shutil.rmtree(root / name)
    facades = Path("usr") / "lib" / "mono" / "4.5" / "Facades"
    shutil.copytree(root / FACADES / facades, root / facades, symlinks=True, dirs_exist_ok=True)
    shutil.rmtree(root / FACADES)
    if not version.startswith(_VERSION):
        return f"apt has Mono {version}; the client is checked against {_VERSION}"
    mono = Mono(root, version)
    if not mono.runs() or not mono.is_whole():
        return f"Mono {version} does not start from {root}"
    stamp.write_text(version, encoding="utf-8")
    return mono
