"""The prior ``wan``, end to end on tiny random models that were saved to disk and loaded as real checkpoints are."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from accelerate import cpu_offload
from diffusers.pipelines.wan.pipeline_wan_vace import WanVACEPipeline
from diffusers.pipelines.wan.pipeline_wan_video2video import WanVideoToVideoPipeline
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from PIL import Image
from safetensors.torch import load_file, save_file

from ani3d_runtime.bake.prior.prior import PriorOptions, RestoreRequest
from ani3d_runtime.bake.prior.registry import load_prior
from ani3d_runtime.bake.prior.wan.restorer import WanPrior
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.errors import Ani3dError
from tests.tiny_wan import TEXT_DIM, add_tiny_text_encoder, edit_index, save_tiny_wan, tiny_transformer, tiny_vae

QUICK = SamplingSettings(steps=3, strength=0.7)
ODE = replace(QUICK, renoise=0.0, self_guidance=0.0)


def ignore(fraction: float) -> None:
    pass


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    base = tmp_path_factory.mktemp("wan")
    return {
        "wan2.1": save_tiny_wan(base / "wan2.1"),
        "wan2.2": save_tiny_wan(base / "wan2.2", experts=2),
        "wan2.2-5B": save_tiny_wan(base / "wan2.2-5B", patched=True),
        "vace2.1": save_tiny_wan(base / "vace2.1", vace=True),
        "vace2.2": save_tiny_wan(base / "vace2.2", vace=True, experts=2),
    }


@pytest.fixture(scope="module")
def priors(checkpoints: dict[str, Path]) -> dict[str, Any]:
    return {name: load_prior(folder) for name, folder in checkpoints.items()}


@pytest.fixture
def copied(checkpoints: dict[str, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(checkpoints["wan2.1"], tmp_path / "copied"))


def make_request(frames: int = 5, height: int = 32, width: int = 32, seed: int = 0) -> RestoreRequest:
    random = np.random.default_rng(seed)
    return RestoreRequest.checked(
        random.random((frames, height, width, 3)),
        random.random((frames, height, width)) > 0.5,
        random.random((frames, height, width, 3)),
        random.random((20, 12, 3)),
        24.0,
    )


def store_prompts(folder: Path) -> None:
    torch.manual_seed(3)
    positive, negative = torch.randn(1, 7, TEXT_DIM), torch.randn(1, 7, TEXT_DIM)
    save_file({"prompt_embeds": positive, "negative_prompt_embeds": negative}, folder / "prompt_embeds.safetensors")


def refusal_of(name_or_path: object, options: PriorOptions | None = None, device: str = "cpu") -> Ani3dError:
    with pytest.raises(Ani3dError) as caught:
        load_prior(str(name_or_path), device, options)
    return caught.value


KINDS = ["wan2.1", "wan2.2", "wan2.2-5B", "vace2.1", "vace2.2"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(5, 32, 32), (1, 16, 16), (6, 30, 50)])
def test_frame_count_and_size_are_kept(priors, kind, shape):
    seen: list[float] = []
    video = priors[kind].restore(make_request(*shape), QUICK, seen.append)
    assert video.shape == (*shape, 3)
    assert video.dtype == np.float32
    assert 0 <= video.min() < video.max() <= 1
    assert seen == sorted(seen)
    assert len(seen) >= 2
    assert seen[-1] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_and_a_folder_decide_the_video(priors, checkpoints, kind):
    request = make_request()
    first = priors[kind].restore(request, QUICK, ignore)
    again = load_prior(checkpoints[kind]).restore(request, QUICK, ignore)
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - priors[kind].restore(request, replace(QUICK, seed=1), ignore)).max() > 1e-3


@pytest.mark.parametrize("change", [{"renoise": 0.0}, {"renoise": "sigma"}, {"self_guidance": 1.0}, {"form": "paper"}])
def test_gamma_lambda_and_form_are_seen(priors, change):
    request = make_request()
    chosen = replace(QUICK, self_guidance=0.5)
    plain = priors["wan2.1"].restore(request, chosen, ignore)
    assert np.abs(plain - priors["wan2.1"].restore(request, replace(chosen, **change), ignore)).max() > 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_full_guidance_and_a_full_mask_give_the_autoencoded_input_back(priors, checkpoints, kind):
    """Holds only where y, M and VACE's leading reference latent all lie where the sampled latents do."""
    request = make_request()
    held = replace(request, preserve=np.ones_like(request.preserve))
    video = priors[kind].restore(held, replace(QUICK, self_guidance=1.0, anneal=False), ignore)
    vae = tiny_vae(patched=kind == "wan2.2-5B").eval()
    pixels = torch.from_numpy(request.coarse).permute(3, 0, 1, 2)[None] * 2 - 1
    with torch.no_grad():
        expected = vae.decode(vae.encode(pixels).latent_dist.mode()).sample
    np.testing.assert_allclose(video, (expected[0].permute(1, 2, 3, 0).numpy() + 1) / 2, atol=1e-4)


def test_the_ode_is_diffusers_own_video_to_video(copied):
    """The same noise, schedule, encoding and guidance through a pipeline that knows nothing of us."""
    store_prompts(copied)
    request = make_request(9, 32, 48)
    ours = load_prior(copied).restore(request, ODE, ignore)

    class OurSchedule(FlowMatchEulerDiscreteScheduler):
        def set_timesteps(self, *_: Any, **__: Any) -> None:
            super().set_timesteps(sigmas=ODE.sigmas[:-1])

    stored = load_file(copied / "prompt_embeds.safetensors")
    pipeline = WanVideoToVideoPipeline(
        None, None, tiny_transformer(1, vace=False).eval(), tiny_vae().eval(), OurSchedule()
    )
    pipeline.set_progress_bar_config(disable=True)
    theirs = pipeline(
        video=list(request.coarse),
        height=32,
        width=48,
        num_inference_steps=2,
        strength=1.0,
        guidance_scale=ODE.guidance_scale,
        generator=torch.Generator().manual_seed(ODE.seed),
        **stored,
    ).frames[0]
    np.testing.assert_allclose(ours, theirs, atol=2e-5)


def test_the_ode_is_diffusers_own_vace(checkpoints, tmp_path):
    """Control, reference and the latents before and behind them, through a pipeline that is called by hand."""
    folder = Path(shutil.copytree(checkpoints["vace2.1"], tmp_path / "vace"))
    store_prompts(folder)
    eight_bit = np.random.default_rng(1).integers(0, 256, (9, 32, 48, 3), np.uint8)
    coarse, control, reference = (array / 255.0 for array in (eight_bit, 255 - eight_bit, eight_bit[3]))
    request = RestoreRequest.checked(coarse, coarse[..., 0], control, reference, 24.0)
    ours = load_prior(folder).restore(request, ODE, ignore)

    class OurSchedule(FlowMatchEulerDiscreteScheduler):
        def set_timesteps(self, *_: Any, **__: Any) -> None:
            super().set_timesteps(sigmas=ODE.sigmas[:-1])

    vae, picture = tiny_vae().eval(), Image.fromarray(eight_bit[3])
    with torch.no_grad():
        parts = [
            vae.encode(torch.from_numpy(frames).permute(3, 0, 1, 2)[None].float() / 127.5 - 1).latent_dist.mode()
            for frames in (eight_bit[3:4], eight_bit)
        ]
    clean = torch.cat(parts, 2)
    noise = torch.randn(clean.shape[1:], generator=torch.Generator().manual_seed(ODE.seed))[None]
    pipeline = WanVACEPipeline(None, None, vae, OurSchedule(), tiny_transformer(1, vace=True).eval())
    pipeline.set_progress_bar_config(disable=True)
    theirs = pipeline(
        video=[Image.fromarray(255 - frame) for frame in eight_bit],
        reference_images=[picture],
        height=32,
        width=48,
        num_frames=9,
        guidance_scale=ODE.guidance_scale,
        latents=(1 - ODE.sigmas[0]) * clean + ODE.sigmas[0] * noise,
        **load_file(folder / "prompt_embeds.safetensors"),
    ).frames[0]
    np.testing.assert_allclose(ours, theirs, atol=2e-5)


def test_two_experts_change_over_at_the_boundary(priors, monkeypatch):
    calls: list[tuple[str, float]] = []
    pipeline = priors["wan2.2"]._pipeline
    for name in ("transformer", "transformer_2"):
        module = getattr(pipeline, name)
        monkeypatch.setattr(
            module,
            "forward",
            lambda *args, _name=name, _forward=module.forward, **kwargs: (
                calls.append((_name, float(kwargs["timestep"][0]) / 1000)),
                _forward(*args, **kwargs),
            )[1],
        )
    priors["wan2.2"].restore(make_request(1, 16, 16), SamplingSettings(), ignore)
    assert [sigma for _, sigma in calls] == pytest.approx(SamplingSettings().sigmas[:-1])
    assert [name for name, _ in calls] == ["transformer"] * 2 + ["transformer_2"] * 5


@pytest.mark.parametrize("field", ["control", "reference"])
def test_vace_sees_control_and_reference_and_text_to_video_does_not(priors, field):
    request = make_request()
    value = getattr(request, field)
    changed = replace(request, **{field: 1 - value})
    for kind, sees in (("vace2.1", True), ("wan2.1", False)):
        prior = priors[kind]
        assert prior.description.takes_control == prior.description.takes_reference == sees
        difference = prior.restore(request, QUICK, ignore) - prior.restore(changed, QUICK, ignore)
        assert (np.abs(difference).max() > 1e-5) == sees


def test_vace_does_without_a_reference(priors):
    request = replace(make_request(), reference=None)
    assert priors["vace2.1"].restore(request, QUICK, ignore).shape == request.coarse.shape


@pytest.mark.parametrize("kind", ["wan2.2", "wan2.2-5B", "vace2.1"])
def test_a_video_longer_than_the_model_knows_is_denoised_in_windows(priors, kind, monkeypatch):
    lengths: list[int] = []
    module = priors[kind]._pipeline.transformer
    forward = module.forward
    monkeypatch.setattr(
        module,
        "forward",
        lambda **given: (lengths.append(given["hidden_states"].shape[2]), forward(**given))[1],
    )
    reference = kind.startswith("vace")
    # A window has 21 latents at most, the 5B model's 31; with two steps, σ stays above the boundary between experts.
    most = (priors[kind].description.native_frames - 1) // 4 + 1
    request = make_request(4 * most + 17, 32, 32)
    video = priors[kind].restore(request, SamplingSettings(steps=2, strength=1.0), ignore)
    assert video.shape == request.coarse.shape
    assert set(lengths) == {most + reference}
    assert len(lengths) % 2 == 0
    assert "forward" in vars(module), "the wrapper must leave what it found"


@pytest.mark.parametrize("how", ["model", "sequential"])
@pytest.mark.parametrize("kind", ["wan2.2", "vace2.1"])
def test_offloading_hooks_change_nothing(priors, checkpoints, kind, how):
    """The hooks that offloading puts on the models, here with the CPU as the device that they load onto."""
    hooked = load_prior(checkpoints[kind])
    if how == "model":
        hooked._pipeline.enable_model_cpu_offload(device="cpu")
    else:
        for model in hooked._pipeline.components.values():
            if isinstance(model, torch.nn.Module):
                cpu_offload(model, torch.device("cpu"), offload_buffers=len(model._parameters) > 0)
    request = make_request()
    expected = priors[kind].restore(request, QUICK, ignore)
    for _ in range(2):
        # Weights that were moved lie otherwise in memory; on some processors products are then summed otherwise.
        np.testing.assert_allclose(hooked.restore(request, QUICK, ignore), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_is_close_to_single(priors, checkpoints, dtype):
    request = make_request()
    half = load_prior(checkpoints["wan2.1"], options=PriorOptions(dtype=dtype, tile_vae=True))
    assert half.description.dtype == dtype
    assert half._pipeline.vae.dtype == torch.float32
    assert half._pipeline.vae.use_tiling
    video = half.restore(request, QUICK, ignore)
    np.testing.assert_allclose(video, priors["wan2.1"].restore(request, QUICK, ignore), atol=0.02)


def test_cancelling_stops_between_steps_and_leaves_the_prior_usable(priors):
    request, seen = make_request(), []

    def cancel(fraction: float) -> None:
        seen.append(fraction)
        if len(seen) == 2:
            raise KeyboardInterrupt

    before = priors["wan2.1"].restore(request, QUICK, ignore)
    with pytest.raises(KeyboardInterrupt):
        priors["wan2.1"].restore(request, SamplingSettings(steps=50), cancel)
    assert len(seen) == 2
    np.testing.assert_array_equal(priors["wan2.1"].restore(request, QUICK, ignore), before)


def test_description_says_what_fits(priors):
    description = priors["vace2.1"].description
    assert description.fitting(81, 480, 832) == (81, 480, 832)
    assert description.fitting(80, 470, 820) == (81, 480, 832)
    assert description.fitting(82, 1, 1) == (85, 16, 16)
    assert json.loads(json.dumps(description.to_json()))["name"] == "wan:vace2.1"


def test_digest_follows_every_weight(checkpoints, copied, priors):
    assert load_prior(copied).description.digest == priors["wan2.1"].description.digest
    path = copied / "transformer" / "diffusion_pytorch_model.safetensors"
    weights = load_file(path)
    weights["proj_out.bias"] += 1e-3
    save_file(weights, path)
    assert load_prior(copied).description.digest != priors["wan2.1"].description.digest


class TestPrompts:
    def test_stored_embeddings_are_used_and_guide(self, copied, priors):
        store_prompts(copied)
        prior, request = load_prior(copied), make_request()
        strong = prior.restore(request, QUICK, ignore)
        assert np.abs(strong - priors["wan2.1"].restore(request, QUICK, ignore)).max() > 1e-4
        assert np.abs(strong - prior.restore(request, replace(QUICK, guidance_scale=1.0), ignore)).max() > 1e-4

    def test_a_text_encoder_is_asked_once(self, copied, tmp_path, monkeypatch):
        monkeypatch.setenv("ANI3D_CACHE_DIR", str(tmp_path / "cache"))
        add_tiny_text_encoder(copied)
        prior, request = load_prior(copied), make_request(1, 16, 16)
        assert prior.description.takes_prompt
        red, blue = (replace(QUICK, prompt=f"a person in {colour} cloth") for colour in ("red", "blue"))
        first = prior.restore(request, red, ignore)
        assert np.abs(first - prior.restore(request, blue, ignore)).max() > 1e-5
        assert len(list((tmp_path / "cache" / "prompts").iterdir())) == 2
        # A second process finds the embeddings and never loads the encoder.
        (copied / "text_encoder" / "config.json").write_text("{}")
        np.testing.assert_array_equal(load_prior(copied).restore(request, red, ignore), first)

    def test_a_prompt_without_text_encoder_is_refused(self, priors):
        with pytest.raises(Ani3dError) as caught:
            priors["wan2.1"].restore(make_request(), replace(QUICK, prompt="a dancer"), ignore)
        assert caught.value.code == "prior-no-text-encoder"

    @pytest.mark.parametrize("shape", [(1, 7, TEXT_DIM + 1), (2, 7, TEXT_DIM), (7, TEXT_DIM)])
    def test_stored_embeddings_of_another_model_are_refused(self, copied, shape):
        tensor = torch.zeros(shape)
        save_file(
            {"prompt_embeds": tensor, "negative_prompt_embeds": tensor.clone()}, copied / "prompt_embeds.safetensors"
        )
        with pytest.raises(Ani3dError) as caught:
            load_prior(copied).restore(make_request(), QUICK, ignore)
        assert caught.value.code == "prior-embeddings"


class TestRefusals:
    def test_a_pipeline_that_starts_from_a_picture(self, copied):
        edit_index(copied, _class_name="WanImageToVideoPipeline")
        assert refusal_of(copied).code == "prior-wrong-class"

    def test_a_pipeline_of_another_family(self, copied):
        edit_index(copied, _class_name="CogVideoXPipeline")
        refusal = refusal_of(copied)
        assert refusal.code == "prior-folder-unknown"
        assert "CogVideoXPipeline" in refusal.found

    def test_an_original_checkpoint_without_index(self, copied):
        (copied / "model_index.json").unlink()
        assert refusal_of(copied).code == "prior-folder-unknown"

    @pytest.mark.parametrize("part", ["transformer", "vae"])
    def test_missing_weights(self, copied, part):
        (copied / part / "diffusion_pytorch_model.safetensors").unlink()
        assert refusal_of(copied).code == "prior-incomplete"

    def test_a_missing_component(self, copied):
        edit_index(copied, vae=[None, None])
        assert refusal_of(copied).code == "prior-incomplete"

    def test_a_missing_config(self, copied):
        (copied / "vae" / "config.json").unlink()
        assert refusal_of(copied).code == "prior-incomplete"

    def test_an_interrupted_download(self, copied):
        path = copied / "transformer" / "diffusion_pytorch_model.safetensors"
        path.write_bytes(path.read_bytes()[:-100])
        assert refusal_of(copied).code == "prior-incomplete"

    def test_a_missing_shard(self, copied):
        folder = copied / "transformer"
        whole = folder / "diffusion_pytorch_model.safetensors"
        whole.rename(folder / "diffusion_pytorch_model-00001-of-00002.safetensors")
        names = {"a": whole.stem + "-00001-of-00002.safetensors", "b": whole.stem + "-00002-of-00002.safetensors"}
        (folder / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps({"weight_map": names}))
        refusal = refusal_of(copied)
        assert refusal.code == "prior-incomplete"
        assert "00002-of-00002" in refusal.found

    def test_a_git_lfs_pointer(self, copied):
        path = copied / "transformer" / "diffusion_pytorch_model.safetensors"
        path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
        assert refusal_of(copied).code == "prior-unreadable"

    def test_broken_json(self, copied):
        (copied / "transformer" / "config.json").write_text("{")
        assert refusal_of(copied).code == "prior-unreadable"

    @pytest.mark.parametrize("change", [{"num_layers": 3}, {"ffn_dim": 48}, {"patch_size": 7}])
    def test_weights_that_do_not_fit_their_config(self, copied, change):
        path = copied / "transformer" / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
        assert refusal_of(copied).code == "prior-unreadable"

    def test_offloading_from_a_cpu(self, checkpoints):
        assert refusal_of(checkpoints["wan2.1"], PriorOptions(offload="model")).code == "prior-options"

    @pytest.mark.parametrize("device", ["cuda:7", "abacus"])
    def test_a_device_that_is_not_there(self, checkpoints, device):
        assert refusal_of(checkpoints["wan2.1"], device=device).code == "prior-no-device"

    def test_a_device_that_runs_out_of_memory_all_the_same(self, checkpoints, monkeypatch):
        prior = load_prior(checkpoints["wan2.1"])

        def fail(*_: object, **__: object) -> None:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

        monkeypatch.setattr(prior._pipeline.transformer, "forward", fail)
        with pytest.raises(Ani3dError) as caught:
            prior.restore(make_request(), QUICK, ignore)
        assert caught.value.code == "prior-memory"

    def test_a_video_that_memory_cannot_hold(self, priors):
        huge = (4001, 8192, 8192)
        zeros = np.broadcast_to(np.float32(0), (*huge, 3))
        request = RestoreRequest(zeros, zeros[..., 0], zeros, None, 24.0)
        with pytest.raises(Ani3dError) as caught:
            priors["wan2.1"].restore(request, QUICK, ignore)
        assert caught.value.code == "prior-memory"


def test_it_is_a_wan_prior(priors):
    assert all(isinstance(prior, WanPrior) for prior in priors.values())


def test_tiles_are_part_of_the_digest(checkpoints, priors):
    tiled = load_prior(checkpoints["wan2.1"], options=PriorOptions(tile_vae=True))
    assert tiled.description.digest != priors["wan2.1"].description.digest
