"""Claims: what the codec has to reach, beside what this run found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from benchmarks.codec.chapter import Chapter
from benchmarks.codec.grid import NONE, Grid, figure
from benchmarks.codec.live import LiveStream
from benchmarks.codec.progressive import Progress
from benchmarks.codec.reading import Reading
from benchmarks.codec.report import Factor, Row, SequenceReport
from benchmarks.codec.subjects import HAIR, LARGE, SKIRT
from benchmarks.codec.table import factor_text

EARLY = 0.1


@dataclass(frozen=True)
class Claim:
    """One line.

    Attributes:
        what: is claimed. target: as the issue that asked for it states it. found: in this run.
        is_met: None where the run did not look.
    """

    what: str
    target: str
    found: str
    is_met: bool | None


@dataclass
class Findings:
    """What a run found, chapter by chapter; what was not looked at is empty.

    Attributes:
        reports: comparisons by subject. readings: of the subject with hair. progress: of the one without.
        streams: light frames. built_in_bytes: the built-in dancer at ``standard``.
    """

    reports: dict[str, SequenceReport] = field(default_factory=dict[str, SequenceReport])
    readings: Sequence[Reading] = ()
    progress: Progress | None = None
    streams: list[LiveStream] = field(default_factory=list[LiveStream])
    built_in_bytes: int | None = None


def claims_chapter(findings: Findings) -> Chapter:
    """All claims that the run says something about."""
    claims = [claim for claim in _claims(findings) if claim.is_met is not None]
    rows = tuple((c.what, c.target, c.found, "yes" if c.is_met else "no") for c in claims)
    grid = Grid(
        "What it must show",
        ("claim", "target", "found", "met"),
        rows,
        text_columns=3,
        bold=frozenset(number for number, claim in enumerate(claims) if not claim.is_met),
    )
    return Chapter("claims", "What it must show", (grid,), [asdict(claim) for claim in claims])


def _claims(findings: Findings) -> Iterator[Claim]:
    reports = findings.reports
    yield _size("44 k Gaussians, no free hair", reports.get(SKIRT.name), max_kb=8.5, min_db=35)
    yield _size("176 k Gaussians, no free hair", reports.get(LARGE.name), max_kb=20, min_db=33)
    for name, least in ((SKIRT.name, 20), (LARGE.name, 20), (HAIR.name, 14)):
        yield _smaller(f"smaller than splats4d at equal PSNR, {name}", reports.get(name), "splats4d", least)
    for name in (SKIRT.name, LARGE.name):
        yield _smaller(f"smaller than SPZ per frame at equal PSNR, {name}", reports.get(name), "SPZ", 70)
        yield _smaller_than_spz_at(f"smaller than SPZ per frame, ours at ≥ 35 dB, {name}", reports.get(name))
    for name in (SKIRT.name, LARGE.name, HAIR.name):
        yield _closest_error(name, reports.get(name))
        yield _high(name, reports.get(name))
    built_in = findings.built_in_bytes
    yield Claim(
        "built-in dancer at standard",
        "≤ 2 MB",
        NONE if built_in is None else f"{built_in / 1e6:.2f} MB",
        None if built_in is None else built_in <= 2e6,
    )
    yield from _speed(reports.get(HAIR.name))
    yield from _reading(findings.readings)
    for one in findings.streams:
        found = f"{figure(one.kbit_per_s)} kbit/s, {one.live.mean_db:.1f} dB"
        yield Claim(f"live light frames, {one.title}", "≤ 350 kbit/s at 30 fps", found, one.kbit_per_s <= 350)
    progress = findings.progress
    if progress is not None:
        for what, fraction in (("seen", progress.first_sight), ("moving", progress.first_motion)):
            found = "never" if fraction is None else f"{100 * fraction:g} %"
            yield Claim(
                f"something is {what} after", "≤ 10 % of the bytes", found, fraction is not None and fraction <= EARLY
            )


def _size(what: str, report: SequenceReport | None, *, max_kb: float, min_db: float) -> Claim:
    """The smallest of our files that is good enough."""
    target = f"≤ {max_kb:g} KB/frame at ≥ {min_db:g} dB"
    if report is None:
        return Claim(what, target, NONE, None)
    best = _smallest_at(report, min_db)
    if best is None or best.outcome is None or best.picture is None:
        return Claim(what, target, f"no setting reaches {min_db:g} dB", False)
    kb = best.outcome.bytes_per_frame / 1e3
    return Claim(what, target, f"{figure(kb)} at {best.picture.mean_db:.1f} dB ({best.setting})", kb <= max_kb)


def _smallest_at(report: SequenceReport, min_db: float) -> Row | None:
    good = [row for row in report.rows if row.is_ours and row.picture and row.picture.mean_db >= min_db and row.outcome]
    return min(good, key=lambda row: row.outcome.bytes_per_frame if row.outcome else 0, default=None)


def _smaller(what: str, report: SequenceReport | None, family: str, least: float) -> Claim:
    """The least of the factors over the settings of another codec."""
    target = f"≥ {least:g}×"
    factors = {} if report is None else _factors(report, family)
    if not factors:
        return Claim(what, target, NONE, None)
    worst = min(factor.times for factor in factors.values())
    found = ", ".join(f"{factor_text(factor)} ({name.split(':')[0]})" for name, factor in factors.items())
    return Claim(what, target, found, worst >= least)


def _factors(report: SequenceReport, family: str) -> Mapping[str, Factor]:
    found = {row.setting: report.smaller_at_equal_psnr(row) for row in report.rows if family in row.family}
    return {setting: factor for setting, factor in found.items() if factor is not None}


def _smaller_than_spz_at(what: str, report: SequenceReport | None) -> Claim:
    sizes = (
        [] if report is None else [r.outcome.bytes_per_frame for r in report.rows if "SPZ" in r.family and r.outcome]
    )
    ours = None if report is None else _smallest_at(report, 35)
    if not sizes or ours is None or ours.outcome is None:
        return Claim(what, "≥ 70×", NONE, None)
    times = min(sizes) / ours.outcome.bytes_per_frame
    return Claim(what, "≥ 70×", f"{times:.0f}× ({ours.setting})", times >= 70)


def _closest_error(name: str, report: SequenceReport | None) -> Claim:
    what, target = f"factor at equal largest error, {name}", "stated"
    if report is None:
        return Claim(what, target, NONE, None)
    found = {
        f"{row.family} {row.setting.split(':')[0]}": factor
        for row in report.rows
        if (factor := report.smaller_at_equal_max_error(row)) is not None
    }
    text = ", ".join(f"{factor_text(factor)} ({label})" for label, factor in found.items())
    return Claim(what, target, text or NONE, bool(found))


def _high(name: str, report: SequenceReport | None) -> Claim:
    what, target = f"PSNR of high, {name}", "≥ 38 dB, worst frame stated"
    row = None if report is None else _row(report, "high")
    if row is None or row.picture is None:
        return Claim(what, target, NONE, None)
    found = f"{row.picture.mean_db:.1f} dB, worst frame {row.picture.worst_db:.1f} dB"
    return Claim(what, target, found, row.picture.mean_db >= 38)


def _row(report: SequenceReport, setting: str) -> Row | None:
    return next((row for row in report.rows if row.is_ours and row.setting == setting), None)


def _speed(report: SequenceReport | None) -> Iterator[Claim]:
    for setting in ("standard", "high"):
        row = None if report is None else _row(report, setting)
        if row is not None and row.outcome is not None:
            rate = row.outcome.encode_frames_per_s
            yield Claim(f"encode 50 k, {setting}", "≥ 15 frames/s", f"{figure(rate)} frames/s", rate >= 15)


def _reading(readings: Sequence[Reading]) -> Iterator[Claim]:
    for one in readings:
        cost = one.cost
        for what, found_ms, most_ms in (
            ("open", cost.open_ms, 30),
            ("seek", cost.seek_ms, 10),
            ("decode and deform, playing", cost.play_ms, 8 if cost.quality == "high" else 4),
        ):
            yield Claim(f"{what}, {cost.quality}", f"≤ {most_ms} ms", f"{figure(found_ms)} ms", found_ms <= most_ms)
        for what, times in (
            ("besides the decoded avatar", cost.memory_of_package),
            ("resident, avatar and posed Gaussians included", one.resident_of_package),
        ):
            yield Claim(f"memory, {what}, {cost.quality}", "≤ 3× the package", f"{times:.1f}×", times <= 3)
