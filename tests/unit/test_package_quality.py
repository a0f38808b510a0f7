"""Quality presets: every part keeps its own bound, and a looser preset is a smaller file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.bake.settings import BakeSettings
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.codec.encoder.bounds import QUALITIES, PartBounds, Quality
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.validate import validate_package
from ani3d_runtime.package.writer import ClipSource, WriteReport, write_package
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.testing.sequences import dancing_sequence

FRAMES = 34


@pytest.fixture(scope="module")
def sequence() -> tuple[Avatar, ResidualLayer]:
    avatar, residual = dancing_sequence(3000, FRAMES, seed=3)
    parts = avatar.binding.parts.copy()
    parts[:200] = Part.FACE
    return replace(avatar, binding=replace(avatar.binding, parts=parts)), residual


@pytest.fixture(scope="module")
def packages(
    sequence: tuple[Avatar, ResidualLayer], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, WriteReport]:
    avatar, residual = sequence
    folder = tmp_path_factory.mktemp("quality")
    clip = ClipSource("dance", _still(avatar), residual)
    return {
        quality: write_package(folder / f"{quality}.a3d", avatar, [clip], bounds=PartBounds.of_quality(quality))
        for quality in QUALITIES
    }


def _still(avatar: Avatar) -> Motion:
    rotations = np.zeros((FRAMES, avatar.skeleton.joint_count, 4), np.float32)
    rotations[..., 0] = 1
    return Motion("still", 30.0, avatar.skeleton.joint_names, np.zeros((FRAMES, 3), np.float32), rotations)


@pytest.mark.parametrize("quality", QUALITIES)
def test_every_part_keeps_its_own_bound(
    sequence: tuple[Avatar, ResidualLayer], packages: dict[str, WriteReport], quality: Quality
) -> None:
    """Measured on what is played, in the input's order, without asking the writer."""
    avatar, residual = sequence
    worst = np.zeros(len(Part))
    with Package.open(packages[quality].path) as package:
        player = ClipPlayer(package, "dance")
        for frame in range(FRAMES):
            wanted = avatar.splats.means_m.astype(np.float64)
            wanted[residual.indices] += residual.dpos_m[frame]
            found = player.pose(player.frame(frame)).take(package.input_order).cloud.means_m
            np.maximum.at(worst, avatar.binding.parts, np.linalg.norm(found - wanted, axis=1))
        stated = package.manifest.part_max_error_m
    assert stated == PartBounds.of_quality(quality).position_m
    assert (worst <= np.array(stated) + 1e-6).all()
    assert worst[Part.HAIR] > 0.2 * stated[Part.HAIR], "a bound that is never approached is paid for and not used"
    assert packages[quality].clips[0].error.part_max_m == pytest.approx(worst, abs=2e-6)


def test_looser_presets_are_smaller(packages: dict[str, WriteReport]) -> None:
    sizes = [packages[quality].file_bytes for quality in ("preview", "standard", "high", "archive")]
    assert sizes == sorted(sizes)
    assert sizes[1] < 0.5 * sizes[3]


def test_validation_is_by_part(sequence: tuple[Avatar, ResidualLayer], packages: dict[str, WriteReport]) -> None:
    """An error that hair may have is found where the garment has it."""
    _, residual = sequence
    assert validate_package(packages["standard"].path, {"dance": residual}).ok
    avatar = sequence[0]
    garment = avatar.binding.parts[residual.indices] == Part.GARMENT
    elsewhere = residual.dpos_m.copy()
    elsewhere[5, np.flatnonzero(garment)[0]] += 0.5 * (0.004 + 0.006)
    checked = validate_package(packages["standard"].path, {"dance": replace(residual, dpos_m=elsewhere)})
    (finding,) = checked.findings
    assert finding.code == "residual-bound-missed"
    assert "garment" in finding.subject


def test_an_explicit_bound_wins_over_a_preset() -> None:
    settings = BakeSettings("dancer", ("dance",), Path("out.a3d"))
    assert settings.bounds == PartBounds.uniform(1e-3)
    assert replace(settings, quality="high").bounds == PartBounds.of_quality("high")
    assert replace(settings, quality="high", max_error_m=2e-3).bounds == PartBounds.uniform(2e-3)
