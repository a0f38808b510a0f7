"""Wan-Animate as a prior, end to end on a tiny random model, against an independent float64 loop around it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import CLIPImageProcessor

from ani3d_runtime.bake.prior.prior import RestoreRequest
from ani3d_runtime.bake.prior.registry import load_prior
from ani3d_runtime.bake.prior.wan.windows import windowed
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.errors import Ani3dError
from tests.tiny_wan import (
    TEXT_DIM,
    save_tiny_animate,
    tiny_animate_transformer,
    tiny_image_encoder,
    tiny_vae,
)
from tests.wan_reference import pooled, sample, shifted_sigmas

TWO_STEPS = SamplingSettings(steps=3, strength=0.7, self_guidance=0.3, guidance_scale=2.0)


def ignore(_: float) -> None:
    pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    result = save_tiny_animate(tmp_path_factory.mktemp("animate") / "Wan-Animate")
    torch.manual_seed(3)
    texts = {name: torch.randn(1, 512, TEXT_DIM) for name in ("prompt_embeds", "negative_prompt_embeds")}
    save_file(texts, result / "prompt_embeds.safetensors")
    return result


@pytest.fixture(scope="module")
def prior(folder: Path) -> Any:
    return load_prior(folder)


def make_request(frames: int = 9, height: int = 32, width: int = 48) -> RestoreRequest:
    random = np.random.default_rng(0)
    pictures = random.integers(0, 256, (2, frames, height, width, 3)) / 255
    face = random.integers(0, 256, (frames, 16, 16, 3)) / 255
    keep = random.random((frames, height, width)) > 0.995
    return RestoreRequest.checked(pictures[0], keep, pictures[1], pictures[0, -1, ::-1], 16.0, face=face)


def expected_video(folder: Path, request: RestoreRequest, settings: SamplingSettings) -> np.ndarray:
    """Encoders and denoiser of diffusers and transformers in float64; everything around them by hand."""
    vae, model = tiny_vae().double().eval(), tiny_animate_transformer().double().eval()

    def encoded(video: np.ndarray) -> Tensor:
        pixels = torch.from_numpy(video.astype(np.float64)).permute(3, 0, 1, 2)[None] * 2 - 1
        return vae.encode(pixels).latent_dist.mode()[0]

    assert request.reference is not None
    assert request.face is not None
    picture = Image.fromarray(np.rint(request.reference * 255).astype(np.uint8))
    processor = CLIPImageProcessor(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28})
    pixels = processor(images=picture, return_tensors="pt").pixel_values.double()
    clip: Any = tiny_image_encoder().double().eval()
    image = clip(pixel_values=pixels, output_hidden_states=True).hidden_states[-2]
    reference, y, poses = encoded(request.reference[None]), encoded(request.coarse), encoded(request.control)
    grey = encoded(np.full(request.coarse.shape, 0.5))
    known = torch.ones(4, 1, *y.shape[2:], dtype=torch.float64)
    beside = torch.cat(
        (
            torch.cat((known, reference)),
            torch.cat((torch.zeros(4, *y.shape[1:], dtype=torch.float64), grey)),
        ),
        dim=1,
    )
    faces = torch.from_numpy(request.face.astype(np.float64)).permute(3, 0, 1, 2)[None] * 2 - 1
    texts = load_file(folder / "prompt_embeds.safetensors")

    def velocity(x: Tensor, sigma: float) -> Tensor:
        said = [
            model(
                hidden_states=torch.cat((x, beside))[None],
                timestep=torch.tensor([1000 * sigma], dtype=torch.float64),
                encoder_hidden_states=texts[name].double(),
                encoder_hidden_states_image=image,
                pose_hidden_states=poses[None],
                face_pixel_values=seen,
                return_dict=False,
            )[0][0]
            for name, seen in (("prompt_embeds", faces), ("negative_prompt_embeds", torch.full_like(faces, -1)))
        ]
        return said[1] + settings.guidance_scale * (said[0] - said[1])

    target = torch.cat((reference, y), dim=1)
    keep = pooled(request.preserve)
    keep = torch.cat((torch.ones_like(keep[:1]), keep))
    with torch.no_grad():
        sigmas = shifted_sigmas(2, settings.strength, settings.shift)
        x = sample(velocity, target, keep, sigmas, settings.self_guidance, settings.seed)
        video = vae.decode(x[None, :, 1:]).sample[0]
    return ((video.permute(1, 2, 3, 0) + 1) / 2).clip(0, 1).numpy()


def test_whole_sampling_is_that_of_an_independent_float64_loop(folder, prior):
    request = make_request()
    expected = expected_video(folder, request, TWO_STEPS)
    np.testing.assert_allclose(prior.restore(request, TWO_STEPS, ignore), expected, rtol=0, atol=2e-4)
    other = expected_video(folder, replace(request, preserve=1 - request.preserve), TWO_STEPS)
    assert np.abs(other - expected).max() > 0.01


@pytest.mark.parametrize("field", ["control", "reference", "face"])
def test_pose_face_and_reference_are_seen(prior, field):
    request = make_request()
    changed = replace(request, **{field: 1 - getattr(request, field)})
    difference = prior.restore(request, TWO_STEPS, ignore) - prior.restore(changed, TWO_STEPS, ignore)
    assert np.abs(difference).max() > 1e-5


@pytest.mark.parametrize("frames", [1, 4, 6])
def test_any_number_of_frames_is_kept(prior, frames):
    request = replace(make_request(frames, 30, 46), face=None)
    assert prior.restore(request, TWO_STEPS, ignore).shape == request.coarse.shape


def test_windows_give_every_latent_its_own_pose_and_face():
    class Told(torch.nn.Module):
        def forward(self, hidden_states, timestep, pose_hidden_states, face_pixel_values, return_dict):
            # The first pixel frame of each latent: 0, 1, 5, 9 …
            first = face_pixel_values[:, :1, [0, *range(1, face_pixel_values.shape[2], 4)]]
            poses = torch.cat((torch.zeros_like(pose_hidden_states[:, :, :1]), pose_hidden_states), dim=2)
            return (hidden_states[:, :2] + poses + torch.nn.functional.pad(first, (0, 0, 0, 0, 1, 0)),)

    module = Told()
    faces = torch.randn(1, 3, 157, 1, 1)
    # In a window that begins later, the first latent sees one frame where it would see four.
    faces[:, :, 1:] = faces[:, :, 1::4].repeat_interleave(4, dim=2)
    told = {
        "hidden_states": torch.randn(1, 5, 41, 1, 1),
        "timestep": torch.zeros(1),
        "pose_hidden_states": torch.randn(1, 2, 40, 1, 1),
        "face_pixel_values": faces,
        "return_dict": False,
    }
    expected = module(**told)[0]
    with windowed([module], 20, leading=1):
        torch.testing.assert_close(module(**told)[0], expected)


def test_without_a_reference_it_is_refused(prior):
    with pytest.raises(Ani3dError) as refused:
        prior.restore(replace(make_request(), reference=None), TWO_STEPS, ignore)
    assert refused.value.code == "prior-no-reference"
    assert prior.description.needs_reference


@pytest.mark.parametrize("part", ["image_encoder", "image_processor", "transformer"])
def test_a_part_that_is_absent(folder, tmp_path, part):
    copied = Path(shutil.copytree(folder, tmp_path / "copied"))
    shutil.rmtree(copied / part)
    with pytest.raises(Ani3dError) as refused:
        load_prior(copied)
    assert refused.value.code == "prior-incomplete"
