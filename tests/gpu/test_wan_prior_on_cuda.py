"""Wan on CUDA: every way of offloading gives the CPU's picture, and takes no more memory than is said beforehand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ani3d_runtime.bake.prior.prior import PriorOptions, RestoreRequest
from ani3d_runtime.bake.prior.registry import load_prior
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from tests.tiny_wan import save_full_width_wan, save_tiny_wan

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")

SETTINGS = SamplingSettings(steps=3)


def make_request(frames: int, height: int, width: int) -> RestoreRequest:
    random = np.random.default_rng(0)
    video = random.random((frames, height, width, 3), np.float32)
    return RestoreRequest.checked(video, video[..., 0] > 0.5, 1 - video, video[0], 24.0)


def ignore(fraction: float) -> None:
    pass


@pytest.mark.parametrize("offload", ["none", "model", "sequential"])
@pytest.mark.parametrize("kind", [{"experts": 2}, {"vace": True}])
def test_offloading_agrees_with_the_cpu(tmp_path: Path, kind, offload):
    folder, request = save_tiny_wan(tmp_path / "tiny", **kind), make_request(9, 32, 48)
    expected = load_prior(folder).restore(request, SETTINGS, ignore)
    options = PriorOptions(dtype="float32", offload=offload)
    video = load_prior(folder, "cuda", options).restore(request, SETTINGS, ignore)
    np.testing.assert_allclose(video, expected, atol=2e-3)


@pytest.mark.parametrize("tiled", [False, True])
def test_memory_stays_below_the_estimate(tmp_path: Path, tiled):
    folder = save_full_width_wan(tmp_path / "full", layers=2)
    prior = load_prior(folder, "cuda", PriorOptions(offload="none", tile_vae=tiled))
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    prior.restore(make_request(33, 480, 832), SETTINGS, ignore)
    taken = torch.cuda.max_memory_allocated() - before
    assert 0.5 * taken < prior._memory.work_bytes(33, 480, 832) < 2 * taken
