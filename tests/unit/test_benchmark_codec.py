"""The codec benchmark measures what it says: a wrong ruler would make every figure wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ani3d_runtime.formats.gaussian_ply import gaussian_ply_bytes
from ani3d_runtime.geometry.quaternion import matrix_from_quaternion, quaternion_from_matrix
from ani3d_runtime.render.rasterise import RenderResult
from ani3d_runtime.splats import SplatCloud
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion, synthetic_residual
from benchmarks.codec.continuity import continued
from benchmarks.codec.measure import (
    BEST_PSNR_DB,
    Gallery,
    PictureQuality,
    PositionError,
    foreground_error,
    position_error,
    psnr_db,
)
from benchmarks.codec.peers.ani3d import Ani3d
from benchmarks.codec.peers.contender import Contender, Outcome
from benchmarks.codec.peers.ply import RawPly, cloud_of
from benchmarks.codec.peers.splats4d import cloud_of_splat, splat_of
from benchmarks.codec.report import Row, SequenceReport, factor_at
from benchmarks.codec.run import compared
from benchmarks.codec.sampling import Sampling
from benchmarks.codec.sequences import BenchmarkSequence
from benchmarks.codec.table import comparison_grid


@pytest.fixture(scope="module")
def sequence() -> BenchmarkSequence:
    avatar = synthetic_avatar(300, sh_degree=0)
    avatar = replace(avatar, binding=avatar.binding.snapped())
    return BenchmarkSequence("synthetic", avatar, synthetic_motion(avatar.skeleton, 34), synthetic_residual(avatar, 34))


def covariances(cloud: SplatCloud) -> np.ndarray:
    half = matrix_from_quaternion(cloud.quats_wxyz) * cloud.scales_m[:, None, :]
    return half @ half.transpose(0, 2, 1)


def picture(rgb: float, alpha: np.ndarray) -> RenderResult:
    return RenderResult(np.full((*alpha.shape, 3), rgb, np.float32), alpha.astype(np.float32), np.zeros(alpha.shape))


def test_position_error_of_known_offsets() -> None:
    source = np.zeros((1000, 3), dtype=np.float32)
    one_far = source.copy()
    one_far[0] = (0.003, 0.004, 0)
    error = position_error([(source, source + np.float32([0, 0.001, 0])), (source, one_far)])
    assert error.rms_mm == pytest.approx(np.sqrt((1000 * 1 + 25) / 2000), rel=1e-5)
    assert error.p999_mm == pytest.approx(1, rel=1e-3)
    assert error.max_mm == pytest.approx(5, rel=1e-5)


def test_psnr_of_a_known_difference_over_the_foreground_alone() -> None:
    alpha = np.zeros((8, 8))
    alpha[:4] = 1
    error, count = foreground_error(picture(0.5, alpha), picture(0.6, alpha))
    assert count == 4 * 8 * 3
    assert psnr_db(error / count) == pytest.approx(20, abs=1e-3)


def test_what_only_the_decoded_picture_shows_counts_too() -> None:
    nothing, something = np.zeros((8, 8)), np.zeros((8, 8))
    something[0] = 0.9
    _, count = foreground_error(picture(0.5, nothing), picture(0.5, something))
    assert count == 8 * 3


def test_colours_are_clipped_as_on_a_screen() -> None:
    everywhere = np.ones((4, 4))
    error, _ = foreground_error(picture(1.0, everywhere), picture(1.7, everywhere))
    assert error == 0
    assert psnr_db(0.0) == BEST_PSNR_DB


def test_gallery_names_the_worst_frame(sequence: BenchmarkSequence) -> None:
    sources = {index: sequence.posed(index) for index in (0, 20)}
    gallery = Gallery(sources)
    assert gallery.compared(sources).mean_db == BEST_PSNR_DB
    darker = replace(sources[20], sh=sources[20].sh - np.float32(0.2))
    quality = gallery.compared({0: sources[0], 20: darker})
    assert quality.worst_frame == 20
    assert quality.worst_db < quality.mean_db < 60


def test_continued_axes_keep_the_covariance_and_come_nearest() -> None:
    rng = np.random.default_rng(5)
    previous = synthetic_avatar(200, sh_degree=0).splats
    order = rng.permuted(np.tile(np.arange(3), (200, 1)), axis=1)
    # The same Gaussians with their axes named at random: columns permuted, one mirrored where that needs it.
    axes = np.take_along_axis(matrix_from_quaternion(previous.quats_wxyz), order[:, None, :], axis=2)
    axes[:, :, 0] *= np.sign(np.linalg.det(axes))[:, None]
    renamed = replace(
        previous,
        quats_wxyz=quaternion_from_matrix(axes).astype(np.float32),
        scales_m=np.take_along_axis(previous.scales_m, order, axis=1),
    )
    np.testing.assert_allclose(covariances(renamed), covariances(previous), atol=1e-9)
    found = continued(renamed, previous)
    np.testing.assert_allclose(found.quats_wxyz, previous.quats_wxyz, atol=1e-5)
    np.testing.assert_allclose(found.scales_m, previous.scales_m, rtol=1e-6)


def test_thinned_sequence_is_the_same_performance(sequence: BenchmarkSequence) -> None:
    kept = np.arange(1, sequence.avatar.count, 3, dtype=np.int32)
    thin = sequence.only(kept, "thin")
    np.testing.assert_array_equal(thin.posed(7).means_m, sequence.posed(7).means_m[kept])
    bald = sequence.without_free_hair()
    assert 0 < bald.avatar.count < sequence.avatar.count
    assert 0 < len(bald.residual.indices) < len(sequence.residual.indices)


@pytest.mark.parametrize("frame_count", [1, 2, 29, 31, 90, 300])
def test_sampled_frames_lie_in_the_sampled_groups(frame_count: int) -> None:
    sampling = Sampling.of(frame_count)
    members = [frame for group in sampling.groups for frame in group]
    assert len(set(members)) == len(members)
    assert members[0] == 0
    assert members[-1] == frame_count - 1
    assert {0, frame_count - 1} <= set(sampling.frames) <= set(members)
    assert list(sampling.frames) == sorted(set(sampling.frames))
    assert set(sampling.pictures) <= set(sampling.frames)


def test_files_of_peers_hold_the_frame(sequence: BenchmarkSequence) -> None:
    cloud = sequence.posed(3)
    back = cloud_of(gaussian_ply_bytes(cloud))
    np.testing.assert_array_equal(back.means_m, cloud.means_m)
    np.testing.assert_allclose(covariances(back), covariances(cloud), rtol=1e-4, atol=1e-9)
    np.testing.assert_allclose(back.opacities, cloud.opacities, atol=2e-6)
    np.testing.assert_array_equal(back.sh, cloud.sh)
    splat = cloud_of_splat(splat_of(cloud))
    np.testing.assert_array_equal(splat.means_m, cloud.means_m)
    assert np.abs((splat.quats_wxyz * cloud.quats_wxyz).sum(axis=1)).min() > 0.999
    np.testing.assert_allclose(splat.opacities, cloud.opacities, atol=1 / 500)


def test_factor_lies_on_our_curve() -> None:
    ours = [(30.0, 100.0), (40.0, 1000.0)]
    inside = factor_at(ours, 35.0, 3162.2776)
    assert inside is not None
    assert inside.times == pytest.approx(10)
    assert not inside.at_least
    below = factor_at(ours, 20.0, 300.0)
    assert below is not None
    assert below.times == pytest.approx(3)
    assert below.at_least
    assert factor_at(ours, 50.0, 300.0) is None
    larger_and_worse = factor_at([*ours, (25.0, 400.0)], 20.0, 300.0)
    assert larger_and_worse is not None
    assert larger_and_worse.times == pytest.approx(3)
    assert factor_at([], 50.0, 300.0) is None


def test_a_missing_or_failing_codec_leaves_the_others_their_rows(sequence: BenchmarkSequence) -> None:
    class Missing(RawPly):
        family = "missing"
        modules = ("no_such_module_anywhere",)

    class Broken(Contender):
        family = "broken"
        setting = "always"

        def run(self, sequence: BenchmarkSequence, sampling: Sampling, folder: Path) -> Outcome:
            raise RuntimeError("as expected")

    said: list[str] = []
    report = compared(sequence, [Ani3d.within(1e-3), Missing(), Broken(), RawPly()], said.append)
    ours, missing, broken, raw = report.rows
    assert missing.problem == "not installed"
    assert "as expected" in str(broken.problem)
    assert ours.outcome is not None
    assert ours.outcome.bytes_per_frame > (ours.outcome.clip_bytes_per_frame or 0) > 0
    assert ours.position is not None
    assert 0 < ours.position.max_mm < 2
    assert raw.outcome is not None
    assert raw.outcome.bytes_per_frame == pytest.approx(300 * 17 * 4, rel=0.05)
    assert raw.position is not None
    assert raw.position.max_mm == 0
    assert comparison_grid(report).markdown().count("\n") == 1 + len(report.rows)
    assert [row["problem"] for row in report.to_json()["rows"]][1] == "not installed"


def test_equal_error_is_read_off_between_our_settings() -> None:
    def row(family: str, size: float, max_mm: float, psnr: float) -> Row:
        outcome = Outcome(size, None, 1.0, 1.0, 1.0, {})
        return Row(family, "", None, outcome, PositionError(0, 0, max_mm), PictureQuality(psnr, psnr, 0))

    peer = row("peer", 10_000, 2.0, 35)
    report = SequenceReport("s", 1, 1, 1, 30, 1, 1, (row("ani3d", 1000, 1.0, 45), row("ani3d", 10, 4.0, 38), peer))
    error, psnr = report.smaller_at_equal_max_error(peer), report.smaller_at_equal_psnr(peer)
    assert error is not None
    assert error.times == pytest.approx(100)
    assert psnr is not None
    assert psnr.at_least
    assert psnr.times == pytest.approx(1000)
