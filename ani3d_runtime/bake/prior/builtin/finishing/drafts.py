# pyright: basic
"""Drafts on disk: what the prior makes of degraded clips, once, for the finishing network to be trained on."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from ani3d_runtime.bake.prior.builtin import clips
from ani3d_runtime.bake.prior.builtin.finishing.losses import Scene
from ani3d_runtime.bake.prior.builtin.finishing.network import Draft
from ani3d_runtime.bake.prior.builtin.restorer import DEFAULT_SAMPLING, BuiltinPrior
from ani3d_runtime.bake.prior.builtin.scores import request_of
from ani3d_runtime.bake.prior.builtin.windows import WINDOW_FRAMES
from ani3d_runtime.errors import NotFoundError
from ani3d_runtime.progress import silent
from ani3d_runtime.replacing import replacing_path

# Of each clip one draft of the coarse video as it is, and one of it blurred by so many pixels.
_BLUR_PX = (0.5, 2.6)
_NO_VELOCITY_SHARE = 0.12


@dataclass(frozen=True)
class Lesson:
    """Pictures of one video: what the network is given, and what it is judged by.

    Attributes:
        draft: at 64 pixels.
        scene: at full size.
    """

    draft: Draft
    scene: Scene


def write_drafts(prior: BuiltinPrior, source: Path, folder: Path, say: Callable[[str], None]) -> None:
    """Write two drafts of each clip in ``source`` to ``folder``; those that are there already are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("clip-*.npy")):
        for variant in range(2):
            target = folder / f"{path.stem}-{variant}.pt"
            if target.exists():
                continue
            lesson = _made(prior, path, blurred=variant == 1, seed=zlib.crc32(target.name.encode()))
            with replacing_path(target) as partial:
                torch.save(_stored(lesson), partial)
            say(target.stem)


def _made(prior: BuiltinPrior, path: Path, *, blurred: bool, seed: int) -> Lesson:
    rng = np.random.default_rng(seed)
    clip = np.load(path, mmap_mode="r")[0]
    start = int(rng.integers(0, len(clip) - WINDOW_FRAMES + 1))
    window = clip[start : start + WINDOW_FRAMES]
    request, truth = request_of(window)
    if blurred:
        blur_px = rng.uniform(*_BLUR_PX)
        request = replace(request, coarse=ndimage.gaussian_filter(request.coarse, (0, blur_px, blur_px, 0)))
    if rng.random() < _NO_VELOCITY_SHARE:
        request = replace(request, velocity=None)
    drafted = prior.drafted(request, replace(DEFAULT_SAMPLING, seed=int(rng.integers(2**31))), silent)
    alpha = np.divide(window[..., clips.ALPHA], np.float32(255), dtype=np.float32)
    pictures = (truth, request.coarse, alpha, request.preserve[..., None])
    tensors = (torch.from_numpy(np.ascontiguousarray(each)).permute(0, 3, 1, 2) for each in pictures)
    return Lesson(drafted.draft, Scene(*(drafted.view.square(each) for each in tensors)))


def _stored(lesson: Lesson) -> dict[str, Tensor]:
    """Half precision and bytes."""
    draft = {f.name: getattr(lesson.draft, f.name).half() for f in fields(Draft)}
    scene = {f.name: (getattr(lesson.scene, f.name).clamp(0, 1) * 255).round().byte() for f in fields(Scene)}
    return {**{f"draft.{k}": v for k, v in draft.items()}, **{f"scene.{k}": v for k, v in scene.items()}}


class Lessons:
    """The drafts of a folder, all in memory; those that are written later take part after :meth:`look_again`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[Path, dict[str, Tensor]] = {}
        self.look_again()

    def look_again(self) -> int:
        """Take in all drafts in the folder; how many there are."""
        paths = sorted(self._folder.glob("*.pt"))
        if not paths:
            raise NotFoundError(
                "training-no-clips", self._folder, found="no *.pt", expected="drafts of training clips",
                fix="Run 'python -m ani3d_runtime.bake.prior.builtin.finishing.train drafts' first.",
            )  # fmt: skip
        self._kept |= {path: torch.load(path, weights_only=True) for path in paths if path not in self._kept}
        return len(self._kept)

    def drawn(self, pictures: int, rng: np.random.Generator) -> Iterator[Lesson]:
        """Endless lessons of so many pictures, varied in side and colour."""
        stored = list(self._kept.values())
        while True:
            kept = stored[rng.integers(len(stored))]
            count = len(kept["scene.truth"])
            chosen = torch.from_numpy(np.sort(rng.choice(count, min(pictures, count), replace=False)))
            draft = Draft(**{f.name: kept[f"draft.{f.name}"][chosen].float() for f in fields(Draft)})
            scene = Scene(**{f.name: kept[f"scene.{f.name}"][chosen].float() / 255 for f in fields(Scene)})
            lesson = recoloured(Lesson(draft, scene), torch.from_numpy(rng.permutation(3)))
            yield mirrored(lesson) if rng.random() < 0.5 else lesson


def recoloured(lesson: Lesson, order: Tensor) -> Lesson:
    """Colour channels exchanged."""
    draft, scene = lesson.draft, lesson.scene
    return Lesson(
        replace(draft, painted=draft.painted[:, order], extra=draft.extra[:, order]),
        replace(scene, truth=scene.truth[:, order], coarse=scene.coarse[:, order]),
    )


def mirrored(lesson: Lesson) -> Lesson:
    """Left and right exchanged, in pictures and in flow."""
    draft = Draft(**{f.name: getattr(lesson.draft, f.name).flip(-1) for f in fields(Draft)})
    sideways = torch.tensor([-1.0, 1.0]).view(1, 2, 1, 1)
    scene = Scene(**{f.name: getattr(lesson.scene, f.name).flip(-1) for f in fields(Scene)})
    return Lesson(replace(draft, flow_px=draft.flow_px * sideways), scene)
