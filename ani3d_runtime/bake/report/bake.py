"""The page about a bake with restored clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ani3d_runtime.bake.report.command import bake_command
from ani3d_runtime.bake.report.page import Figure, Picture, ReportTable, write_report
from ani3d_runtime.bake.report.restored import clip_figures, clip_tables, summary_of, versions
from ani3d_runtime.bake.restoration.restorer import RestoredClip, Restorer
from ani3d_runtime.bake.settings import BakeSettings
from ani3d_runtime.package.writer import WriteReport


def write_bake_report(
    path: Path,
    settings: BakeSettings,
    restorer: Restorer,
    clips: Sequence[RestoredClip],
    written: WriteReport,
    stage_seconds: Mapping[str, float],
) -> None:
    """Write the page, whole or not at all.

    Args:
        path: the .html file.
        settings: of the bake.
        restorer: what restored the clips.
        clips: those that were restored.
        written: the package.
        stage_seconds: wall time of all stages of the bake.

    Raises:
        ResourceError: ``disk-full``, ``output-unwritable``.
    """
    figures: list[Figure] = [figure for clip in clips for figure in clip_figures(restorer.avatar, clip)]
    shown = "followed by the prior" if restorer.prior.description.takes_reference else "not read by this prior"
    figures.append(Picture.of(restorer.reference, f"The reference picture, {shown}."))
    sizes = [("package, MB", written.file_bytes / 1e6)]
    errors: list[tuple[str | float, ...]] = []
    for clip in written.clips:
        sizes.append((f"{clip.name}, KB per frame", clip.kb_per_frame))
        values = (clip.error.rms_m, clip.error.p99_9_m, clip.error.max_m)
        errors.append((clip.name, *(value * 1e3 for value in values)))
    tables = [table for clip in clips for table in clip_tables(clip)]
    tables += [
        ReportTable("Package", ("figure", "value"), sizes),
        ReportTable("What packing lost", ("clip", "rms mm", "p99.9 mm", "max mm"), errors),
        ReportTable("All stages of the bake", ("stage", "seconds"), list(stage_seconds.items())),
    ]
    write_report(
        path,
        title=f"ani3d: {restorer.avatar.name}",
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
