"""What codecs made of a sequence, in rows."""

from __future__ import annotations

from benchmarks.codec.grid import NONE, Grid, figure
from benchmarks.codec.report import Factor, Row, SequenceReport

HEADINGS = (
    "codec",
    "setting",
    "KB/frame",
    "clip only",
    "encode frames/s",
    "decode ms",
    "error rms mm",
    "p99.9 mm",
    "max mm",
    "PSNR dB",
    "worst frame dB",
    "ours smaller at equal PSNR",
    "at equal max error",
)


def comparison_grid(report: SequenceReport) -> Grid:
    """One row per codec and setting; KB are 1000 bytes."""
    return Grid(
        title=title_of(report),
        headings=HEADINGS,
        rows=tuple(_cells(report, row) for row in report.rows),
        text_columns=2,
        bold=frozenset(number for number, row in enumerate(report.rows) if row.is_ours),
        note=f"Errors from {report.measured_frames} frames, pictures from {report.pictured_frames}.",
    )


def title_of(report: SequenceReport) -> str:
    """What the rows are about."""
    return (
        f"{report.name}: {report.gaussians:,} Gaussians, {report.moving:,} with cloth or hair motion, "
        f"{report.frames} frames at {report.fps:g} fps"
    )


def factor_text(factor: Factor | None) -> str:
    """How many times smaller."""
    return NONE if factor is None else f"{'≥ ' if factor.at_least else ''}{factor.times:.1f}×"


def _cells(report: SequenceReport, row: Row) -> tuple[str, ...]:
    outcome, position, picture = row.outcome, row.position, row.picture
    if outcome is None:
        return (row.family, row.setting, row.problem or NONE, *[NONE] * (len(HEADINGS) - 3))
    errors = (position.rms_mm, position.p999_mm, position.max_mm) if position else (None, None, None)
    return (
        row.family,
        row.setting,
        figure(outcome.bytes_per_frame / 1e3),
        figure(None if outcome.clip_bytes_per_frame is None else outcome.clip_bytes_per_frame / 1e3),
        figure(outcome.encode_frames_per_s),
        figure(outcome.decode_ms),
        *(figure(error) for error in errors),
        NONE if picture is None else f"{picture.mean_db:.1f}",
        NONE if picture is None else f"{picture.worst_db:.1f}",
        factor_text(report.smaller_at_equal_psnr(row)),
        factor_text(report.smaller_at_equal_max_error(row)),
    )
