"""Refit: how levels of detail look, fitted to pictures of the whole avatar in its rest pose.

The avatar is seen from all around and, nearer, from before its face. Adam follows the gradient of the squared
difference, over a background of another colour in each step, so that gaps cost as much as wrong colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.codec.encoder.levels.views import views_around, views_of_face
from ani3d_runtime.codec.sections.appearance import LevelAppearance
from ani3d_runtime.progress import ProgressCallback
from ani3d_runtime.render.camera import Camera
from ani3d_runtime.render.rasterise import Rasterisation, RenderResult, render_cloud
from ani3d_runtime.splats import SplatCloud

_VIEWS = 16
# Height of the avatar in its pictures, and of the face: so many pixels for each Gaussian in a row, up to a limit.
_PX_A_GAUSSIAN, _MOST_PX, _FACE_SHARE = 5.0, 300, 1 / 3
# Coarser levels are further from their goal, and cost less a step.
_STEPS, _FEWER_A_LEVEL, _FEWEST = 160, 25, 80
# Avatars of fewer Gaussians have less to be fitted: so many take all steps, and none less than this share.
_ALL_STEPS_FROM, _LEAST_SHARE = 20_000, 0.25
# Of a step at the beginning; displacements in widths of a Gaussian. Fine levels move less: they are where they belong.
_SCALE_RATE, _OPACITY_RATE, _COLOUR_RATE = 0.03, 0.05, 0.035
_MOVE_RATES = (0.05, 0.05, 0.04, 0.02)
_LAST_RATE = 0.05
_MOMENTUM, _MEMORY = 0.9, 0.99
_LEAST_OPACITY = 0.02
_LARGEST_CHANGE = 6.0


@dataclass(frozen=True)
class _View:
    """One picture of the whole avatar."""

    camera: Camera
    picture: RenderResult


def refitted(
    stored: Avatar, looks: Sequence[LevelAppearance], progress: ProgressCallback
) -> tuple[LevelAppearance, ...]:
    """The looks of levels after some steps towards the pictures of the whole avatar; deterministic.

    Args:
        stored: in storage order, as readers decode it.
        looks: of levels, coarsest first, where the fit begins.
        progress: called with the fraction done.
    """
    views = _Views(stored)
    share = min(max(stored.count / _ALL_STEPS_FROM, _LEAST_SHARE), 1.0)
    found: list[LevelAppearance] = []
    for level, look in enumerate(looks):
        splats = stored.splats.take(np.arange(look.count, dtype=np.int32))
        steps = round(share * max(_STEPS - _FEWER_A_LEVEL * level, _FEWEST))
        found.append(_Fit(splats, look, _MOVE_RATES[min(level, len(_MOVE_RATES) - 1)]).run(views.of(look.count), steps))
        progress((level + 1) / len(looks))
    return tuple(found)


class _Views:
    """Pictures of the whole avatar, as large as levels of so many Gaussians can make use of."""

    def __init__(self, stored: Avatar) -> None:
        self._stored = stored
        self._taken: dict[int, list[_View]] = {}

    def of(self, count: int) -> list[_View]:
        height_px = min(round(_PX_A_GAUSSIAN * count**0.5), _MOST_PX)
        if height_px not in self._taken:
            face_px = max(round(_FACE_SHARE * height_px), 1)
            cameras = [*views_around(self._stored, _VIEWS, height_px), *views_of_face(self._stored, face_px)]
            self._taken[height_px] = [_View(camera, render_cloud(self._stored.splats, camera)) for camera in cameras]
        return self._taken[height_px]


class _Fit:
    """The fit of one level. What is fitted: displacements, changes of log-scales, logits of opacities, colours."""

    def __init__(self, splats: SplatCloud, look: LevelAppearance, move_rate: float) -> None:
        self._splats = splats
        opacities = np.clip(look.opacities, _LEAST_OPACITY, 1 - _LEAST_OPACITY)
        self._fitted = {
            "displacements": look.displacements_m.copy(),
            "log_scales": look.log_scale_changes.copy(),
            "logits": np.log(opacities / (1 - opacities)),
            "colours": look.colour_changes.copy(),
        }
        width = np.median(np.sort(look.worn_by(splats).scales_m, axis=1)[:, 1])
        self._rates = {
            "displacements": move_rate * float(width),
            "log_scales": _SCALE_RATE,
            "logits": _OPACITY_RATE,
            "colours": _COLOUR_RATE,
        }
        self._means = {name: np.zeros_like(values) for name, values in self._fitted.items()}
        self._squares = {name: np.zeros_like(values) for name, values in self._fitted.items()}

    def run(self, views: Sequence[_View], steps: int) -> LevelAppearance:
        """So many steps, each towards one view."""
        dice = np.random.default_rng(0)
        turns: list[int] = []
        for step in range(steps):
            turns = turns or dice.permutation(len(views)).tolist()
            gradients = self._gradients(views[turns.pop()], dice.random(3).astype(np.float32))
            share = _LAST_RATE + (1 - _LAST_RATE) * 0.5 * (1 + np.cos(np.pi * step / steps))
            self._move(gradients, step + 1, share)
        return self._look()

    def _look(self) -> LevelAppearance:
        fitted = self._fitted
        opacities = (1 / (1 + np.exp(-fitted["logits"]))).astype(np.float32)
        return LevelAppearance(fitted["displacements"], fitted["log_scales"], opacities, fitted["colours"])

    def _gradients(self, view: _View, background: Float32Array) -> dict[str, Float32Array]:
        worn = self._look().worn_by(self._splats)
        drawn = Rasterisation(worn.means_m, worn.quats_wxyz, worn.scales_m, worn.opacities, view.camera, sh=worn.sh)
        wanted, found = view.picture, drawn.result
        apart = ((found.rgb - wanted.rgb) + (wanted.alpha - found.alpha)[..., None] * background).astype(np.float32)
        back = drawn.backward(apart, by_alpha=(-apart @ background).astype(np.float32))
        assert back.sh is not None
        return {
            "displacements": back.means_m,
            "log_scales": back.scales_m * worn.scales_m,
            "logits": back.opacities * worn.opacities * (1 - worn.opacities),
            "colours": back.sh[:, 0],
        }

    def _move(self, gradients: dict[str, Float32Array], step: int, share: float) -> None:
        for name, values in self._fitted.items():
            gradient, mean, square = gradients[name], self._means[name], self._squares[name]
            mean += np.float32(1 - _MOMENTUM) * (gradient - mean)
            square += np.float32(1 - _MEMORY) * (gradient * gradient - square)
            size = np.sqrt(square / np.float32(1 - _MEMORY**step)) + np.float32(1e-12)
            values -= np.float32(share * self._rates[name] / (1 - _MOMENTUM**step)) * mean / size
        np.clip(self._fitted["log_scales"], -_LARGEST_CHANGE, _LARGEST_CHANGE, out=self._fitted["log_scales"])
