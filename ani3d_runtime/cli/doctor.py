"""``ani3d doctor``: check this machine and installation."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from rich.text import Text

from ani3d_runtime import __version__
from ani3d_runtime.bake.device import DeviceChoice, resolved_device
from ani3d_runtime.cli.console import ConsoleArgument, table
from ani3d_runtime.cli.prior_report import report_prior
from ani3d_runtime.errors import UsageError

Verdict: TypeAlias = Literal["ok", "note", "fail"]
MIN_FREE_BYTES = 2 * 10**9
COLOURS = {"ok": "green", "note": "yellow", "fail": "red"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: what was looked at.
        verdict: ok; note (works, something is missing that some commands need); fail (ani3d cannot work).
        found: what is there.
        fix: what to do; empty where nothing is wrong.
    """

    name: str
    verdict: Verdict
    found: str
    fix: str = ""


def doctor(*, prior: str | None = None, device: DeviceChoice | None = None, console: ConsoleArgument) -> int:
    """Check this machine and installation, and say what to do about what is missing.

    Args:
        prior: look at this generative prior instead: builtin, or a folder with weights, as `ani3d bake --prior` takes
            it. Says what it holds, what is missing, and how much memory and time it will take; reads no weights.
        device: where the prior is to run; auto, the default, takes CUDA where there is one.
    """
    if prior is not None:
        return report_prior(prior, resolved_device(device or "auto"), console)
    if device is not None:
        raise UsageError(
            "doctor-idle-device",
            "--device",
            found=f"{device}, and no prior",
            expected="--prior beside it",
            fix="Leave it out, or pass --prior FOLDER.",
        )
    checks: tuple[Callable[[], Finding], ...] = (
        _version,
        _python,
        _cores,
        _memory,
        _disk,
        _baking,
        _cuda,
        _video,
        _smplx,
        _round_trip,
    )
    findings: list[Finding] = []
    with console.progress("checking") as progress:
        for done, check in enumerate(checks):
            findings.append(check())
            progress((done + 1) / len(checks))
    rows = table("check", "", "found", "what to do")
    for finding in findings:
        mark = Text(finding.verdict, style=COLOURS[finding.verdict])
        rows.add_row(finding.name, mark, finding.found, finding.fix)
    failed = any(finding.verdict == "fail" for finding in findings)
    console.result({"ok": not failed, "checks": [asdict(finding) for finding in findings]}, rows)
    return 1 if failed else 0


def _version() -> Finding:
    return Finding("ani3d", "ok", __version__)


def _python() -> Finding:
    good = (3, 10) <= sys.version_info[:2] <= (3, 14)
    fix = "" if good else "Use Python 3.10 to 3.14."
    return Finding("python", "ok" if good else "fail", platform.python_version(), fix)


def _cores() -> Finding:
    from ani3d_runtime.parallel import thread_count

    threads = thread_count()
    fix = "" if threads > 1 else "NUMBA_NUM_THREADS may be set to 1; playback of large avatars wants two or more."
    return Finding("cores", "ok" if threads > 1 else "note", f"{os.cpu_count()} cores, {threads} kernel threads", fix)


def _memory() -> Finding:
    if not hasattr(os, "sysconf"):
        return Finding("memory", "ok", "not read on this system")
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    fix = "" if total > 4 else "Baking long clips needs about 4 GB."
    return Finding("memory", "ok" if total > 4 else "note", f"{total:.0f} GB", fix)


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free
    enough = free > MIN_FREE_BYTES
    return Finding("disk here", "ok" if enough else "note", f"{free / 1e9:.0f} GB free", "" if enough else "Free 2 GB.")


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _baking() -> Finding:
    missing = [module for module in ("scipy", "torch") if not _installed(module)]
    if missing:
        return Finding("baking", "note", f"{', '.join(missing)} missing", "pip install 'ani3d-runtime[bake]'")
    return Finding("baking", "ok", "scipy and torch are there")


def _cuda() -> Finding:
    if not _installed("torch"):
        return Finding("CUDA", "note", "not looked for without torch", "The CPU path needs none.")
    import torch

    if torch.cuda.is_available():
        return Finding("CUDA", "ok", torch.cuda.get_device_name(0))
    return Finding("CUDA", "ok", "none; the CPU path is used")


def _video() -> Finding:
    if _installed("imageio_ffmpeg"):
        return Finding("mp4", "ok", "imageio-ffmpeg")
    return Finding("mp4", "note", "imageio-ffmpeg missing", "pip install 'ani3d-runtime[video]', or write .webp")


def _smplx() -> Finding:
    found = "installed" if _installed("smplx") else "not installed; SMPL files are read without it"
    return Finding("smplx", "ok", found)


def _round_trip() -> Finding:
    """Write, read and pose a small package: the whole runtime path on this machine."""
    from ani3d_runtime.package.reader import Package
    from ani3d_runtime.package.writer import ClipSource, write_package
    from ani3d_runtime.playback.player import ClipPlayer
    from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion

    started = time.perf_counter()
    avatar = synthetic_avatar(gaussian_count=500, seed=0)
    motion = synthetic_motion(avatar.skeleton, frame_count=4, seed=0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "doctor.a3d"
        write_package(path, avatar, [ClipSource("doctor", motion, None)])
        with Package.open(path) as package:
            player = ClipPlayer(package, "doctor")
            posed = player.pose(player.frame(2))
    seconds = time.perf_counter() - started
    if posed.cloud.count != avatar.count:
        return Finding("round trip", "fail", f"{posed.cloud.count} Gaussians came back", "Reinstall ani3d-runtime.")
    return Finding("round trip", "ok", f"wrote, read and posed a package in {seconds:.1f} s")
