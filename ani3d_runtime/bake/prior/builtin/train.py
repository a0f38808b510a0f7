# pyright: basic
"""Make the training clips and train the built-in prior.

::

    python -m ani3d_runtime.bake.prior.builtin.train clips   # simulate and render, resumable
    python -m ani3d_runtime.bake.prior.builtin.train fit     # train, resumable
    python -m ani3d_runtime.bake.prior.builtin.train score   # PSNR on clips that were not trained on
"""

from __future__ import annotations

import copy
import json
import logging
import os
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import cyclopts
import numpy as np
import torch
import torch.distributed
from cyclopts import Parameter
from torch.multiprocessing.spawn import spawn

from ani3d_runtime.bake.prior.builtin.batches import ClipSampler
from ani3d_runtime.bake.prior.builtin.checkpoint import read_weights, write_weights
from ani3d_runtime.bake.prior.builtin.clips import ClipRecipe, write_clips, write_evaluated_clip
from ani3d_runtime.bake.prior.builtin.family import WEIGHTS_NAME
from ani3d_runtime.bake.prior.builtin.losses import training_loss
from ani3d_runtime.bake.prior.builtin.network import NetworkShape, RestoringNetwork
from ani3d_runtime.bake.prior.builtin.restorer import BuiltinPrior
from ani3d_runtime.bake.prior.builtin.scores import SCORED, scored, strip
from ani3d_runtime.bake.prior.builtin.windows import WINDOW_FRAMES
from ani3d_runtime.bake.prior.prior import PriorOptions
from ani3d_runtime.cache import cache_folder
from ani3d_runtime.render.image import write_png
from ani3d_runtime.replacing import replacing_path

# Characters from here on are for scoring.
HELD_OUT_ACTORS = 1000
_log = logging.getLogger(__name__)
app = cyclopts.App(name="builtin-prior", help="Make the training clips of the built-in prior, and train it.")


@dataclass(frozen=True)
class FitSettings:
    """How the network is trained.

    Attributes:
        steps: optimiser steps in all.
        batch: windows per step.
        frames: of a window.
        rate: of learning, after the first hundred steps and before the second half.
        shift: of the noise schedule, as in sampling.
        seed: of weights, windows and noise.
        checkpoint_s: seconds between checkpoints.
        bfloat16: compute in bfloat16; weights and their averages stay in float32.
        network: its sizes.
    """

    steps: int = 2400
    batch: int = 4
    frames: int = WINDOW_FRAMES
    rate: float = 1e-3
    shift: float = 5.0
    seed: int = 0
    checkpoint_s: float = 120.0
    bfloat16: bool = True
    network: NetworkShape = NetworkShape()  # noqa: RUF009 (frozen)


@app.command
def clips(
    folder: Path | None = None,
    *,
    first: int = 0,
    step: int = 1,
    actors: int = ClipRecipe.actors,
    views: int = ClipRecipe.views,
    held_out: int = 3,
) -> None:
    """Simulate and render the clips; those that are there already are kept.

    Args:
        folder: where they go; in ani3d's cache by default.
        first, step: make only every ``step``-th character from ``first`` on, to share the work among processes.
        actors: characters to train on.
        views: of each motion; fewer make room for more motions in the same time.
        held_out: characters to score on.
    """
    folder = folder or cache_folder("builtin-prior")
    recipe = ClipRecipe(actors=actors, views=views)
    if first == 0:
        write_clips(recipe, folder / "held-out", range(HELD_OUT_ACTORS, HELD_OUT_ACTORS + held_out), _log.info,
                    reduced=False)  # fmt: skip
        write_evaluated_clip(folder / "held-out")
    write_clips(recipe, folder / "train", range(first, actors, step), _log.info)


@app.command
def fit(
    folder: Path | None = None,
    *,
    output: Path | None = None,
    start: Path | None = None,
    settings: Annotated[FitSettings, Parameter(name="*")] = FitSettings(),
    workers: int = 2,
) -> None:
    """Train on the clips; goes on from the last checkpoint in the folder.

    Args:
        folder: where the clips are and the checkpoint goes; in ani3d's cache by default.
        output: the weights; in the folder by default.
        start: weights to begin with, whose network it then is; random ones of the settings' network by default.
        settings: see the list.
        workers: processes of one thread each that share every step; their number changes the outcome.
    """
    folder = folder or cache_folder("builtin-prior")
    meeting = f"file://{folder / f'meeting-{os.getpid()}'}"
    arguments = (workers, meeting, settings, folder, output or folder / WEIGHTS_NAME, start)
    spawn(_work, arguments, nprocs=workers)


def _work(
    rank: int, workers: int, meeting: str, settings: FitSettings, folder: Path, output: Path, start: Path | None
) -> None:
    """One of the processes that train; they stay alike by averaging their gradients."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    # Threads that wait for one another at every layer lose most of their time where cores are shared.
    torch.set_num_threads(1)
    _log_to_screen(logging.INFO if rank == 0 else logging.WARNING)
    torch.distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=workers)
    Training(settings, folder, output, rank, workers, start).run()
    torch.distributed.destroy_process_group()


def _end_with(parent: int) -> None:
    """A worker whose parent was killed would go on, and write over the checkpoints of the run that follows."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


class Training:
    """One run of training: float32 weights, their moving average, and a copy in bfloat16 that does the work.

    It begins with the weights ``start``, where they are given, unless there is a checkpoint to go on from.
    """

    def __init__(
        self,
        settings: FitSettings,
        folder: Path,
        output: Path,
        rank: int = 0,
        workers: int = 1,
        start: Path | None = None,
    ) -> None:
        self._settings, self._output, self._rank, self._workers = settings, output, rank, workers
        self._checkpoint = folder / "checkpoint.pt"
        self._sampler = ClipSampler(folder / "train", settings.frames, varied=True)
        torch.manual_seed(settings.seed)
        self._master = RestoringNetwork(settings.network) if start is None else _started(start, settings.frames)
        self._average = copy.deepcopy(self._master)
        dtype = torch.bfloat16 if settings.bfloat16 else torch.float32
        self._dtype = dtype
        self._worker = copy.deepcopy(self._master).to(dtype, memory_format=torch.channels_last)  # pyright: ignore
        self._optimiser = torch.optim.AdamW(self._master.parameters(), lr=settings.rate, weight_decay=0.01)
        self._step = 0
        self._seconds = {"wall": 0.0, "cpu": 0.0}
        if self._checkpoint.exists():
            self._resume()

    def run(self, until: int | None = None) -> None:
        """Train to the last step, or to step ``until``; checkpoints on the way, weights with each of them."""
        last = self._settings.steps if until is None else until
        wall, cpu = time.perf_counter(), time.process_time()
        written = wall
        running: dict[str, float] = {}
        while self._step < last:
            for name, value in self._advance().items():
                running[name] = value if name not in running else 0.98 * running[name] + 0.02 * value
            self._step += 1
            now = time.perf_counter()
            if self._step % 20 == 0:
                parts = " ".join(f"{name} {value:.4f}" for name, value in running.items())
                _log.info("step %d  %s  %.0f CPU-s", self._step, parts, time.process_time() - cpu)
            if now - written > self._settings.checkpoint_s or self._step == last:
                # Only the first process writes; all of them look for new clips at times of their own.
                self._seconds["wall"] += now - wall
                self._seconds["cpu"] += (time.process_time() - cpu) * self._workers
                wall, cpu, written = now, time.process_time(), now
                self._save()
                self._sampler.look_again()

    def _advance(self) -> dict[str, float]:
        settings = self._settings
        # Every step has its own seed, so that a resumed run goes on as an uninterrupted one would.
        rng = np.random.default_rng((settings.seed, self._step, self._rank))
        count = settings.batch // self._workers
        batch = self._sampler.draw(count, rng)
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        straight = torch.rand(count, generator=generator)
        sigma = settings.shift * straight / (1 + (settings.shift - 1) * straight)
        noise = torch.randn(batch.truth.shape, generator=generator)
        level = sigma.view(-1, 1, 1, 1, 1)
        noisy = (1 - level) * (batch.truth * 2 - 1) + level * noise
        restored = self._worker(noisy.to(self._dtype), sigma.to(self._dtype), batch.conditions.to(self._dtype))
        loss, parts = training_loss(restored, batch)
        loss.backward()
        self._share_gradients()
        torch.nn.utils.clip_grad_norm_(self._master.parameters(), 1.0)
        for group in self._optimiser.param_groups:
            group["lr"] = settings.rate * self._pace()
        self._optimiser.step()
        self._follow()
        return {"loss": float(loss.detach()), **parts}

    def _share_gradients(self) -> None:
        """The gradients of the copy, averaged over all processes, as those of the float32 weights."""
        workers = list(self._worker.parameters())
        flat = torch.cat([w.grad.float().flatten() if w.grad is not None else w.new_zeros(w.numel()).float()
                          for w in workers])  # fmt: skip
        if self._workers > 1:
            torch.distributed.all_reduce(flat)
            flat /= self._workers
        for master, worker, part in zip(
            self._master.parameters(), workers, flat.split([w.numel() for w in workers]), strict=True
        ):
            master.grad = part.view_as(worker)
            worker.grad = None

    def _pace(self) -> float:
        """Share of the learning rate: a ramp, a plateau, and a fall over the second half."""
        left = (self._settings.steps - self._step) / (0.5 * self._settings.steps)
        return min(1.0, (self._step + 1) / 100, max(left, 0.02))

    def _follow(self) -> None:
        share = min(0.998, (self._step + 1) / (self._step + 20))
        with torch.no_grad():
            masters, averages = list(self._master.parameters()), list(self._average.parameters())
            for master, average, worker in zip(masters, averages, self._worker.parameters(), strict=True):
                average.lerp_(master, 1 - share)
                worker.copy_(master)

    def _save(self) -> None:
        if self._rank > 0:
            return
        state = {
            "master": self._master.state_dict(),
            "average": self._average.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": self._step,
            "seconds": self._seconds,
        }
        with replacing_path(self._checkpoint) as partial:
            torch.save(state, partial)
        card = {
            "settings": json.dumps(asdict(self._settings)),
            "step": str(self._step),
            "cpu_s": f"{self._seconds['cpu']:.0f}",
            "wall_s": f"{self._seconds['wall']:.0f}",
            "clips": str(self._sampler.look_again()),
        }
        write_weights(self._output, self._average, card)
        _log.info("step %d: checkpoint", self._step)

    def _resume(self) -> None:
        state = torch.load(self._checkpoint, weights_only=True)
        self._master.load_state_dict(state["master"])
        self._average.load_state_dict(state["average"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._step, self._seconds = state["step"], state["seconds"]
        self._worker.load_state_dict({name: value.to(self._dtype) for name, value in state["master"].items()})
        _log.info("goes on from step %d", self._step)


@app.command
def score(
    folder: Path | None = None, *, weights: Path | None = None, picture: Path | None = None, frames: int = 48
) -> None:
    """PSNR on clips that were not trained on, by clip and way of sampling, and how good guesses are, as JSON.

    Args:
        folder: where the clips are; in ani3d's cache by default.
        weights: what to score; the folder's by default.
        picture: a PNG to write: coarse, restored, true, one column per frame.
        frames: of each clip, from its first second on.
    """
    torch.set_num_threads(1)
    folder = folder or cache_folder("builtin-prior")
    prior = BuiltinPrior.load(weights or folder / WEIGHTS_NAME, "cpu", PriorOptions())
    table = scored(prior, sorted((folder / "held-out").glob("clip-*.npy")), frames, SCORED)
    print(json.dumps(table, indent=1))  # noqa: T201 (this is a command)
    if picture is not None:
        write_png(picture, strip(prior, folder / "held-out" / "clip-dancer-dance.npy"))


def _started(weights: Path, frames: int) -> RestoringNetwork:
    """The network to train on, able to tell all frames of a window apart."""
    network = read_weights(weights)[0]
    return network.reaching(max(network.shape.reach, frames - 1))


def _log_to_screen(level: int) -> None:
    logging.basicConfig(level=level, format="%(asctime)s %(message)s")


if __name__ == "__main__":
    _log_to_screen(logging.INFO)
    app()
