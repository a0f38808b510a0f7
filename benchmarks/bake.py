"""Frames per second of coding a residual layer, kilobytes per frame, and milliseconds to decode a group.

    python -m benchmarks.bake [--json] [--count 50000] [--frames 300] [--runs 3] [--max-error-mm 1.0]

The residual layer is given (a skirt of 24 % of the Gaussians, hair of 14 %, rotations included; see
ani3d_runtime/testing/sequences.py); canonical splats, fit, all groups and their coding are timed, compilation is not.
Wall time is the median over the runs; CPU time is of the whole process and shows what was used where the machine is
not quiet. KB are 1000 bytes.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from dataclasses import asdict, dataclass, replace

from rich.console import Console
from rich.table import Table

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.codec.encoder.bounds import PartBounds
from ani3d_runtime.codec.encoder.residual_encoder import FRAMES_PER_GROUP, ResidualEncoder
from ani3d_runtime.codec.encoder.storage_order import storage_order
from ani3d_runtime.codec.sections.group import decode_group
from ani3d_runtime.codec.sections.splats import decode_canonical, encode_canonical
from ani3d_runtime.package.error_report import measure_error
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.testing.sequences import dancing_sequence
from benchmarks.playback import processor

TARGET_FPS = 60.0
TARGET_GROUP_MS = 60.0


@dataclass(frozen=True)
class Result:
    """One sequence, coded and measured."""

    gaussians: int
    moving: int
    frames: int
    fit_s: float
    encode_s: float
    cpu_s: float
    frames_per_s: float
    decode_group_ms: float
    kb_per_frame: float
    model_kb: float
    canonical_kb: float
    section_kb_per_frame: dict[str, float]
    rms_mm: float
    max_mm: float
    rotation_rms_rad: float


def code_once(avatar: Avatar, residual: ResidualLayer, bounds: PartBounds) -> Result:
    """Code, decode and measure a sequence."""
    start, cpu = time.perf_counter(), time.process_time()
    order = storage_order(avatar)
    source, layer = avatar.take(order.permutation), order.reordered(residual)
    splats = encode_canonical(source, order.level_sizes, steps=bounds.rest)
    cloud, binding = decode_canonical(splats, order.level_sizes, joint_count=avatar.skeleton.joint_count)
    decoded = replace(source, splats=cloud, binding=binding)
    encoder = ResidualEncoder(source, decoded, bounds=bounds, level_sizes=order.level_sizes)
    model = encoder.fit([layer])
    fitted = time.perf_counter()
    groups = list(encoder.encoded_groups(0))
    done, cpu = time.perf_counter(), time.process_time() - cpu
    read = [
        decode_group(
            sections,
            model,
            first_frame=number * FRAMES_PER_GROUP,
            frame_count=min(FRAMES_PER_GROUP, residual.frame_count - number * FRAMES_PER_GROUP),
        )
        for number, sections in enumerate(groups)
    ]
    decode_s = (time.perf_counter() - done) / len(groups)
    report = measure_error(source, layer, decoded, model, read)
    by_name: dict[str, float] = {}
    for sections in groups:
        for name, data in sections.items():
            by_name[name] = by_name.get(name, 0.0) + len(data) / 1000 / residual.frame_count
    return Result(
        gaussians=avatar.count,
        moving=len(model.moving),
        frames=residual.frame_count,
        fit_s=fitted - start,
        encode_s=done - fitted,
        cpu_s=cpu,
        frames_per_s=residual.frame_count / (done - start),
        decode_group_ms=decode_s * 1000,
        kb_per_frame=sum(by_name.values()),
        model_kb=len(encoder.encode_model()["model"]) / 1000,
        canonical_kb=sum(len(data) for data in splats.values()) / 1000,
        section_kb_per_frame=by_name,
        rms_mm=report.rms_m * 1000,
        max_mm=report.max_m * 1000,
        rotation_rms_rad=report.rotation_rms_rad,
    )


def median_of(results: list[Result]) -> Result:
    """The first result with the median of every time."""
    timed = {
        name: statistics.median(getattr(result, name) for result in results)
        for name in ("fit_s", "encode_s", "cpu_s", "frames_per_s", "decode_group_ms")
    }
    return replace(results[0], **timed)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--max-error-mm", type=float, default=1.0)
    options = parser.parse_args()
    bounds = PartBounds.uniform(options.max_error_mm / 1000)
    code_once(*dancing_sequence(3000, FRAMES_PER_GROUP + 1), bounds)
    avatar, residual = dancing_sequence(options.count, options.frames)
    result = median_of([code_once(avatar, residual, bounds) for _ in range(options.runs)])
    machine = {"cpus": os.cpu_count(), "processor": processor()}
    if options.json:
        print(json.dumps({"machine": machine, "runs": options.runs, "result": asdict(result)}, indent=2))
        return
    table = Table(title=f"Residual coding on {machine['cpus']} x {machine['processor']}, median of {options.runs}")
    for column in ("what", "found", "target"):
        table.add_column(column, justify="left" if column == "what" else "right")
    table.add_row("Gaussians / moving / frames", f"{result.gaussians} / {result.moving} / {result.frames}", "")
    table.add_row("frames per second, all of it", f"{result.frames_per_s:.0f}", f">= {TARGET_FPS:.0f}")
    table.add_row("fit / encode / CPU seconds", f"{result.fit_s:.2f} / {result.encode_s:.2f} / {result.cpu_s:.2f}", "")
    table.add_row("decode a group, ms", f"{result.decode_group_ms:.0f}", f"<= {TARGET_GROUP_MS:.0f}")
    table.add_row("KB per frame", f"{result.kb_per_frame:.2f}", "")
    for name, size in result.section_kb_per_frame.items():
        table.add_row(f"  {name}", f"{size:.2f}", "")
    table.add_row("model / canonical splats, KB", f"{result.model_kb:.0f} / {result.canonical_kb:.0f}", "")
    table.add_row(
        "position error rms / max, mm", f"{result.rms_mm:.3f} / {result.max_mm:.3f}", f"{options.max_error_mm}"
    )
    table.add_row("rotation error rms, degrees", f"{result.rotation_rms_rad * 57.29578:.2f}", "")
    Console().print(table)


if __name__ == "__main__":
    main()
