"""The figures in rows, for the terminal and for the documentation."""

from __future__ import annotations

from rich.table import Table

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
_TEXT_COLUMNS = 2
_NONE = "–"


def cells(report: SequenceReport, row: Row) -> list[str]:
    """One row; KB are 1000 bytes."""
    outcome, position, picture = row.outcome, row.position, row.picture
    if outcome is None:
        return [row.family, row.setting, row.problem or _NONE] + [_NONE] * (len(HEADINGS) - 3)
    errors = (position.rms_mm, position.p999_mm, position.max_mm) if position else (None, None, None)
    return [
        row.family,
        row.setting,
        _figure(outcome.bytes_per_frame / 1e3),
        _figure(None if outcome.clip_bytes_per_frame is None else outcome.clip_bytes_per_frame / 1e3),
        _figure(outcome.encode_frames_per_s),
        _figure(outcome.decode_ms),
        *(_figure(error) for error in errors),
        _NONE if picture is None else f"{picture.mean_db:.1f}",
        _NONE if picture is None else f"{picture.worst_db:.1f}",
        _factor(report.smaller_at_equal_psnr(row)),
        _factor(report.smaller_at_equal_max_error(row)),
    ]


def title_of(report: SequenceReport) -> str:
    """What the rows are about."""
    return (
        f"{report.name}: {report.gaussians:,} Gaussians, {report.moving:,} with cloth or hair motion, "
        f"{report.frames} frames at {report.fps:g} fps"
    )


def rich_table(report: SequenceReport) -> Table:
    """For the terminal."""
    table = Table(title=title_of(report))
    for column, heading in enumerate(HEADINGS):
        table.add_column(heading, justify="left" if column < _TEXT_COLUMNS else "right")
    for row in report.rows:
        table.add_row(*cells(report, row), style="bold" if row.is_ours else None)
    return table


def markdown_table(report: SequenceReport) -> str:
    """For docs/."""
    lines = ["| " + " | ".join(HEADINGS) + " |"]
    lines.append("|" + "---|" * _TEXT_COLUMNS + "---:|" * (len(HEADINGS) - _TEXT_COLUMNS))
    for row in report.rows:
        found = [cell.replace("|", "\\|") for cell in cells(report, row)]
        if row.is_ours:
            found[:2] = [f"**{cell}**" for cell in found[:2]]
        lines.append("| " + " | ".join(found) + " |")
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    """Three digits that mean something."""
    if value is None:
        return _NONE
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _factor(factor: Factor | None) -> str:
    return _NONE if factor is None else f"{'≥ ' if factor.at_least else ''}{factor.times:.1f}×"
