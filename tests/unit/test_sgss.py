"""Self-guided stochastic sampling against an independent loop of its equations, and against diffusers' own Euler."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from hypothesis import given, settings
from hypothesis import strategies as st

from ani3d_runtime.bake.sampling.mask import latent_mask
from ani3d_runtime.bake.sampling.noise import SeededNoise
from ani3d_runtime.bake.sampling.schedule import sigma_schedule
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.bake.sampling.sgss import Guide, sample_x0_model
from ani3d_runtime.bake.sampling.sgss_scheduler import SelfGuidedScheduler
from ani3d_runtime.errors import InputError, UsageError

SHAPE = (2, 3, 4, 6, 5)
ODE = SamplingSettings(renoise=0.0, self_guidance=0.0)


def velocity(x, sigma):
    """A model that bends, depends on σ, and can be evaluated by numpy and by torch alike."""
    module = torch if isinstance(x, torch.Tensor) else np
    return module.tanh(0.7 * x + 0.3) * (0.5 + sigma) - 0.2 * x


def free_velocity(x, sigma):
    return 0.1 * x - 0.4 * sigma


def make_guide(seed: int = 0, shape: tuple[int, ...] = SHAPE) -> Guide:
    random = np.random.default_rng(seed)
    target = torch.from_numpy(random.normal(size=shape))
    mask = torch.from_numpy(random.uniform(size=(shape[0], 1, *shape[2:])))
    return Guide.checked(target, mask)


def equations_in_float64(guide: Guide, chosen: SamplingSettings) -> np.ndarray:
    """The method as its equations read, in numpy and float64, sharing nothing but the drawn noise."""
    y, mask = guide.target.numpy().astype(np.float64), guide.mask.numpy().astype(np.float64)
    source = SeededNoise([chosen.seed + index for index in range(len(y))])
    count = int(chosen.steps * chosen.strength + 1e-9)
    sigmas = [chosen.strength * (1 - i / count) for i in range(count)]
    sigmas = [chosen.shift * s / (1 + (chosen.shift - 1) * s) for s in sigmas] + [0.0]
    x = (1 - sigmas[0]) * y + sigmas[0] * source.like(guide.target).numpy()
    for sigma, after in itertools.pairwise(sigmas):
        v = free_velocity(x, sigma)
        v = v + chosen.guidance_scale * (velocity(x, sigma) - v)
        x0, noise = x - sigma * v, x + (1 - sigma) * v
        gamma = {"sigma": sigma, "1-sigma-next": 1 - after}.get(chosen.renoise, chosen.renoise)
        if chosen.form == "released":
            pulled = chosen.self_guidance * mask * y + (1 - chosen.self_guidance * mask) * x0
        else:
            pulled = x0 + chosen.self_guidance * 2 * mask * (mask * (y - x0))
        x0 = (1 - sigma) * pulled + sigma * x0 if chosen.anneal else pulled
        if gamma > 0 and after > 0:
            noise = np.sqrt(gamma) * source.like(guide.target).numpy() + np.sqrt(1 - gamma) * noise
        x = (1 - after) * x0 + after * noise
    return x


def through_scheduler(guide: Guide, chosen: SamplingSettings) -> torch.Tensor:
    """Sampling as a diffusers pipeline does it."""
    scheduler = SelfGuidedScheduler()
    x = scheduler.begin(guide, chosen)
    scheduler.set_timesteps(50)
    for timestep in scheduler.timesteps:
        sigma = float(timestep) / 1000
        v = free_velocity(x, sigma)
        x = scheduler.step(v + chosen.guidance_scale * (velocity(x, sigma) - v), timestep, x, return_dict=False)[0]
    return x


def through_loop(guide: Guide, chosen: SamplingSettings, seeds: list[int] | None = None) -> torch.Tensor:
    """Sampling as a model that predicts x0 does it."""
    seeds = seeds or [chosen.seed + index for index in range(len(guide.target))]
    return sample_x0_model(
        lambda x, sigma: x - sigma * velocity(x, sigma),
        lambda x, sigma: x - sigma * free_velocity(x, sigma),
        guide,
        chosen,
        seeds,
        lambda _: None,
    )


@st.composite
def any_settings(draw: st.DrawFn) -> SamplingSettings:
    strength = draw(st.floats(0.2, 1.0))
    return SamplingSettings(
        steps=draw(st.integers(5, 14)),
        strength=strength,
        shift=draw(st.floats(0.5, 8.0)),
        guidance_scale=draw(st.floats(1.0, 3.0)),
        renoise=draw(st.one_of(st.floats(0.0, 1.0), st.sampled_from(["sigma", "1-sigma-next"]))),
        self_guidance=draw(st.floats(0.0, 1.0)),
        anneal=draw(st.booleans()),
        form=draw(st.sampled_from(["released", "paper"])),
        seed=draw(st.integers(0, 2**40)),
    )


def test_schedule_of_the_paper():
    expected = [0.921, 0.882, 0.833, 0.769, 0.682, 0.556, 0.357, 0.0]
    np.testing.assert_allclose(sigma_schedule(10, 0.7, 5.0), expected, atol=5e-4)
    assert sigma_schedule(10, 0.7, 5.0).dtype == np.float32


@pytest.mark.parametrize(("steps", "strength", "count"), [(10, 0.7, 7), (100, 0.29, 29), (50, 0.8, 40), (1, 1.0, 1)])
def test_schedule_takes_the_share_of_steps_that_strength_says(steps, strength, count):
    sigmas = sigma_schedule(steps, strength, 5.0)
    assert len(sigmas) == count + 1
    assert sigmas[-1] == 0
    assert (np.diff(sigmas) < 0).all()
    assert sigmas[0] == np.float32(5 * strength / (1 + 4 * strength))


@settings(max_examples=60, deadline=None)
@given(chosen=any_settings(), seed=st.integers(0, 99))
def test_scheduler_and_loop_agree_with_the_equations(chosen, seed):
    guide = make_guide(seed)
    expected = equations_in_float64(guide, chosen)
    tolerance = 1e-5 * max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(through_scheduler(guide, chosen).numpy(), expected, atol=tolerance)
    np.testing.assert_allclose(through_loop(guide, chosen).numpy(), expected, atol=tolerance)


@pytest.mark.parametrize("form", ["released", "paper"])
def test_without_guidance_and_fresh_noise_it_is_diffusers_own_euler_to_the_last_bit(form):
    guide, chosen = make_guide(), replace(ODE, form=form, steps=20)
    euler = FlowMatchEulerDiscreteScheduler()
    ours = SelfGuidedScheduler()
    start = x = y = ours.begin(guide, chosen)
    ours.set_timesteps()
    euler.set_timesteps(sigmas=chosen.sigmas[:-1])
    assert torch.equal(ours.sigmas, euler.sigmas)
    assert torch.equal(ours.timesteps, euler.timesteps)
    for timestep, same in zip(ours.timesteps, euler.timesteps, strict=True):
        v = velocity(x, float(timestep) / 1000)
        x = ours.step(v, timestep, x).prev_sample
        y = euler.step(v, same, y).prev_sample
        assert torch.equal(x, y)
    assert not torch.equal(x, start)


def test_sampling_leaves_the_global_generator_alone():
    before = torch.random.get_rng_state()
    through_loop(make_guide(), SamplingSettings())
    assert torch.equal(before, torch.random.get_rng_state())


@settings(max_examples=20, deadline=None)
@given(chosen=any_settings(), seed=st.integers(0, 99))
def test_full_guidance_keeps_what_is_masked_whatever_the_model_says(chosen, seed):
    guide = make_guide(seed)
    held = Guide(guide.target, (guide.mask > 0.5).float())
    full = 1.0 if chosen.form == "released" else 0.5
    result = through_loop(held, replace(chosen, self_guidance=full, anneal=False))
    scale = float(result.abs().max()) + 1
    kept = held.mask.expand_as(result) == 1
    torch.testing.assert_close(result[kept], held.target[kept], atol=1e-5 * scale, rtol=0)


@pytest.mark.parametrize("form", ["released", "paper"])
def test_an_empty_mask_is_no_guidance(form):
    guide = make_guide()
    nothing = Guide(guide.target, torch.zeros_like(guide.mask))
    strong, none = (SamplingSettings(form=form, self_guidance=value) for value in (1.0, 0.0))
    assert torch.equal(through_loop(nothing, strong), through_loop(nothing, none))


def test_more_guidance_and_more_mask_come_closer_to_the_coarse_video():
    guide = make_guide()
    distances = [
        float((through_loop(guide, SamplingSettings(self_guidance=value)) - guide.target).abs().mean())
        for value in (0.0, 0.05, 0.3, 1.0)
    ]
    assert distances == sorted(distances, reverse=True)
    assert distances[0] > distances[-1] * 1.2


def test_annealed_guidance_is_weaker():
    guide = make_guide()
    firm, soft = (SamplingSettings(self_guidance=1.0, anneal=value) for value in (False, True))
    gap = [float((through_loop(guide, chosen) - guide.target).abs().mean()) for chosen in (firm, soft)]
    assert gap[0] < gap[1]


@settings(max_examples=15, deadline=None)
@given(chosen=any_settings())
def test_a_seed_decides_everything(chosen):
    guide = make_guide()
    assert torch.equal(through_loop(guide, chosen), through_loop(guide, chosen))
    assert not torch.equal(through_loop(guide, chosen), through_loop(guide, replace(chosen, seed=chosen.seed + 1)))


@settings(max_examples=15, deadline=None)
@given(chosen=any_settings())
def test_an_element_does_not_depend_on_its_batch(chosen):
    both = make_guide()
    together = through_loop(both, chosen, seeds=[11, 12])
    for index, seed in enumerate((11, 12)):
        alone = Guide(both.target[index : index + 1], both.mask[index : index + 1])
        torch.testing.assert_close(through_loop(alone, chosen, seeds=[seed])[0], together[index], atol=1e-5, rtol=1e-5)


def test_guidance_scale_one_never_calls_the_unconditional_model():
    guide = make_guide()

    def never(x: torch.Tensor, sigma: float) -> torch.Tensor:
        raise AssertionError

    chosen = SamplingSettings(guidance_scale=1.0)
    fractions: list[float] = []
    sample_x0_model(lambda x, _: x * 0, never, guide, chosen, [0, 1], fractions.append)
    assert fractions == [pytest.approx((i + 1) / 7) for i in range(7)]


def test_what_progress_raises_ends_sampling():
    calls = 0

    def model(x: torch.Tensor, sigma: float) -> torch.Tensor:
        nonlocal calls
        calls += 1
        return x

    def cancel(fraction: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sample_x0_model(model, None, make_guide(), SamplingSettings(), [0, 1], cancel)
    assert calls == 1


def test_bfloat16_models_are_stepped_in_float32():
    guide, chosen = make_guide(), SamplingSettings()
    scheduler = SelfGuidedScheduler()
    x = scheduler.begin(guide, chosen)
    scheduler.set_timesteps()
    result = scheduler.step(x.bfloat16(), scheduler.timesteps[0], x, return_dict=False)[0]
    assert result.dtype == torch.float32


def test_latent_mask_keeps_the_first_frame_apart():
    mask = torch.zeros(1, 9, 16, 24)
    mask[0, 0, 3, 4] = 0.5
    mask[0, 4, 15, 23] = 1.0
    mask[0, 5, 8, 0] = 0.25
    reduced = latent_mask(mask, 8, 4)
    assert reduced.shape == (1, 1, 3, 2, 3)
    expected = torch.zeros(1, 1, 3, 2, 3)
    expected[0, 0, 0, 0, 0], expected[0, 0, 1, 1, 2], expected[0, 0, 2, 1, 0] = 0.5, 1.0, 0.25
    assert torch.equal(reduced, expected)


@settings(max_examples=25, deadline=None)
@given(
    spatial=st.integers(1, 8),
    temporal=st.integers(1, 5),
    groups=st.integers(0, 3),
    size=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    seed=st.integers(0, 99),
)
def test_latent_mask_covers_every_pixel_and_no_more(spatial, temporal, groups, size, seed):
    shape = (2, 1 + groups * temporal, size[0] * spatial, size[1] * spatial)
    mask = torch.rand(shape, generator=torch.Generator().manual_seed(seed))
    reduced = latent_mask(mask, spatial, temporal)[:, 0]
    frame_of = np.array([0] + [1 + i // temporal for i in range(groups * temporal)])
    for latent in np.ndindex(*reduced.shape[1:]):
        frames = np.flatnonzero(frame_of == latent[0])
        rows, columns = (slice(i * spatial, (i + 1) * spatial) for i in latent[1:])
        assert torch.equal(reduced[(slice(None), *latent)], mask[:, frames][:, :, rows, columns].amax((1, 2, 3)))


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(InputError) as refusal:
        latent_mask(torch.zeros(1, 8, 16, 16), 8, 4)
    assert refusal.value.code == "mask-wrong-shape"
    with pytest.raises(InputError) as refusal:
        Guide.checked(torch.zeros(1, 16, 3, 4, 4), torch.zeros(1, 16, 3, 4, 4))
    assert refusal.value.code == "guide-wrong-shape"


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"strength": 1.2},
        {"strength": float("nan")},
        {"shift": 0.0},
        {"renoise": -0.1},
        {"renoise": "gamma"},
        {"self_guidance": 2.0},
        {"guidance_scale": 0.5},
        {"seed": -1},
        {"form": "both"},
    ],
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(UsageError) as refusal:
        SamplingSettings(**wrong)
    assert refusal.value.code == "sampling-out-of-range"


def test_settings_that_leave_no_step_are_refused():
    with pytest.raises(UsageError) as refusal:
        SamplingSettings(steps=3, strength=0.2)
    assert refusal.value.code == "sampling-no-steps"
