"""``ani3d demo``: bake, verify, stream and film the built-in dancer."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from cyclopts import Parameter

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.bake.character_names import CharacterName, DetailName
from ani3d_runtime.bake.report.page import Picture, ReportTable, write_report
from ani3d_runtime.body.readers import MotionOptions
from ani3d_runtime.cli.console import Console, ConsoleArgument, table
from ani3d_runtime.client import Client, PlayOptions
from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import Ani3dError, ServiceError, UsageError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.validate import ValidationReport, validate_package
from ani3d_runtime.playback.picture import ClipPainter
from ani3d_runtime.progress import ProgressCallback
from ani3d_runtime.render.image import contact_sheet, write_png
from ani3d_runtime.render.video import write_video

# What bakes comes with an extra. This module does without, so that help and completion do, too.
if TYPE_CHECKING:
    from ani3d_runtime.bake.job import BakeReport

CLIP = "dance"
STILL_PX = (1200, 800)
FILM_PX = (960, 640)
SHEET_FRAMES = 8
AZIMUTH_RAD = 0.35
SERVER_START_S = 60.0
LABELS = {
    "gaussians": "Gaussians",
    "frames": "frames",
    "package_mb": "package, MB",
    "clip_kb_per_frame": "clip, KB/frame",
    "error_rms_mm": "position error, mm rms",
    "error_p99_9_mm": "position error, mm p99.9",
    "error_max_mm": "position error, mm max",
    "streamed_frames": "streamed frames",
    "streamed_frames_per_s": "streamed frames/s",
}


@dataclass(frozen=True)
class Streamed:
    """The package and frames that came over the network.

    Attributes:
        package: the downloaded file.
        frames: light frames, in order.
        package_bytes, frames_per_s: size of the one, rate of the other.
    """

    package: Path
    frames: list[Frame]
    package_bytes: int
    frames_per_s: float


def demo(
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"])] = Path("demo"),
    avatar: CharacterName = "dancer",
    detail: DetailName = "medium",
    frames: int | None = None,
    force: Annotated[bool, Parameter(negative="")] = False,
    console: ConsoleArgument,
) -> None:
    """Bake, verify, stream and film a built-in character.

    Args:
        output: folder for the package, the film, the still and the report.
        avatar: the character to show.
        detail: how many Gaussians it has.
        frames: stop after so many frames of the dance; all 300 when left out.
        force: replace what an earlier demo wrote there.
    """
    from ani3d_runtime.bake.job import run_bake
    from ani3d_runtime.bake.settings import BakeSettings

    motion_options = MotionOptions(stop=frames)
    folder = _folder(output, force)
    package = folder / "served" / f"{avatar}.a3d"
    settings = BakeSettings(
        avatar=avatar,
        motions=(CLIP,),
        output=package,
        detail=detail,
        motion_options=motion_options,
        overwrite=True,
        # What is shown is the clip, not the driver.
        practice=0,
    )
    report = run_bake(settings, console.progress)
    seconds = report.stage_seconds
    with _timed(console, seconds, "verify") as progress:
        validation = validate_package(package, progress=progress)
    if not validation.ok:
        raise _invalid(package, validation)
    with _timed(console, seconds, "stream") as progress:
        streamed = _stream(package, folder / "streamed", progress)
    with _timed(console, seconds, "film") as progress, Package.open(streamed.package) as opened:
        pictures = _film(opened, streamed.frames, folder, progress)
    _write_report(folder / "report.html", report, streamed, pictures)
    _present(console, folder, report, streamed)


def _folder(output: Path, force: bool) -> Path:
    if output.exists() and not force and any(output.iterdir()):
        raise UsageError(
            "output-exists",
            output,
            found="a folder that is not empty",
            expected="a new or empty folder",
            fix="Choose another folder or pass --force.",
        )
    for name in ("served", "streamed"):
        (output / name).mkdir(parents=True, exist_ok=True)
    return output


@contextmanager
def _timed(console: Console, seconds: dict[str, float], stage: str) -> Generator[ProgressCallback, None, None]:
    started = time.perf_counter()
    with console.progress(stage) as progress:
        yield progress
    seconds[stage] = time.perf_counter() - started


def _stream(package: Path, folder: Path, progress: ProgressCallback) -> Streamed:
    """Serve the package from a process of its own; download it and every frame of the clip."""
    with _server(package.parent) as address, Client(address) as client:
        target = folder / package.name
        download = client.download(package.stem, target, progress=lambda fraction: progress(fraction / 2))
        options = PlayOptions(pacing="every-frame", credits=64, with_detail=False)
        frames: list[Frame] = []
        started = time.perf_counter()
        with client.play(package.stem, CLIP, options) as playback:
            for frame in playback:
                assert isinstance(frame, Frame)
                frames.append(frame)
                progress(0.5 + 0.5 * len(frames) / playback.header.frame_count)
        rate = len(frames) / (time.perf_counter() - started)
        return Streamed(target, frames, download.size_bytes, rate)


@contextmanager
def _server(folder: Path) -> Generator[str, None, None]:
    """``ani3d serve`` in another process, on a free port."""
    command = [sys.executable, "-m", "ani3d_runtime.cli", "serve", str(folder), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise ServiceError(
                    "demo-server-ended",
                    "ani3d serve",
                    found=f"exit code {process.wait()} before it was ready",
                    expected="a line that says where it listens",
                    fix="See its message above; 'ani3d doctor' checks the machine.",
                )
            yield str(json.loads(line)["address"])
        finally:
            process.terminate()
            process.wait(timeout=SERVER_START_S)


def _film(package: Package, frames: list[Frame], folder: Path, progress: ProgressCallback) -> list[Picture]:
    """The film, the still in which the layers differ most, and a contact sheet."""
    width, height = FILM_PX
    painter = ClipPainter(package, CLIP, view="split", width_px=width, height_px=height, azimuths_rad=(AZIMUTH_RAD,))
    sheet_at = set(np.linspace(0, len(frames) - 1, SHEET_FRAMES + 2).astype(int)[1:-1].tolist())
    sheet: list[Float32Array] = []

    def pictures() -> Iterator[Float32Array]:
        for index, frame in enumerate(frames):
            # Nodes come over the network; per-Gaussian detail is in the package that was downloaded.
            picture = painter.paint(replace(frame, detail=painter.player.frame(index).detail), AZIMUTH_RAD)
            if index in sheet_at:
                sheet.append(picture)
            yield picture
            progress(0.95 * (index + 1) / len(frames))

    write_video(folder / "preview.mp4", pictures(), package.clip(CLIP).fps)
    loudest = int(np.argmax([np.square(frame.node_displacements_m).sum() for frame in frames]))
    width, height = STILL_PX
    still = ClipPainter(
        package, CLIP, view="split", width_px=width, height_px=height, frames=[loudest], azimuths_rad=(AZIMUTH_RAD,)
    )
    write_png(folder / "still.png", still.paint(still.player.frame(loudest), AZIMUTH_RAD))
    write_png(folder / "contact_sheet.png", contact_sheet(sheet, columns=2))
    progress(1.0)
    return [
        Picture.from_file(
            folder / "still.png", f"Frame {loudest}: the rigid layer alone, and with the residual layer."
        ),
        Picture.from_file(
            folder / "contact_sheet.png", "The clip, rigid at the left of each pair and residual at the right."
        ),
    ]


def _figures(report: BakeReport, streamed: Streamed) -> dict[str, float]:
    """The figures of the demo, by the keys of LABELS; counts are int."""
    written = report.written
    assert written is not None
    clip = written.clips[0]
    return {
        "gaussians": report.gaussian_count,
        "frames": clip.frame_count,
        "package_mb": written.file_bytes / 1e6,
        "clip_kb_per_frame": clip.kb_per_frame,
        "error_rms_mm": clip.error.rms_m * 1e3,
        "error_p99_9_mm": clip.error.p99_9_m * 1e3,
        "error_max_mm": clip.error.max_m * 1e3,
        "streamed_frames": len(streamed.frames),
        "streamed_frames_per_s": streamed.frames_per_s,
    }


def _write_report(path: Path, report: BakeReport, streamed: Streamed, pictures: list[Picture]) -> None:
    from ani3d_runtime.bake.provenance import provenance_of

    written = report.written
    assert written is not None
    stages = ReportTable("Stages", ("stage", "seconds"), list(report.stage_seconds.items()))
    values = [(LABELS[key], value) for key, value in _figures(report, streamed).items()]
    figures = ReportTable("Figures", ("figure", "value"), values)
    sizes = ReportTable("Sections", ("section", "bytes"), list(written.section_bytes.items()))
    write_report(
        path,
        title=f"ani3d: {report.settings.avatar}, {CLIP}",
        lead=f"Baked, verified, streamed over gRPC and rendered from what arrived. Digest {written.digest}.",
        pictures=pictures,
        tables=[figures, stages, sizes],
        settings=provenance_of(report.settings),
        command=f"ani3d demo --avatar {report.settings.avatar} --detail {report.settings.detail} -o {path.parent}",
    )


def _present(console: Console, folder: Path, report: BakeReport, streamed: Streamed) -> None:
    figures = _figures(report, streamed)
    files = {name: str(folder / name) for name in ("preview.mp4", "still.png", "contact_sheet.png", "report.html")}
    rows = table("figure", "value", numeric=("value",))
    for key, value in figures.items():
        rows.add_row(LABELS[key], f"{value:,}" if isinstance(value, int) else f"{value:,.3f}")
    for stage, seconds in report.stage_seconds.items():
        rows.add_row(f"{stage}, s", f"{seconds:.1f}")
    data = {"figures": figures, "stage_seconds": report.stage_seconds, "files": files}
    watch = f"see it move, in the browser: ani3d view {folder / 'served'}"
    console.result(data, rows, "", "open these:", *(f"  {name}" for name in files.values()), "", watch)


def _invalid(package: Path, validation: ValidationReport) -> Ani3dError:
    first = validation.findings[0]
    return Ani3dError(first.code, package, found=first.found, expected=first.expected, fix=first.fix)
