"""How much memory Wan is said to take, and the windows that keep it from growing with the video."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ani3d_runtime.bake.prior.prior import PriorOptions
from ani3d_runtime.bake.prior.wan.windows import latent_windows, windowed
from benchmarks.prior_memory import MODELS, estimated, trace_decoder, trace_denoiser


@pytest.mark.parametrize("name", ["Wan2.1-T2V-1.3B", "Wan2.1-VACE-14B"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_memory_estimates_meet_the_traced_allocations_of_full_sized_models(name, dtype):
    config = {**MODELS[name][0], "num_layers": 2}
    if "vace_layers" in config:
        config["vace_layers"] = [0, 1]
    peak, _ = trace_denoiser(config, dtype, 17, 256, 416)
    memory = replace(estimated(config, 1, (0, 0), PriorOptions(tile_vae=True)), itemsize=dtype.itemsize)
    assert memory.denoise_bytes(17, 256, 416) == pytest.approx(peak, rel=0.1)


@pytest.mark.parametrize("tiled", [False, True])
def test_memory_estimates_meet_the_traced_allocations_of_the_autoencoder(tiled):
    peak, _ = trace_decoder(5, 256, 264, tiled=tiled)
    memory = estimated(MODELS["Wan2.1-T2V-1.3B"][0], 1, (0, 0), PriorOptions(tile_vae=tiled))
    assert memory.decode_bytes(5, 256, 264) == pytest.approx(peak, rel=0.1)


@pytest.mark.parametrize(
    ("free_gb", "way"),
    [
        (80, ("none", False)),
        (40, ("model", False)),
        (12, ("sequential", False)),
        (6, ("sequential", True)),
        (1, ("sequential", True)),
        (None, ("none", False)),
    ],
)
def test_the_fastest_way_that_fits_is_taken(free_gb, way):
    asked = estimated(*MODELS["Wan2.2-T2V-A14B"], (14 * 10**9, 10**8), PriorOptions())
    settled = asked.settled(None if free_gb is None else int(free_gb * 1e9), on_accelerator=True)
    assert (settled.options.offload, settled.options.tile_vae) == way
    assert settled.host_bytes == pytest.approx(56.4e9)


def test_what_was_asked_for_is_kept_and_a_cpu_never_offloads():
    asked = estimated(*MODELS["Wan2.2-T2V-A14B"], (14 * 10**9, 10**8), PriorOptions(offload="model", tile_vae=True))
    assert asked.settled(10**9, on_accelerator=True).options == asked.options
    left_open = replace(asked, options=PriorOptions())
    assert left_open.settled(10**9, on_accelerator=False).options.offload == "none"


@settings(max_examples=50, deadline=None)
@given(count=st.integers(1, 120), length=st.integers(5, 30), overlap=st.integers(1, 4))
def test_windows_cover_a_video_and_share_it_out(count, length, overlap):
    total = np.zeros(count)
    stop = overlap
    for window, weights in latent_windows(count, length, overlap):
        assert window.stop - window.start == min(count, length) == len(weights)
        assert window.start <= stop - overlap
        assert (weights > 0).all()
        total[window] += weights
        stop = window.stop
    assert stop == count
    np.testing.assert_allclose(total, 1, atol=1e-6)


def test_windows_of_a_model_without_memory_change_nothing():
    class Pointwise(torch.nn.Module):
        def forward(self, hidden_states, timestep, control_hidden_states, return_dict):
            return (hidden_states * 2 + control_hidden_states[:, :1],)

    module = Pointwise()
    hidden, control = torch.randn(1, 3, 41, 2, 2), torch.randn(1, 5, 41, 2, 2)
    given_arguments = {
        "hidden_states": hidden,
        "timestep": torch.zeros(1),
        "control_hidden_states": control,
        "return_dict": False,
    }
    expected = module(**given_arguments)[0]
    with windowed([module], 12, leading=1):
        torch.testing.assert_close(module(**given_arguments)[0], expected)
    assert "forward" not in vars(module)
