"""``ani3d validate``: check a package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ani3d_runtime.cli.console import ConsoleArgument, table
from ani3d_runtime.errors import PackageError, UsageError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.validate import ValidationReport, validate_package
from ani3d_runtime.residual import ResidualLayer


def validate(
    package: str,
    /,
    *,
    against: Annotated[list[str] | None, Parameter(consume_multiple=False, negative="")] = None,
    console: ConsoleArgument,
) -> int:
    """Check structure, checksums and every coded value, and the error against the source residual.

    Args:
        package: an .a3d file, or its URL in a store.
        against: residual .npz that a clip was baked from, as CLIP=FILE; or FILE alone, once per clip in their order.
    """
    sources = _sources(package, against) if against else {}
    with console.progress("validate") as progress:
        report = validate_package(package, sources, progress=progress)
    console.result(report.to_json(), *_human(report))
    return 0 if report.ok else 1


def _sources(package: str, against: list[str]) -> dict[str, ResidualLayer]:
    """The residual layers to compare with, by clip; none where the package cannot be opened at all."""
    from ani3d_runtime.bake.importers.residual import read_residual

    try:
        opened = Package.open(package)
    except PackageError:
        return {}  # validate_package reports why
    with opened:
        count = opened.manifest.gaussian_count
        return {
            name: read_residual(file, opened.clip(name).frame_count, count)
            for name, file in files_by_clip(opened.clip_names, against).items()
        }


def files_by_clip(clip_names: Sequence[str], against: list[str]) -> dict[str, Path]:
    """``CLIP=FILE`` names its clip; files alone are one per clip, in order."""
    named = {
        name: Path(text[len(name) + 1 :]) for text in against for name in clip_names if text.startswith(f"{name}=")
    }
    if len(named) == len(against):
        return named
    if named or len(against) != len(clip_names):
        raise UsageError(
            "against-count",
            "--against",
            found=f"{len(against)} file(s), {len(named)} of them for a clip of the package by name",
            expected=f"CLIP=FILE, or one file per clip: {', '.join(clip_names)}",
            fix=f"Say --against {clip_names[0]}=FILE." if clip_names else "The package has no clip to compare with.",
        )
    return {name: Path(text) for name, text in zip(clip_names, against, strict=True)}


def _human(report: ValidationReport) -> list[object]:
    lines: list[object] = []
    if report.findings:
        lines += [
            f"[{finding.code}] {finding.subject}: found {finding.found}; expected {finding.expected}"
            for finding in report.findings
        ]
    if report.comparisons:
        names = ("rms mm", "p99.9 mm", "max mm", "allowed mm")
        rows = table("clip", *names, "kept", numeric=names)
        for clip in report.comparisons:
            values = (clip.rms_m, clip.p99_9_m, clip.max_m, clip.allowed_m)
            rows.add_row(clip.clip, *(f"{value * 1e3:.3f}" for value in values), "yes" if clip.kept else "no")
        lines.append(rows)
    verdict = "valid" if report.ok else "NOT valid: bake it again, or fetch it again"
    if not str(report.path).endswith(".a3d") and not report.ok:
        verdict = "no package; 'ani3d info' takes avatars and motions"
    lines.append(
        f"{report.path}: {verdict} ({report.sections_checked} sections, {report.groups_decoded} groups of frames)"
    )
    return lines
