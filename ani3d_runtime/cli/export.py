"""``ani3d export``: frames of a package in another tool's format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ani3d_exporters.base import ExportRequest
from ani3d_exporters.registry import exporter_of, load_exporter
from ani3d_runtime.cli import exit_codes
from ani3d_runtime.cli.choices import clip_of, frame_numbers
from ani3d_runtime.cli.console import ConsoleArgument
from ani3d_runtime.geometry.frames import Axes
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.player import Layer


def export(
    package: Path,
    /,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"])],
    to: str | None = None,
    clip: str | None = None,
    frames: str = "all",
    axes: Axes | None = None,
    layer: Layer = "residual",
    level: int | None = None,
    force: Annotated[bool, Parameter(negative="")] = False,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    console: ConsoleArgument,
) -> int:
    """Write frames of a package in another tool's format.

    Args:
        package: an .a3d file.
        output: file or folder to write.
        to: name of the format, which 'ani3d formats' lists; told by the output's name when left out.
        clip: name of the clip; may be left out where the package holds one.
        frames: 'all', or frame numbers and ranges such as 0,10,20 or 0-99 or 0-99:5.
        axes: axes of the written file: rdf (as 3DGS has them: x right, y down, z forward), yup, or zup (Blender's). The
            usual ones of the format when left out; 'ani3d formats' lists them.
        layer: with the residual layer, or the rigid layer alone.
        level: level of detail to write, 0 the coarsest; all Gaussians when left out.
        force: replace what is there.
        dry_run: say what would be written, and write nothing.
    """
    to = to or exporter_of(output)
    exporter = load_exporter(to)
    exporter.check_output(output, force)
    chosen_axes = exporter.chosen_axes(axes)
    with Package.open(package) as opened:
        chosen = clip_of(opened, clip)
        numbers = frame_numbers(frames, chosen)
        request = ExportRequest(opened, chosen.name, numbers, layer, chosen_axes, output, force, lod=level)
        if dry_run:
            plan = {
                "clip": chosen.name,
                "frames": len(numbers),
                "output": str(output),
                "format": to,
                "axes": chosen_axes,
            }
            console.result(plan, f"would write {len(numbers)} frames of {chosen.name} to {output}")
            return exit_codes.OK
        with console.progress(f"export {to}") as progress:
            report = exporter.export(request, progress)
    for loss in report.losses:
        console.say(f"lost: {loss}")
    files = "1 file" if len(report.files) == 1 else f"{len(report.files)} files"
    gaussians = f"{report.gaussian_count:,} Gaussians a frame, " if report.gaussian_count else ""
    console.result(
        report.to_json(),
        f"wrote {files}, {gaussians}{report.bytes_written / 1e6:.2f} MB, "
        f"{to} with {report.axes or chosen_axes} axes: {output}",
    )
    # What a format can never hold is no surprise: it is said, and the file is as good as such files are.
    return exit_codes.OK
