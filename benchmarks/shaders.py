# pyright: basic
"""Milliseconds of each GPU kernel by number of Gaussians, on whatever Vulkan device there is.

    python -m benchmarks.shaders [--device NAME] [--counts 62110,100000,1000000] [--avatars 50] [--runs 20] [--json]

Deformation, view, sort, draw and composite run as a client runs them: detail of two frames decoded, a pose, one camera,
a picture of 1280 × 720. Times are of the device's own clock, the median over the runs. Bytes are counted from the
layout of the buffers, not measured: each is read or written once, caches apart.

On a machine without compilers, prepare the kernels elsewhere: ``--save FOLDER`` writes them and ends;
``--kernels FOLDER`` takes them from there, and needs numpy and the Python package vulkan alone.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.shaders_load import CHANNELS, SLOTS, Load, made_up_load
from shaders.checks.compilers import DXC, GLSLANG, Source, compiled
from shaders.checks.eyes import Eye, Limits
from shaders.checks.toolchain import find_toolchain

if TYPE_CHECKING:
    from shaders.checks.gpu.device import Device

Code = Callable[[str, str, str], bytes]
DEFORMATION = tuple((f"{name}.hlsl", name, "compute") for name in ("DetailCosines", "DetailParents", "Deform"))
STEPS = ("DetailCosines", "DetailParents", "Deform", "View", "Sort", "DrawArguments", "Draw", "Composite")
TARGETS_MS = {100_000: 1.0, 1_000_000: 6.0}
_INSIDE = "ANI3D_SHADER_BENCHMARK"


def main() -> int:
    """Measure and print."""
    options = _options()
    tools = None if options.kernels else find_toolchain()
    if options.save:
        return _save(options.save, tools)
    if tools is not None and _INSIDE not in os.environ:
        # The Vulkan loader looks for its libraries as the process starts.
        environment = tools.environment("any" if options.device is None else options.device)
        command = [sys.executable, "-m", "benchmarks.shaders", *sys.argv[1:]]
        return subprocess.run(command, check=False, env=environment | {_INSIDE: "1"}).returncode
    try:
        from shaders.checks.gpu.device import ANY, Device
    except (ImportError, OSError) as error:
        print(f"no Vulkan: {error}. Install libvulkan1 and the Python package vulkan.", file=sys.stderr)
        return 1

    device = Device(options.device or ANY)
    code = _saved(options.kernels) if options.kernels else _compiled(tools)
    rows = []
    crowds = [(1, count) for count in options.counts]
    if options.avatars > 1:
        crowds.append((options.avatars, max(options.counts) // options.avatars))
    for avatars, count in crowds:
        loads = [_placed(number, avatars, count, options.degree) for number in range(avatars)]
        rows.append(_measured(device, code, loads, options))
        if not options.json:
            _print(rows[-1], device)
    if options.json:
        print(json.dumps({"device": device.name, "cpu": device.is_cpu, "machine": platform.platform(), "rows": rows}))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shaders", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--device", metavar="NAME", help="a part of its name; a GPU where there is one when left out")
    parser.add_argument("--counts", type=_numbers, default=[62_110, 100_000, 1_000_000], help="Gaussians of one avatar")
    parser.add_argument("--avatars", type=int, default=50, help="of the crowd, as large together as the largest count")
    parser.add_argument("--degree", type=int, default=0, choices=range(4), help="of the harmonics")
    parser.add_argument("--eyes", type=int, default=1, choices=(1, 2))
    parser.add_argument("--size", type=_size, default=(1280, 720), metavar="WxH", help="picture of one eye, px")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--save", type=Path, metavar="FOLDER", help="write the compiled kernels and end")
    parser.add_argument("--kernels", type=Path, metavar="FOLDER", help="where compiled kernels lie")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


def _all_kernels() -> Sequence[tuple[str, str, str]]:
    from shaders.checks.kernels import CHAIN

    return (*DEFORMATION, *CHAIN)


def _compiled(tools: Any) -> Code:
    compiler = DXC if tools.dxc is not None else GLSLANG
    return lambda file, entry, stage: compiled(Source(file, entry, stage), compiler, tools)


def _saved(folder: Path) -> Code:
    return lambda file, entry, stage: (folder / f"{entry}.spv").read_bytes()


def _save(folder: Path, tools: Any) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    code = _compiled(tools)
    for file, entry, stage in _all_kernels():
        (folder / f"{entry}.spv").write_bytes(code(file, entry, stage))
    print(f"{len(_all_kernels())} kernels in {folder}")
    return 0


def _placed(number: int, avatars: int, count: int, degree: int) -> Load:
    """Avatars stand in rows, 1.2 m apart."""
    side = int(np.ceil(np.sqrt(avatars)))
    row, column = divmod(number, side)
    return made_up_load(count, degree=degree, place_m=((column - (side - 1) / 2) * 1.2, -row * 1.2), seed=number)


def _measured(device: Device, code: Code, loads: list[Load], options: argparse.Namespace) -> dict[str, Any]:
    """Medians over the runs; the first two, in which the device wakes up, do not count."""
    from benchmarks.shaders_run import Run

    eyes = tuple(_eye(number, len(loads), options) for number in range(options.eyes))
    run = Run(device, code, loads, eyes, Limits(nearest_m=0.5, farthest_m=30.0))
    times = [run.once() for _ in range(options.runs + 2)][2:]
    count = sum(len(load.shown) for load in loads)
    row: dict[str, Any] = {"avatars": len(loads), "gaussians": count, "drawn": run.drawn}
    row["ms"] = {step: statistics.median(each.get(step, 0.0) for each in times) for step in STEPS}
    row["total_ms"] = statistics.median(sum(each.values()) for each in times)
    row["bytes"] = _bytes(loads, options)
    run.release()
    return row


def _eye(number: int, avatars: int, options: argparse.Namespace) -> Eye:
    """Before the avatars: one fills nine tenths of the picture's height, a crowd its width."""
    width, height = options.size
    side = int(np.ceil(np.sqrt(avatars)))
    focal = height * 1.2
    distance_m = max(focal * 1.9 / height, focal * 1.3 * side / width)
    to_camera = np.diag([1.0, -1, -1, 1])
    to_camera[:3, 3] = (0.032 * (1 - 2 * number), 0.85, distance_m)
    return Eye(to_camera, (focal, focal, width / 2, height / 2), options.size, (1.0, -0.1))


def _bytes(loads: list[Load], options: argparse.Namespace) -> dict[str, int]:
    """Bytes of buffers that each step reads and writes; of the picture, one write and one read a pixel alone."""
    count = sum(len(load.shown) for load in loads)
    tracks = sum(load.track_count for load in loads)
    pixels = options.size[0] * options.size[1] * options.eyes
    harmonics = (3 * ((options.degree + 1) ** 2 - 1) + 1) // 2 * 4
    parents = sum(len(load.parents) for load in loads)
    planes = CHANNELS * SLOTS
    return {
        "DetailCosines": sum(4 * len(group) for load in loads for group in load.groups) + planes * tracks * 12,
        "DetailParents": parents * planes * (32 + 4 * 12 + 24),
        "Deform": count * (64 + 48) + tracks * planes * 12,
        "View": count * (48 + harmonics + 8 + 32 * options.eyes),
        "Sort": count * 4 * (4 + 16),
        "DrawArguments": 0,
        "Draw": count * (4 + 32 * options.eyes),
        "Composite": pixels * 16,
    }


def _print(row: dict[str, Any], device: Device) -> None:
    print(f"{row['gaussians']:,} Gaussians, {row['avatars']} avatar(s), {row['drawn']:,} drawn: {device.name}", end="")
    print(" (a CPU: these are no figures of a GPU)" if device.is_cpu else "")
    for step in STEPS:
        ms, moved = row["ms"][step], row["bytes"][step]
        rate = f"{moved / 1e6 / ms:8.1f} GB/s" if ms > 0 and moved else ""
        print(f"  {step:14}{ms:10.3f} ms {moved / row['gaussians']:8.1f} bytes a Gaussian {rate}")
    target = TARGETS_MS.get(row["gaussians"])
    print(f"  {'all':14}{row['total_ms']:10.3f} ms" + (f", goal {target:g} ms" if target else ""))


if __name__ == "__main__":
    sys.exit(main())
