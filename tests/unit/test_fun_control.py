"""Fun-Control, end to end: tiny random models under Wan's own names, in the files that are published."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from ani3d_runtime.bake.prior.prior import RestoreRequest
from ani3d_runtime.bake.prior.registry import load_prior
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.errors import Ani3dError
from tests.tiny_fun import HEADS, FunParts, add_tiny_text_files, save_tiny_fun
from tests.tiny_wan import TEXT_DIM
from tests.wan_reference import denoise, pooled, sample, shifted_sigmas

TWO_STEPS = SamplingSettings(steps=3, strength=0.7, self_guidance=0.3)
KINDS: dict[str, dict[str, Any]] = {
    "2.1-v1.1": {},
    "2.1-v1.0": {"reference": False},
    "2.2-a14b": {"channels": 52, "image": False, "experts": 2},
}


def ignore(_: float) -> None:
    pass


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FunParts]:
    base = tmp_path_factory.mktemp("fun")
    parts = {kind: save_tiny_fun(base / kind, **shape) for kind, shape in KINDS.items()}
    for part in parts.values():
        torch.manual_seed(3)
        texts = {name: torch.randn(1, 7, TEXT_DIM) for name in ("prompt_embeds", "negative_prompt_embeds")}
        save_file(texts, part.folder / "prompt_embeds.safetensors")
    return parts


@pytest.fixture
def copied(saved: dict[str, FunParts], tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved["2.1-v1.1"].folder, tmp_path / "copied"))


def make_request(frames: int = 5, height: int = 48, width: int = 32) -> RestoreRequest:
    """Of eight-bit pictures, the reference of the video's size."""
    random = np.random.default_rng(0)
    pictures = random.integers(0, 256, (2, frames, height, width, 3)) / 255
    return RestoreRequest.checked(
        pictures[0], random.random((frames, height, width)) > 0.995, pictures[1], pictures[0, -1, ::-1], 16.0
    )


def refusal_of(folder: Path) -> Ani3dError:
    with pytest.raises(Ani3dError) as caught:
        load_prior(folder)
    return caught.value


def expected_video(parts: FunParts, request: RestoreRequest, settings: SamplingSettings) -> np.ndarray:
    """The whole of it in float64, by nothing of ours: encoders of diffusers and transformers, the rest by hand."""
    vae = parts.vae.double()
    mean, deviation = (
        torch.tensor(values, dtype=torch.float64)[:, None, None, None]
        for values in (vae.config["latents_mean"], vae.config["latents_std"])
    )

    def encoded(video: np.ndarray) -> Tensor:
        pixels = torch.from_numpy(video.astype(np.float64)).permute(3, 0, 1, 2)[None] * 2 - 1
        return (vae.encode(pixels).latent_dist.mode()[0] - mean) / deviation

    texts = load_file(parts.folder / "prompt_embeds.safetensors")
    said = {
        name: torch.cat((text[0], torch.zeros(512 - text.shape[1], TEXT_DIM))).double() for name, text in texts.items()
    }
    assert request.reference is not None
    image = None
    if parts.clip is not None:
        picture = torch.from_numpy(request.reference.astype(np.float64)).permute(2, 0, 1)[None]
        small = torch.nn.functional.interpolate(picture, size=(224, 224), mode="bicubic")
        centre, spread = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
        pixels = (small - torch.tensor(centre)[:, None, None]) / torch.tensor(spread)[:, None, None]
        clip: Any = parts.clip.double()
        image = clip(pixel_values=pixels, output_hidden_states=True).hidden_states[-2][0]
    y, poses = encoded(request.coarse), encoded(request.control)
    has_reference = "ref_conv.weight" in next(iter(parts.denoisers.values()))
    reference = encoded(request.reference[None])[:, 0] if has_reference else None

    def velocity(x: Tensor, sigma: float) -> Tensor:
        part = "transformer" if len(parts.denoisers) == 1 or sigma >= 0.875 else "transformer_2"
        state = parts.denoisers[part]
        empty = torch.zeros(state["patch_embedding.weight"].shape[1] - 32, *x.shape[1:], dtype=torch.float64)
        conditional, free = (
            denoise(
                state,
                torch.cat((x, poses, empty)),
                1000 * sigma,
                said[name],
                heads=HEADS,
                image=image,
                reference=reference,
            )
            for name in ("prompt_embeds", "negative_prompt_embeds")
        )
        return free + settings.guidance_scale * (conditional - free)

    sigmas = shifted_sigmas(2, settings.strength, settings.shift)
    with torch.no_grad():
        x = sample(velocity, y, pooled(request.preserve), sigmas, settings.self_guidance, settings.seed)
        video = vae.decode((x * deviation + mean)[None]).sample[0]
    return ((video.permute(1, 2, 3, 0) + 1) / 2).clip(0, 1).numpy()


@pytest.mark.parametrize("kind", KINDS)
def test_whole_sampling_is_that_of_an_independent_float64_loop(saved, kind):
    request = make_request()
    video = load_prior(saved[kind].folder).restore(request, TWO_STEPS, ignore)
    expected = expected_video(saved[kind], request, TWO_STEPS)
    assert np.abs(expected - request.coarse).max() > 0.05
    np.testing.assert_allclose(video, expected, rtol=0, atol=2e-4)


@pytest.mark.parametrize(("kind", "sees"), [("2.1-v1.1", True), ("2.1-v1.0", True), ("2.2-a14b", True)])
@pytest.mark.parametrize("field", ["control", "reference"])
def test_control_and_reference_are_seen(saved, kind, sees, field):
    request, prior = make_request(), load_prior(saved[kind].folder)
    assert prior.description.takes_control
    assert prior.description.takes_reference == sees
    changed = replace(request, **{field: 1 - getattr(request, field)})
    difference = prior.restore(request, TWO_STEPS, ignore) - prior.restore(changed, TWO_STEPS, ignore)
    assert np.abs(difference).max() > 1e-4


def test_without_a_reference_its_tokens_are_still_there(saved):
    request = replace(make_request(), reference=None)
    video = load_prior(saved["2.1-v1.1"].folder).restore(request, TWO_STEPS, ignore)
    assert video.shape == request.coarse.shape


@pytest.mark.parametrize("kind", ["2.1-v1.1", "2.2-a14b"])
def test_a_video_longer_than_the_model_knows_keeps_its_reference_in_every_window(saved, kind, monkeypatch):
    prior: Any = load_prior(saved[kind].folder)
    seen: list[Tensor] = []
    module = prior._pipeline.transformer
    forward = module.forward
    monkeypatch.setattr(module, "forward", lambda **g: (seen.append(g["hidden_states"]), forward(**g))[1])
    request = make_request(85, 16, 16)
    video = prior.restore(request, SamplingSettings(steps=2, strength=1.0), ignore)
    assert video.shape == request.coarse.shape
    assert {tensor.shape[2] for tensor in seen} == {22}
    for tensor in seen[1:]:
        torch.testing.assert_close(tensor[:, :, 0], seen[0][:, :, 0])
        assert not tensor[:, 16:, 0].any()


def test_a_text_encoder_under_wans_names_is_the_one_of_transformers(copied, monkeypatch, tmp_path):
    monkeypatch.setenv("ANI3D_CACHE_DIR", str(tmp_path / "cache"))
    model = add_tiny_text_files(copied).bfloat16()
    prior: Any = load_prior(copied)
    assert prior.description.takes_prompt
    texts = prior._prompts_of(replace(TWO_STEPS, prompt="a person in red cloth", negative_prompt="blue"))
    ids = torch.tensor([[3, 4, 5, 6, 8]])
    with torch.no_grad():
        expected = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0].float()
    assert texts.positive.shape == (1, 512, TEXT_DIM)
    # Both compute in bfloat16, over texts of other lengths.
    torch.testing.assert_close(texts.positive[0, :5], expected, rtol=0, atol=0.04)
    assert expected.abs().max() > 0.5
    assert not texts.positive[0, 5:].any()


def test_folders_of_diffusers_serve_in_place_of_the_pth_files(saved, copied):
    parts = saved["2.1-v1.1"]
    assert parts.clip is not None
    parts.vae.float().save_pretrained(copied / "vae")
    parts.clip.float().save_pretrained(copied / "image_encoder")
    for path in copied.glob("*.pth"):
        path.unlink()
    request = make_request()
    np.testing.assert_allclose(
        load_prior(copied).restore(request, TWO_STEPS, ignore),
        load_prior(parts.folder).restore(request, TWO_STEPS, ignore),
        atol=1e-5,
    )


class TestRefusals:
    @pytest.mark.parametrize(
        ("channels", "says"), [(16, "text-to-video"), (36, "inpainting"), (100, "5 B"), (148, "5 B"), (51, "51")]
    )
    def test_models_of_other_channels(self, tmp_path, channels, says):
        refusal = refusal_of(save_tiny_fun(tmp_path / "other", channels=channels).folder)
        assert refusal.code == "prior-wrong-class"
        assert says in refusal.found

    @pytest.mark.parametrize(
        "name",
        [
            "diffusion_pytorch_model.safetensors",
            "Wan2.1_VAE.pth",
            "models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth",
        ],
    )
    def test_a_file_that_is_absent_or_cut_short(self, copied, name):
        path = copied / name
        path.write_bytes(path.read_bytes()[:-200])
        assert refusal_of(copied).code == "prior-incomplete"
        path.unlink()
        assert refusal_of(copied).code == "prior-incomplete"

    def test_a_shard_that_is_absent_whatever_an_index_says(self, copied):
        whole = copied / "diffusion_pytorch_model.safetensors"
        whole.rename(copied / "diffusion_pytorch_model-00002-of-00002-bf16.safetensors")
        refusal = refusal_of(copied)
        assert refusal.code == "prior-incomplete"
        assert "1 of 2" in refusal.found

    def test_one_expert_without_the_other(self, saved, tmp_path):
        folder = Path(shutil.copytree(saved["2.2-a14b"].folder, tmp_path / "one"))
        shutil.rmtree(folder / "low_noise_model")
        assert refusal_of(folder).code == "prior-incomplete"

    def test_weights_of_eight_bits(self, copied):
        self.change(copied, lambda w: w | {"blocks.0.ffn.0.weight": w["blocks.0.ffn.0.weight"].to(torch.float8_e4m3fn)})
        assert refusal_of(copied).code == "prior-dtype"

    @pytest.mark.parametrize("lost", ["blocks.1.ffn.2.bias", "ref_conv.bias", "text_embedding.0.weight"])
    def test_a_weight_that_is_absent(self, copied, lost, monkeypatch):
        # Weights are not to be read before this is known.
        monkeypatch.setattr("ani3d_runtime.bake.prior.wan.fun_weights.load_file", None)
        self.change(copied, lambda w: {name: tensor for name, tensor in w.items() if name != lost})
        assert refusal_of(copied).code == "prior-unreadable"

    def test_a_config_of_another_model(self, copied):
        path = copied / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "num_layers": 30}))
        assert refusal_of(copied).code == "prior-unreadable"

    def test_an_autoencoder_that_is_something_else(self, copied):
        torch.save({"weights": torch.zeros(3)}, copied / "Wan2.1_VAE.pth")
        assert refusal_of(copied).code == "prior-unreadable"

    def test_a_pickle_that_would_run_code(self, copied):
        class Evil:
            def __reduce__(self):
                return (Path.touch, (copied / "run",))

        torch.save({"weights": Evil()}, copied / "Wan2.1_VAE.pth")
        assert refusal_of(copied).code == "prior-unreadable"
        assert not (copied / "run").exists()

    @staticmethod
    def change(folder: Path, how: Any) -> None:
        path = folder / "diffusion_pytorch_model.safetensors"
        save_file(how(load_file(path)), path)
