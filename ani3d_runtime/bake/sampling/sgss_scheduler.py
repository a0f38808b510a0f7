"""SGSS as a scheduler that diffusers' pipelines can be given."""

# pyright: basic
from __future__ import annotations

from typing import Any

import torch
from diffusers.schedulers.scheduling_flow_match_euler_discrete import (
    FlowMatchEulerDiscreteScheduler,
    FlowMatchEulerDiscreteSchedulerOutput,
)
from torch import Tensor

from ani3d_runtime.bake.sampling.noise import SeededNoise
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.bake.sampling.sgss import Guide, sgss_step


class SelfGuidedScheduler(FlowMatchEulerDiscreteScheduler):
    """A flow-matching scheduler whose steps are those of self-guided stochastic sampling.

    Call :meth:`begin` before each video, and give the pipeline what it returns as ``latents``.

    diffusers' own schedule would apply the shift twice, once in the constructor's bounds and once in
    ``set_timesteps``, and pipelines call ``step`` without a generator and with the model's own precision; hence a
    schedule, a noise source and a float32 step of our own.
    """

    def begin(self, guide: Guide, settings: SamplingSettings) -> Tensor:
        """Set what the next video is sampled with, and return the noised latents that it starts from."""
        self._guide, self._settings = guide, settings
        self._noise = SeededNoise([settings.seed + index for index in range(guide.target.shape[0])])
        return guide.noised(settings.sigmas[0], self._noise.like(guide.target))

    def set_timesteps(self, num_inference_steps: int | None = None, device: Any = None, **_: Any) -> None:
        """Install the schedule of the settings; the pipeline's own number of steps is not used."""
        sigmas = torch.tensor(self._settings.sigmas, dtype=torch.float32, device=device)
        self.sigmas = sigmas.cpu()
        self.timesteps = sigmas[:-1] * len(self)
        self.num_inference_steps = len(self.timesteps)
        self._step_index = self._begin_index = None

    def step(
        self,
        model_output: Tensor,
        timestep: Any,
        sample: Tensor,
        *_: Any,
        return_dict: bool = True,
        **__: Any,
    ) -> Any:
        """One step of SGSS; see :func:`ani3d_runtime.bake.sampling.sgss.sgss_step`."""
        if self.step_index is None:
            self._init_step_index(timestep)
        index = self._step_index or 0
        sigma, sigma_next = self._settings.sigmas[index : index + 2]
        result = sgss_step(sample, model_output, sigma, sigma_next, self._guide, self._settings, self._noise)
        self._step_index = index + 1
        # diffusers annotates with a legacy tensor type.
        output = FlowMatchEulerDiscreteSchedulerOutput(prev_sample=result)  # pyright: ignore[reportArgumentType]
        return output if return_dict else (result,)
