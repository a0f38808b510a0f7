# pyright: basic
"""Make the lessons of the finishing network, and train it.

::

    python -m ani3d_runtime.bake.prior.builtin.finishing.train clips    # simulate and render, resumable
    python -m ani3d_runtime.bake.prior.builtin.finishing.train drafts   # what the prior makes of them, resumable
    python -m ani3d_runtime.bake.prior.builtin.finishing.train fit      # train
"""

from __future__ import annotations

import copy
import json
import logging
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import cyclopts
import numpy as np
import torch
from cyclopts import Parameter
from torch import Tensor
from torch.nn import functional

from ani3d_runtime.bake.prior.builtin.checkpoint import FINISHING_NAME, write_finishing
from ani3d_runtime.bake.prior.builtin.clips import ClipRecipe, write_clips
from ani3d_runtime.bake.prior.builtin.finishing.drafts import Lesson, Lessons, write_drafts
from ani3d_runtime.bake.prior.builtin.finishing.losses import Scene, finishing_loss
from ani3d_runtime.bake.prior.builtin.finishing.network import FinishingNetwork, FinishingShape
from ani3d_runtime.bake.prior.builtin.restorer import BuiltinPrior
from ani3d_runtime.bake.prior.registry import load_prior
from ani3d_runtime.cache import cache_folder

# Characters that the prior itself was not trained on.
_CLIPS_SEED = 77
_log = logging.getLogger(__name__)
app = cyclopts.App(name="finishing", help="Train the network that finishes the built-in prior's pictures.")


@dataclass(frozen=True)
class FitSettings:
    """How the network is trained.

    Attributes:
        steps: optimiser steps in all.
        videos: drawn for each step.
        pictures: of each video.
        rate: of learning, after the first fifty steps; it falls over the last three fifths.
        enlarged: share of lessons at up to twice their size, where the network is used more than once.
        seed: of weights and lessons.
        network: its sizes.
    """

    steps: int = 1400
    videos: int = 2
    pictures: int = 6
    rate: float = 2e-3
    enlarged: float = 0.12
    seed: int = 0
    network: FinishingShape = FinishingShape()  # noqa: RUF009 (frozen)


@app.command
def clips(folder: Path | None = None, *, first: int = 0, actors: int = 50) -> None:
    """Simulate and render clips whose coarse pictures show degraded avatars; those that are there are kept.

    Args:
        folder: where they go; in ani3d's cache by default.
        first: make only characters from this one on, to share the work among processes.
        actors: characters in all, three motions each.
    """
    recipe = ClipRecipe(actors=actors, views=1, seed=_CLIPS_SEED)
    write_clips(recipe, _folder(folder) / "clips", range(first, actors), _log.info, reduced=False, degraded=True)


@app.command
def drafts(folder: Path | None = None) -> None:
    """Restore every clip twice, once blurred, by the built-in prior.

    Args:
        folder: of the clips, which drafts go beside; in ani3d's cache by default.
    """
    torch.set_num_threads(1)
    prior = load_prior("builtin")
    assert isinstance(prior, BuiltinPrior)
    write_drafts(prior, _folder(folder) / "clips", _folder(folder) / "drafts", _log.info)


@app.command
def fit(
    folder: Path | None = None,
    *,
    output: Path | None = None,
    settings: Annotated[FitSettings, Parameter(name="*")] = FitSettings(),
) -> None:
    """Train on the drafts.

    Args:
        folder: of the drafts; in ani3d's cache by default.
        output: the weights; in the folder by default.
        settings: see the list.
    """
    torch.set_num_threads(1)
    lessons = Lessons(_folder(folder) / "drafts")
    trained, seconds = trained_on(lessons, settings)
    card = {"settings": json.dumps(asdict(settings)), "cpu_s": f"{seconds:.0f}", "drafts": str(lessons.look_again())}
    write_finishing(output or _folder(folder) / FINISHING_NAME, trained, card)


def trained_on(lessons: Lessons, settings: FitSettings) -> tuple[FinishingNetwork, float]:
    """A network, its weights averaged over the last steps, and the CPU seconds that it took."""
    torch.manual_seed(settings.seed)
    network = FinishingNetwork(settings.network)
    average = copy.deepcopy(network)
    optimiser = torch.optim.AdamW(network.parameters(), lr=settings.rate, weight_decay=1e-4)
    started = time.process_time()
    for step in range(settings.steps):
        rng = np.random.default_rng((settings.seed, step))
        drawn = lessons.drawn(settings.pictures, rng)
        told: dict[str, float] = {}
        for _ in range(settings.videos):
            lesson = next(drawn)
            if rng.random() < settings.enlarged:
                lesson = _enlarged(lesson, float(rng.uniform(1.3, 2)))
            scene = lesson.scene
            loss, told = finishing_loss(network.finished(lesson.draft, scene.coarse, scene.preserve), scene)
            (loss / settings.videos).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        for group in optimiser.param_groups:
            group["lr"] = settings.rate * _pace(step, settings.steps)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        share = min(0.998, (step + 1) / (step + 20))
        with torch.no_grad():
            for mean, value in zip(average.parameters(), network.parameters(), strict=True):
                mean.lerp_(value, 1 - share)
        if step % 20 == 0:
            parts = " ".join(f"{name} {value:.4f}" for name, value in told.items())
            _log.info("step %d  %s  %.0f CPU-s", step, parts, time.process_time() - started)
    return average, time.process_time() - started


def _pace(step: int, steps: int) -> float:
    """Share of the learning rate."""
    return min(1.0, (step + 1) / 50, max(0.03, (steps - step) / (0.6 * steps)))


def _enlarged(lesson: Lesson, factor: float) -> Lesson:
    """The scene at a larger size, where the truth is smooth."""
    size = round(lesson.scene.truth.shape[-1] * factor)

    def larger(maps: Tensor) -> Tensor:
        return functional.interpolate(maps, (size, size), mode="bicubic", align_corners=False).clamp(0, 1)

    scene = lesson.scene
    return Lesson(
        lesson.draft, Scene(larger(scene.truth), larger(scene.coarse), larger(scene.alpha), larger(scene.preserve))
    )


def _folder(folder: Path | None) -> Path:
    return folder or cache_folder("builtin-prior-finishing")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    app()
