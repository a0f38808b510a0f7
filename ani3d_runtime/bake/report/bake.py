"""The page about a bake with restored clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ani3d_runtime.bake.report.command import bake_command
from ani3d_runtime.bake.report.page import Figure, Picture, ReportTable, write_report
from ani3d_runtime.bake.report.restored import clip_figures, clip_tables, summary_of, versions
from ani3d_runtime.bake.report.verdict import distances_mm, verdict_on
from ani3d_runtime.bake.restoration.restorer import RestoredClip, Restorer
from ani3d_runtime.bake.settings import BakeSettings
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.package.writer import WriteReport
from ani3d_runtime.residual import ResidualLayer


def write_bake_report(
    path: Path,
    settings: BakeSettings,
    restorer: Restorer,
    clips: Sequence[RestoredClip],
    written: WriteReport,
    stage_seconds: Mapping[str, float],
    *,
    truths: Sequence[ResidualLayer | None] = (),
    warnings: Sequence[Ani3dError] = (),
) -> None:
    """Write the page, whole or not at all. It begins with a verdict.

    Args:
        path: the .html file.
        settings: of the bake.
        restorer: what restored the clips.
        clips: those that were restored.
        written: the package.
        stage_seconds: wall time of all stages of the bake.
        truths: the simulated layer of each clip, None or left out where there is none.
        warnings: what the bake doubted.

    Raises:
        ResourceError: ``disk-full``, ``output-unwritable``.
    """
    avatar = restorer.avatar
    known = [*truths, *([None] * (len(clips) - len(truths)))]
    figures: list[Figure] = []
    for clip, truth in zip(clips, known, strict=True):
        figures += clip_figures(avatar, clip, truth)
    shown = "followed by the prior" if restorer.prior.description.takes_reference else "not read by this prior"
    figures.append(Picture.of(restorer.reference, f"The reference picture, {shown}."))
    sizes = [("package, MB", written.file_bytes / 1e6)]
    errors: list[tuple[str | float, ...]] = []
    for clip in written.clips:
        sizes.append((f"{clip.name}, KB per frame", clip.kb_per_frame))
        values = (clip.error.rms_m, clip.error.p99_9_m, clip.error.max_m)
        errors.append((clip.name, *(value * 1e3 for value in values)))
    tables = [table for clip in clips for table in clip_tables(clip)]
    distances = [
        (clip.motion.name, *distances_mm(avatar, clip, truth))
        for clip, truth in zip(clips, known, strict=True)
        if truth is not None
    ]
    if distances:
        tables.insert(0, ReportTable("Distance to the simulation", ("clip", "rigid mm", "restored mm"), distances))
    tables += [
        ReportTable("Package", ("figure", "value"), sizes),
        ReportTable("What packing lost", ("clip", "rms mm", "p99.9 mm", "max mm"), errors),
        ReportTable("All stages of the bake", ("stage", "seconds"), list(stage_seconds.items())),
    ]
    write_report(
        path,
        title=f"ani3d: {restorer.avatar.name}",
        verdict=verdict_on(avatar, clips, known, warnings),
        lead=f"{summary_of(clips)} Package {settings.output.name}, digest {written.digest}.",
        pictures=figures,
        tables=tables,
        settings=_everything(settings, restorer, clips),
        command=bake_command(settings),
    )


def _everything(settings: BakeSettings, restorer: Restorer, clips: Sequence[RestoredClip]) -> dict[str, object]:
    """Every setting, of the user's and of ours, the prior, seeds and versions."""
    found = _flat("", settings.to_json())
    found["device"] = restorer.device
    found |= _flat("prior", restorer.prior.description.to_json())
    for clip in clips:
        found |= _flat(clip.motion.name, clip.restoration.plan.to_json())
    return found | _flat("version", versions())


def _flat(name: str, value: object) -> dict[str, object]:
    """A tree of mappings with dotted names."""
    if not isinstance(value, Mapping):
        return {name: value}
    result: dict[str, object] = {}
    for key, each in value.items():
        result |= _flat(f"{name}.{key}" if name else str(key), each)
    return result
