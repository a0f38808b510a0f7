"""Finishing: sizes on the way, pictures that nothing is changed in, sharper edges, training that learns."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from ani3d_runtime.avatar import Part
from ani3d_runtime.bake.characters import build_character
from ani3d_runtime.bake.prior.builtin.checkpoint import FINISHING_NAME, read_finishing, write_finishing
from ani3d_runtime.bake.prior.builtin.degradation import Degradation
from ani3d_runtime.bake.prior.builtin.finishing.drafts import Lesson, Lessons, mirrored, recoloured
from ani3d_runtime.bake.prior.builtin.finishing.losses import Scene, finishing_loss
from ani3d_runtime.bake.prior.builtin.finishing.network import (
    Draft,
    FinishingNetwork,
    FinishingShape,
    sizes_between,
)
from ani3d_runtime.bake.prior.builtin.finishing.train import FitSettings, trained_on
from ani3d_runtime.bake.prior.builtin.restorer import DEFAULT_SAMPLING, BuiltinPrior
from ani3d_runtime.bake.prior.prior import RestoreRequest
from ani3d_runtime.bake.prior.registry import load_prior
from ani3d_runtime.errors import InputError, NotFoundError
from ani3d_runtime.progress import silent

SMALL = FinishingShape(width=8, depth=1)


def _draft(size: int = 16, frames: int = 2) -> Draft:
    rng = torch.Generator().manual_seed(1)
    return Draft(
        torch.zeros(frames, 2, size, size),
        torch.full((frames, 1, size, size), -6.0),
        torch.rand(frames, 3, size, size, generator=rng),
        torch.zeros(frames, 1, size, size),
        torch.zeros(frames, 3, size, size),
    )


def _square(size: int, frames: int = 2) -> torch.Tensor:
    """[F, 3, S, S] a dark square on white."""
    picture = torch.ones(frames, 3, size, size)
    picture[..., size // 4 : 3 * size // 4, size // 4 : 3 * size // 4] = 0.2
    return picture


@given(st.integers(8, 64), st.integers(4, 1200))
def test_sizes_rise_by_no_more_than_about_two_to_the_last(smallest: int, side: int) -> None:
    sizes = sizes_between(smallest, side)
    assert sizes[-1] == side
    ratios = np.array(sizes) / np.array([smallest, *sizes[:-1]])
    assert ratios.max() < 2.3


@pytest.mark.parametrize("side", [16, 29, 70])
def test_a_network_that_was_not_trained_gives_the_draft_enlarged(side: int) -> None:
    draft, coarse = _draft(), _square(side)
    found = FinishingNetwork(SMALL).finished(draft, coarse, torch.zeros(2, 1, side, side))
    # The gate believes the source alone, which lies where it is.
    assert (found - coarse).abs().max() < 2e-3


def test_training_sharpens_what_is_soft(tmp_path: Path) -> None:
    truth = _square(32, frames=4)
    soft = functional.interpolate(functional.avg_pool2d(truth, 4), (32, 32), mode="bilinear")
    blank = torch.zeros(4, 1, 32, 32)
    lesson = Lesson(_draft(16, 4), Scene(truth, soft, 1 - truth[:, :1], blank))
    stored = {f"draft.{f.name}": getattr(lesson.draft, f.name) for f in fields(Draft)}
    stored |= {f"scene.{f.name}": (getattr(lesson.scene, f.name) * 255).byte() for f in fields(Scene)}
    torch.save(stored, tmp_path / "clip-0.pt")
    settings = FitSettings(steps=60, videos=1, pictures=4, rate=1e-2, enlarged=0, network=SMALL)
    trained, _ = trained_on(Lessons(tmp_path), settings)
    with torch.no_grad():
        found = trained.finished(lesson.draft, soft, blank)
        before, after = (float(finishing_loss(each, lesson.scene)[0]) for each in (soft, found))
    assert after < 0.6 * before


def test_no_drafts_are_refused_with_the_command_that_makes_them(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="train drafts") as caught:
        Lessons(tmp_path)
    assert caught.value.code == "training-no-clips"


def test_mirrored_and_recoloured_lessons_show_the_same_thing() -> None:
    flow = torch.randn(2, 2, 16, 16, generator=torch.Generator().manual_seed(2))
    lesson = Lesson(
        replace(_draft(), flow_px=flow),
        Scene(_square(16), _square(16), torch.ones(2, 1, 16, 16), torch.zeros(2, 1, 16, 16)),
    )
    picture = lesson.draft.picture(lesson.scene.coarse)
    other = mirrored(lesson)
    assert torch.allclose(other.draft.picture(other.scene.coarse), picture.flip(-1), atol=1e-5)
    order = torch.tensor([2, 0, 1])
    other = recoloured(lesson, order)
    assert torch.allclose(other.draft.picture(other.scene.coarse), picture[:, order], atol=1e-6)


def test_weights_come_back_from_disk(tmp_path: Path) -> None:
    network = FinishingNetwork(SMALL)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.03)
    write_finishing(tmp_path / FINISHING_NAME, network, {})
    found, digest = read_finishing(tmp_path / FINISHING_NAME)
    assert digest
    assert found.shape == SMALL
    for name, value in network.state_dict().items():
        assert torch.allclose(found.state_dict()[name], value, atol=1e-3)
    (tmp_path / FINISHING_NAME).write_bytes(b"no weights")
    with pytest.raises(InputError) as caught:
        read_finishing(tmp_path / FINISHING_NAME)
    assert caught.value.code == "prior-weights-invalid"


def test_the_packages_own_weights_sharpen_a_fuzzy_silhouette() -> None:
    """A figure with a soft rim, six times as large as what the prior sees."""
    prior = load_prior("builtin")
    assert isinstance(prior, BuiltinPrior)
    size = 384
    rows, columns = np.mgrid[:size, :size]
    inside = np.clip((90 - np.hypot((columns - 192) * 1.8, rows - 192)) / 14 + 0.5, 0, 1)[..., None]
    picture = (inside * np.array([0.5, 0.1, 0.3]) + (1 - inside)).astype(np.float32)
    coarse = np.repeat(picture[None], 3, axis=0)
    request = RestoreRequest(
        coarse, np.zeros(coarse.shape[:3], np.float32), np.full_like(coarse, 0.5), None, 15.0, None
    )
    found = prior.restore(request, DEFAULT_SAMPLING, silent)
    rim = (inside[..., 0] > 0.02) & (inside[..., 0] < 0.98)

    def steepest(video: np.ndarray) -> float:
        return float(np.quantile(np.hypot(*np.gradient(video[1].mean(axis=-1)))[rim], 0.9))

    assert steepest(found) > 1.6 * steepest(coarse)  # 1.2 without the finishing network


def test_degraded_avatars_have_fewer_larger_gaussians_and_thin_hems() -> None:
    avatar = build_character("dancer", detail=5_000).avatar
    worn = Degradation(kept=0.5, size=1.2, hem=0.4, seed=3).applied(avatar)
    assert worn.count == pytest.approx(avatar.count / 2, rel=0.1)
    assert np.median(worn.splats.scales_m) == pytest.approx(1.2 * 2**0.5 * np.median(avatar.splats.scales_m), rel=0.1)
    garment = worn.binding.parts == Part.GARMENT
    height_m = worn.splats.means_m[garment, 1]
    hem, waist = height_m < np.quantile(height_m, 0.05), height_m > np.quantile(height_m, 0.6)
    opacities = worn.splats.opacities[garment]
    assert opacities[hem].mean() < 0.7 * opacities[waist].mean()
    assert Degradation().applied(avatar).count == avatar.count
