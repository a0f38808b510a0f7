# pyright: basic
"""BuiltinPrior: our own network behind the interface of priors; any size, length and rate of video."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.bake.prior.builtin.checkpoint import FINISHING_NAME, read_finishing, read_weights
from ani3d_runtime.bake.prior.builtin.finishing.network import Draft, FinishingNetwork
from ani3d_runtime.bake.prior.builtin.network import (
    REFERENCE_PX,
    Conditions,
    Restored,
    RestoringNetwork,
)
from ani3d_runtime.bake.prior.builtin.view import WorkingView
from ani3d_runtime.bake.prior.builtin.windows import RATE_HZ, WINDOW_FRAMES, windows_of
from ani3d_runtime.bake.prior.device import checked_device, chosen_dtype
from ani3d_runtime.bake.prior.prior import PriorDescription, PriorOptions, RestoreRequest
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.bake.sampling.sgss import Guide, sample_x0_model
from ani3d_runtime.progress import ProgressCallback

# What suits it: pictures in which the actor is about as large as in training, and videos long enough to know the past.
PICTURE_PX = 128
VIDEO_FRAMES = 48
# Measured on characters that were not trained on; see docs/builtin-prior.md.
DEFAULT_SAMPLING = SamplingSettings(
    steps=6, strength=0.85, guidance_scale=1.0, renoise=1.0, self_guidance=1.0, anneal=False
)
_MEMORY_BYTES = 600_000_000


@dataclass(frozen=True)
class Guess:
    """What the network knows besides colours.

    Attributes:
        displacement_m: [F, H, W, 3] where what the coarse picture shows at a pixel has to go, along the camera's axes
            (right, up, towards the camera); weighted by the coarse picture's coverage.
        alpha: [F, H, W] coverage of the restored picture, 0..1.
    """

    displacement_m: Float32Array
    alpha: Float32Array


@dataclass(frozen=True)
class Drafted:
    """A video at 64 pixels around the actor.

    Attributes:
        view: what of the video that is.
        draft: flow, gate and paint, which the finishing network carries to full size.
    """

    view: WorkingView
    draft: Draft


class BuiltinPrior:
    """Restores at 64 pixels around the actor, then finishes what it found at the size of the picture.

    A long video is seen through overlapping windows of 32 frames whose predictions are averaged in every step, so
    that there is one video and one noise. A video of a higher rate than the network's 15 Hz is split into
    interleaved ones of about that rate.
    """

    def __init__(
        self,
        network: RestoringNetwork,
        finishing: FinishingNetwork,
        digest: str,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self._network = network.to(device, dtype, memory_format=torch.channels_last)  # pyright: ignore
        self._finishing = finishing.to(device, dtype, memory_format=torch.channels_last)  # pyright: ignore
        self._device, self._dtype = device, dtype
        self._description = PriorDescription(
            name="builtin",
            digest=digest,
            dtype=str(dtype).removeprefix("torch."),
            frame_multiple=1,
            frame_remainder=0,
            size_multiple=1,
            native_frames=VIDEO_FRAMES,
            native_size_px=(PICTURE_PX, PICTURE_PX),
            takes_control=True,
            takes_reference=True,
            takes_prompt=False,
            default_sampling=DEFAULT_SAMPLING,
            memory_bytes=_MEMORY_BYTES,
            made_for="renders of the built-in characters over white",
        )

    @classmethod
    def load(cls, path: Path, device: str, options: PriorOptions) -> BuiltinPrior:
        """Read the weights.

        Raises:
            InputError: ``prior-weights-invalid``. ResourceError: ``prior-no-device``.
        """
        chosen = checked_device(device)
        network, _, digest = read_weights(path)
        finishing, finishing_digest = read_finishing(path.with_name(FINISHING_NAME))
        return cls(network, finishing, digest + finishing_digest, chosen, chosen_dtype(options.dtype, chosen))

    @property
    def description(self) -> PriorDescription:
        """What it is."""
        return self._description

    def restore(self, request: RestoreRequest, sampling: SamplingSettings, progress: ProgressCallback) -> Float32Array:
        """The restored video, [F, H, W, 3]; see :class:`ani3d_runtime.bake.prior.prior.Prior`."""
        result = np.empty_like(request.coarse)
        parts = _interleaved(request)
        for number, (chosen, part) in enumerate(parts):

            def advance(share: float, number: int = number) -> None:
                progress((number + share) / len(parts))

            result[chosen] = self._restored(part, sampling, advance)
        return result

    @torch.no_grad()
    def guess(self, request: RestoreRequest) -> Guess:
        """Where cloth and hair go, and what will be covered: side outputs of one pass from pure noise."""
        count, (height, width) = request.frame_count, request.size_px
        displacement = np.empty((count, height, width, 3), dtype=np.float32)
        alpha = np.empty((count, height, width), dtype=np.float32)
        for chosen, part in _interleaved(request):
            view = WorkingView.around_actor(part.coarse)
            task = _Task(self, part, view)
            noise = torch.randn(task.target.shape, generator=torch.Generator().manual_seed(0))
            made = task.predicted(noise.to(self._device), 1.0, with_motion=True)
            displacement[chosen] = _pictures(view.enlarged(made.displacement_m[0], 0.0))
            alpha[chosen] = _pictures(view.enlarged(torch.sigmoid(made.alpha[0]), 0.0))[..., 0]
        return Guess(displacement, alpha)

    @torch.no_grad()
    def drafted(self, request: RestoreRequest, sampling: SamplingSettings, progress: ProgressCallback) -> Drafted:
        """One video of about the network's rate, restored at 64 pixels and not yet finished."""
        view = WorkingView.around_actor(request.coarse)
        task = _Task(self, request, view)
        mask = view.reduced(_tensor(request.preserve[..., None], self._device))
        guide = Guide.checked(task.target.transpose(1, 2), mask.transpose(0, 1)[None])
        last: list[Restored] = []

        def conditional(x: Tensor, sigma: float) -> Tensor:
            last[:] = [task.predicted(x.transpose(1, 2), sigma, with_motion=True)]
            return last[0].rgb.transpose(1, 2) * 2 - 1

        def unconditional(x: Tensor, sigma: float) -> Tensor:
            return task.predicted(x.transpose(1, 2), sigma, with_motion=False).rgb.transpose(1, 2) * 2 - 1

        x0 = sample_x0_model(conditional, unconditional, guide, sampling, [sampling.seed], progress)
        return Drafted(view, Draft.of(last[0], x0[0].transpose(0, 1) * 0.5 + 0.5))

    @torch.no_grad()
    def _restored(
        self, request: RestoreRequest, sampling: SamplingSettings, progress: ProgressCallback
    ) -> Float32Array:
        made = self.drafted(request, sampling, progress)
        coarse, kept = _tensor(request.coarse, self._device), _tensor(request.preserve[..., None], self._device)
        square = self._finishing.finished(made.draft, made.view.square(coarse), made.view.square(kept))
        # The last step's guidance once more, where skin has all its pixels.
        pull = (kept * _last_pull(sampling)).clamp(0, 1)
        return _pictures(torch.lerp(made.view.pasted(square, coarse), coarse, pull).clamp(0, 1))

    def run(self, noisy: Tensor, sigma: float, conditions: Conditions) -> Restored:
        """One pass of the network over windows of noise [B, F, 3, H, W]."""
        level = torch.full((len(noisy),), sigma, device=self._device, dtype=self._dtype)
        return self._network(noisy.to(self._dtype), level, conditions.to(self._dtype))


class _Task:
    """One video at working size, and the network's view of it, window by window."""

    def __init__(self, prior: BuiltinPrior, request: RestoreRequest, view: WorkingView) -> None:
        device = prior._device
        self._prior = prior
        self.coarse = _tensor(request.coarse, device)
        working = view.reduced(self.coarse)
        self.target = working[None] * 2 - 1
        velocity, reference = request.velocity, request.reference
        look = torch.zeros(1, 3, REFERENCE_PX, REFERENCE_PX, device=device)
        if reference is not None:
            picture = _tensor(reference[None], device)
            look = functional.interpolate(picture, (REFERENCE_PX, REFERENCE_PX), mode="bilinear", antialias=True)
        self._conditions = Conditions(
            working[None],
            view.reduced(_tensor(request.preserve[..., None], device))[None],
            view.reduced(_tensor(request.control, device))[None],
            torch.zeros_like(working[None]) if velocity is None else view.reduced(_tensor(velocity, device))[None],
            look,
            torch.tensor([[1.0, 1.0, float(velocity is not None), float(reference is not None)]], device=device),
        )
        self._windows = windows_of(request.frame_count, WINDOW_FRAMES)

    def predicted(self, noisy: Tensor, sigma: float, *, with_motion: bool) -> Restored:
        """The prediction for the whole video [1, F, 3, H, W], windows averaged where they overlap."""
        sums: dict[str, Tensor] = {}
        total = torch.zeros(noisy.shape[1], device=noisy.device)
        for window, weights in self._windows:
            made = self._prior.run(noisy[:, window], sigma, self._seen(window, with_motion))
            weight = torch.from_numpy(weights).to(noisy.device)
            total[window] += weight
            for field in fields(made):
                value = getattr(made, field.name).float()
                if field.name not in sums:
                    sums[field.name] = value.new_zeros((1, noisy.shape[1], *value.shape[2:]))
                sums[field.name][:, window] += value * weight.view(1, -1, 1, 1, 1)
        return Restored(**{name: value / total.view(1, -1, 1, 1, 1) for name, value in sums.items()})

    def _seen(self, window: slice, with_motion: bool) -> Conditions:
        c = self._conditions
        given = c.given if with_motion else c.given * torch.tensor([1.0, 1.0, 0.0, 1.0], device=c.given.device)
        return Conditions(
            c.coarse[:, window], c.preserve[:, window], c.control[:, window], c.velocity[:, window], c.reference, given
        )


def _last_pull(sampling: SamplingSettings) -> float:
    """λ of the last step, annealed where the settings say so."""
    sigma = float(sampling.sigmas[-2])
    return sampling.self_guidance * ((1 - sigma) if sampling.anneal else 1.0)


def _interleaved(request: RestoreRequest) -> list[tuple[slice, RestoreRequest]]:
    """Videos of about the network's rate that together are the request."""
    every = max(1, round(request.fps / RATE_HZ))
    return [(slice(k, None, every), _thinned(request, slice(k, None, every), every)) for k in range(every)
            if k < request.frame_count]  # fmt: skip


def _thinned(request: RestoreRequest, chosen: slice, every: int) -> RestoreRequest:
    return RestoreRequest(
        request.coarse[chosen],
        request.preserve[chosen],
        request.control[chosen],
        request.reference,
        request.fps / every,
        None if request.velocity is None else request.velocity[chosen],
    )


def _tensor(pictures: Float32Array, device: torch.device) -> Tensor:
    """[F, C, H, W] of [F, H, W, C]."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).to(device).permute(0, 3, 1, 2)


def _pictures(tensor: Tensor) -> Float32Array:
    """[F, H, W, C] of [F, C, H, W]."""
    return tensor.permute(0, 2, 3, 1).float().cpu().numpy()
