# pyright: basic
"""Control nodes and HexPlane on the same true videos, in the same processor time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from ani3d_runtime.bake.fit4d.layer import layer_of
from ani3d_runtime.bake.fit4d.losses import picture_loss
from ani3d_runtime.bake.fit4d.optimiser import KnotOptimiser
from ani3d_runtime.bake.fit4d.posing_kernels import rotation_vectors
from ani3d_runtime.bake.fit4d.settings import FitSettings, FitStage
from ani3d_runtime.bake.fit4d.stage import FitNodes, StageView
from ani3d_runtime.bake.fit4d.state import FitState
from ani3d_runtime.bake.fit4d.video import FitVideo
from ani3d_runtime.bake.rasterise.rasteriser import choose_rasteriser
from ani3d_runtime.residual import ResidualLayer
from benchmarks.fit.hexplane import HexPlaneField
from benchmarks.restoration.heldout import HeldOutViews, Scores
from benchmarks.restoration.subject import Subject

_PLANE_RATE, _NETWORK_RATE, _ROUGHNESS = 1e-2, 1e-3, 1e-2
_LAST_RATE = 0.05


@dataclass(frozen=True)
class FieldScore:
    """What a field came to.

    Attributes:
        name: of the field. steps: that fitted into the time. cpu_s: processor seconds. numbers: parameters.
        scores: at held-out views.
    """

    name: str
    steps: int
    cpu_s: float
    numbers: int
    scores: Scores


class FieldRace:
    """Fits fields to the same videos.

    Args:
        subject: whose truth. videos: of it. views: to score with.
        gaussians: that are rendered. cpu_s: processor seconds each field has.
    """

    def __init__(
        self, subject: Subject, videos: Sequence[FitVideo], views: HeldOutViews, gaussians: int, cpu_s: float
    ) -> None:
        self._subject, self._views, self._cpu_s = subject, views, cpu_s
        settings = FitSettings(stages=(FitStage(1, 0, gaussians),))
        self._settings = settings
        assert subject.freedom is not None
        self._freedom = np.where(subject.freedom < 0.05, 0, subject.freedom).astype(np.float32)
        self._nodes = FitNodes.of(subject.avatar, subject.motion, self._freedom, settings)
        self._view = StageView(
            subject.avatar,
            subject.motion,
            videos,
            self._nodes,
            settings,
            settings.stages[0],
            choose_rasteriser("numba"),
        )

    def nodes(self) -> FieldScore:
        """Control nodes."""
        knots = self._nodes.field.knots
        optimiser = KnotOptimiser(knots, FitState.fresh(tuple(knots.shape)))
        random, started, steps = np.random.default_rng(0), time.process_time(), 0
        while (share := (time.process_time() - started) / self._cpu_s) < 1:
            self._view.backward([int(random.integers(self._view.picture_count))])
            optimiser.step(self._settings.move_rate_m * _rate(share), self._settings.turn_rate * _rate(share))
            steps += 1
        layer = layer_of(self._subject.avatar, self._subject.motion, self._nodes, knots.detach().numpy().copy())
        return FieldScore("control nodes", steps, self._cpu_s, knots.numel(), self._views.scores(layer))

    def hexplane(self) -> FieldScore:
        """HexPlane and its network, Adam, total variation of the planes."""
        torch.manual_seed(0)
        view, frames = self._view, self._subject.motion.frame_count
        field = HexPlaneField(torch.from_numpy(view.avatar.splats.means_m[view.graph.members]), frames)
        groups = [{"params": field.planes.parameters(), "lr": _PLANE_RATE}]
        groups.append({"params": field.network.parameters(), "lr": _NETWORK_RATE})
        optimiser = torch.optim.Adam(groups)
        rates = [group["lr"] for group in optimiser.param_groups]
        freedom = torch.from_numpy(view.graph.shares.sum(axis=1))[:, None]
        random, started, steps = np.random.default_rng(0), time.process_time(), 0
        while (share := (time.process_time() - started) / self._cpu_s) < 1:
            picture = view.picture(int(random.integers(view.picture_count)))
            residual = field.residual(picture.frame)
            views = view.rendered(picture, replace(residual, moves=freedom * residual.moves))
            loss = picture_loss(
                views.rgb[0], views.alpha[0, ..., 0], views.depth[0, ..., 0], picture.target, self._settings.loss
            )
            optimiser.zero_grad()
            (loss + _ROUGHNESS * field.roughness()).backward()
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * _rate(share)
            optimiser.step()
            steps += 1
        numbers = sum(parameter.numel() for parameter in field.parameters())
        return FieldScore("HexPlane + network", steps, self._cpu_s, numbers, self._views.scores(self._layer(field)))

    def _layer(self, fitted: HexPlaneField) -> ResidualLayer:
        """The field at all Gaussians of the avatar that may move, at all frames."""
        avatar, members = self._subject.avatar, self._nodes.graph.members
        free = torch.from_numpy(self._freedom[members])[:, None]
        shape = (self._subject.motion.frame_count, len(members), 3)
        dpos, drot = np.empty(shape, np.float32), np.empty(shape, np.float32)
        with torch.no_grad():
            everywhere = fitted.at_points(torch.from_numpy(avatar.splats.means_m[members]))
            for frame in range(shape[0]):
                residual = everywhere.residual(frame)
                dpos[frame] = (free * residual.moves).numpy()
                rotation_vectors(len(members), residual.turns.numpy(), drot[frame])
        return ResidualLayer(avatar.count, members, dpos, drot)


def _rate(share: float) -> float:
    return min(1.0, _LAST_RATE + (1 - _LAST_RATE) * 2 * (1 - share))
