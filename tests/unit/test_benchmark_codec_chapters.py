"""Chapters of the codec benchmark: what the first bytes show, what each entropy codec costs, what is claimed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ani3d_runtime.codec.entropy import CODEC_IDS
from ani3d_runtime.errors import BrokenPackageError
from ani3d_runtime.package.readable import BytesReadable
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.testing.avatars import synthetic_motion
from ani3d_runtime.testing.sequences import dancing_sequence
from benchmarks.codec.claims import Findings, claims_chapter
from benchmarks.codec.entropy_stages import measure_stages
from benchmarks.codec.grid import Grid
from benchmarks.codec.measure import PictureQuality, PositionError
from benchmarks.codec.peers.contender import Outcome
from benchmarks.codec.progressive import Download, Prefix, watch_download
from benchmarks.codec.report import Row, SequenceReport
from benchmarks.codec.sequences import BenchmarkSequence
from benchmarks.scaling import Point, grid_of


@pytest.fixture(scope="module")
def sequence() -> BenchmarkSequence:
    avatar, residual = dancing_sequence(3000, 33)
    avatar = replace(avatar, binding=avatar.binding.snapped())
    return BenchmarkSequence("dancing", avatar, synthetic_motion(avatar.skeleton, 33), residual)


@pytest.fixture(scope="module")
def package(sequence: BenchmarkSequence, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("chapters") / "clip.a3d"
    write_package(path, sequence.avatar, [ClipSource("clip", sequence.motion, sequence.residual)], max_error_m=4e-3)
    return path.read_bytes()


def test_a_prefix_gives_what_has_arrived_and_nothing_else(package: bytes) -> None:
    prefix = Prefix(package, 1000)
    assert prefix.size() == len(package)
    assert prefix.read(900, 100) == package[900:1000]
    with pytest.raises(BrokenPackageError) as refusal:
        prefix.read(900, 101)
    assert refusal.value.code == "package-truncated"


def test_more_bytes_show_more(package: bytes) -> None:
    downloads = [Download(package, fraction, "clip") for fraction in np.linspace(0, 1, 41)]
    levels = [download.levels for download in downloads]
    ready = [download.ready_frames() for download in downloads]
    assert levels == sorted(levels)
    assert (levels[0], levels[-1]) == (0, 5)
    assert (ready[0], ready[-1]) == (0, 33)
    assert downloads[-1].motion == "all"


def test_something_moves_after_a_tenth_of_the_bytes(package: bytes) -> None:
    early = Download(package, 0.1, "clip")
    assert early.levels >= 1
    assert early.motion == "skeleton"
    assert early.ready_frames() == 30
    posed = early.cloud(12)
    assert posed is not None
    assert early.avatar is not None
    assert posed.count == early.avatar.count > 100


def test_a_stream_moves_first_gets_finer_then_longer(package: bytes) -> None:
    sections = Package.open(BytesReadable(package)).toc.sections
    labels = [(s.name, s.group) if s.clip == 0 else s.name for s in sections if not s.name.startswith("detail.")]
    assert labels == [
        "manifest", "skeleton", "splats.0", ("pose", 0), "splats.1", "splats.2", "model", ("nodes", 0), "splats.3",
        "splats.4", ("pose", 1), ("nodes", 1), "order",
    ]  # fmt: skip


def test_what_a_download_shows_is_what_the_package_holds(package: bytes, sequence: BenchmarkSequence) -> None:
    progress = watch_download(sequence, package, "clip")
    psnr = [one.psnr_db for one in progress.shown if one.psnr_db is not None]
    assert psnr[-1] == max(psnr) > 30
    assert progress.shown[-1].gaussians == sequence.avatar.count
    assert progress.strip.shape[1] == 7 * 240


def test_damage_is_no_download_under_way(package: bytes) -> None:
    damaged = bytearray(package)
    damaged[len(package) // 4] ^= 1
    with pytest.raises(BrokenPackageError):
        Download(bytes(damaged), 1.0, "clip")


def test_entropy_codecs_hold_the_same_sections(sequence: BenchmarkSequence) -> None:
    stages = measure_stages(sequence)
    assert stages[0].codec == "rans"
    assert {stage.codec for stage in stages} == set(CODEC_IDS)
    sizes = {stage.codec: stage.total for stage in stages if stage.problem is None}
    assert sizes["rans"] < sizes["raw"]
    assert all(stage.decode_cpu_s >= 0 and stage.kinds["groups"] > 0 for stage in stages if stage.problem is None)


def test_claims_say_what_was_found_and_nothing_about_what_was_not_looked_at() -> None:
    def row(family: str, setting: str, kb: float, psnr: float, max_mm: float) -> Row:
        outcome = Outcome(kb * 1e3, None, 20.0, 1.0, 3.0, {})
        return Row(family, setting, None, outcome, PositionError(0, 0, max_mm), PictureQuality(psnr, psnr - 1, 0))

    ours = (row("ani3d", "standard", 5, 36, 4), row("ani3d", "high", 10, 37, 1))
    peers = (row("splats4d", "default: 2 mm", 50, 36, 4), row("SPZ (gsply)", "v4", 600, 47, 0.2))
    report = SequenceReport("s", 1, 1, 300, 30, 1, 1, (*ours, *peers))
    grid = claims_chapter(Findings({"skirt": report})).grids[0]
    met = {cells[0]: (cells[2], cells[3]) for cells in grid.rows}
    assert met["44 k Gaussians, no free hair"] == ("5.00 at 36.0 dB (standard)", "yes")
    assert met["smaller than splats4d at equal PSNR, skirt"] == ("10.0× (default)", "no")
    assert met["smaller than SPZ per frame, ours at ≥ 35 dB, skirt"] == ("120× (standard)", "yes")
    assert met["PSNR of high, skirt"] == ("37.0 dB, worst frame 36.0 dB", "no")
    assert {"built-in dancer at standard", "PSNR of high, large", "open, high", "encode 50 k, high"}.isdisjoint(met)


def test_grids_are_markdown() -> None:
    grid = Grid("t", ("what", "figure"), (("a|b", "1"), ("c", "2")), bold=frozenset({1}))
    assert grid.markdown().split("\n") == ["| what | figure |", "|---|---:|", "| a\\|b | 1 |", "| **c** | 2 |"]


def test_linear_growth_is_one() -> None:
    first = Point(100, 10, 50, 1, 1000, 2.0, 3.0, 1, 1.0, 1.0, 1)
    double = replace(first, gaussians=200, encode_s=4.0, encode_cpu_s=6.0, play_cpu_s=3.0, file_bytes=1000)
    ratios = [cell for cell in grid_of("gaussians", [first, double]).rows[1] if cell in ("1.00", "1.50", "0.50")]
    assert ratios == ["1.00", "1.50", "0.50"]
