"""RestorationPipeline: coarse → restore → fit, in rounds, every unit of work kept by what it depends on.

All keys follow from the inputs alone, so that a run that was stopped anywhere, kill -9 included, goes on behind the
last unit that was finished, and ends with the same bytes as a run that was never stopped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.bake.coarse.piercing import Coverings
from ani3d_runtime.bake.coarse.render import FREE_PARTS, FREE_PARTS_BUT_HAIR, render_coarse
from ani3d_runtime.bake.coarse.video import CoarseVideo, packed_unit, unpacked_unit
from ani3d_runtime.bake.pose_control.video import face_video, pose_video, trajectory_points
from ani3d_runtime.bake.prior.prior import GuessingPrior, Prior, RestoreRequest
from ani3d_runtime.bake.recipe_numbers import COARSE, RESTORATION, SIMULATION
from ani3d_runtime.bake.restoration.cost import StageCost
from ani3d_runtime.bake.restoration.digest import content_key
from ani3d_runtime.bake.restoration.fitting import FittedLayer, Fitter, packed_layer, unpacked_layer
from ani3d_runtime.bake.restoration.plan import RestorationPlan, Round
from ani3d_runtime.bake.restoration.store import UnitStore
from ani3d_runtime.bake.restoration.video import RestoredVideo
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.bake.sampling.trajectory import Trajectory
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.errors import InputError
from ani3d_runtime.progress import ProgressCallback, Watcher, part_of, silent
from ani3d_runtime.residual import ResidualLayer

STAGES = ("coarse", "restore", "fit")
# The residual layer that a simulation makes of a motion.
Physics: TypeAlias = Callable[[Motion, ProgressCallback], ResidualLayer]
# A pixel of which this much is preserved is preserved whole, where masks have no shares.
_WHOLE = 0.5


@dataclass(frozen=True)
class Restoration:
    """What came out.

    Attributes:
        layer: the residual of the whole clip.
        losses: [R, 3] steps done, picture loss and cloth loss, over all rounds.
        costs: of the stages, in order.
        plan: what was done.
    """

    layer: ResidualLayer
    losses: Float64Array
    costs: tuple[StageCost, ...]
    plan: RestorationPlan


class RestorationPipeline:
    """The restored residual layer of one clip.

    Args:
        avatar, motion: who does what; the motion is on the avatar's skeleton.
        prior: what restores.
        plan: what is to be done.
        fitter: fits the layer to restored videos.
        reference: [h, w, 3] picture that the prior follows, or None.
        store: where results are kept.
        watch: called with a stage's name when it begins.
        physics: what the fit starts from beside the prior's guesses; None for these alone.
    """

    def __init__(
        self,
        avatar: Avatar,
        motion: Motion,
        prior: Prior,
        plan: RestorationPlan,
        fitter: Fitter,
        *,
        reference: Float32Array | None,
        store: UnitStore,
        watch: Watcher,
        physics: Physics | None = None,
    ) -> None:
        self.avatar, self.motion, self.plan = avatar, motion, plan
        self._prior, self._fitter, self._reference = prior, fitter, reference
        self._store, self._watch, self._physics = store, watch, physics
        self._costs = {stage: StageCost(stage) for stage in (*STAGES, *([] if physics is None else ["physics"]))}
        self._actor_key = content_key(avatar, motion)
        # The layer that each round renders for the prior: None is the rigid one.
        self._layers: dict[int, FittedLayer | None] = {0: None}

    def run(self) -> Restoration:
        """Do what has not been done yet."""
        fitted: FittedLayer | None = None
        for number in range(len(self.plan.rounds)):
            fitted = self._round(number, fitted)
            self._layers[number + 1] = fitted if self.plan.effort.coarse_from == "fitted" else None
        assert fitted is not None
        return Restoration(fitted.layer, fitted.state.losses, tuple(self._costs.values()), self.plan)

    def videos(self, trajectories: tuple[Trajectory, ...]) -> list[RestoredVideo]:
        """Some of the restored videos, for looking at them; call it after :meth:`run`."""
        numbers = {t.name: number for number, turn in enumerate(self.plan.rounds) for t in turn.trajectories}
        return [self._video(numbers[trajectory.name], trajectory) for trajectory in trajectories]

    def _round(self, number: int, before: FittedLayer | None) -> FittedLayer:
        turn = self.plan.rounds[number]
        label = f" {number + 1}/{len(self.plan.rounds)}" if len(self.plan.rounds) > 1 else ""
        turns = list(enumerate(self.plan.rounds[: number + 1]))
        video_keys = [self._restored_key(index, t) for index, turn in turns for t in turn.trajectories]
        if self._physics is not None:
            video_keys.append(self._physics_key)
        key = self._fitter.key(turn.fit, video_keys, before)
        stored = self._fitter.stored(key)
        if stored is not None:
            for stage, units in zip(STAGES, (len(turn.trajectories), len(turn.trajectories), 1), strict=True):
                self._costs[stage].reused += units
            if before is None and self._physics is not None:
                self._costs["physics"].reused += 1
            return stored
        self._stage("coarse", label, turn, lambda t, tell: self._coarse(number, t, tell))
        self._stage("restore", label, turn, lambda t, tell: self._restored(number, t, tell))

        def videos() -> list[RestoredVideo]:
            return [self._video(index, t) for index, turn in turns for t in turn.trajectories]

        simulated = self._simulated() if before is None else None
        cost = self._costs["fit"]
        with self._watch(f"fit{label}") as progress, cost.measured():
            fitted = self._fitter.fit(key, turn.fit, videos, before, progress, physics=simulated)
            cost.count(reused=False)
        return fitted

    @property
    def _physics_key(self) -> str:
        return content_key("proxy", SIMULATION, self._actor_key)

    def _simulated(self) -> ResidualLayer | None:
        """The physics that the fit starts from; None where there is none, or where nothing hangs loose."""
        if self._physics is None:
            return None
        physics, cost = self._physics, self._costs["physics"]
        cost.count(reused=self._store.has("physics", self._physics_key))
        with self._watch("physics") as progress, cost.measured():

            def make() -> dict[str, NDArray[Any]]:
                try:
                    layer = physics(self.motion, progress)
                except InputError as error:
                    if error.code != "simulate-no-proxy":
                        raise
                    nothing = np.zeros((self.motion.frame_count, 0, 3), np.float32)
                    layer = ResidualLayer(self.avatar.count, np.zeros(0, np.int32), nothing)
                return packed_layer(layer)

            layer = unpacked_layer(self._store.get_or_make("physics", self._physics_key, make))
        return layer if len(layer.indices) else None

    def _stage(self, name: str, label: str, turn: Round, make: Callable[[Trajectory, ProgressCallback], bool]) -> None:
        """``make`` for every trajectory; it says whether the result was there already."""
        cost, count = self._costs[name], len(turn.trajectories)
        with self._watch(f"{name}{label}") as progress, cost.measured():
            for index, trajectory in enumerate(turn.trajectories):
                cost.count(make(trajectory, part_of(progress, index / count, (index + 1) / count)))

    def _coarse(self, number: int, trajectory: Trajectory, progress: ProgressCallback) -> bool:
        if self._store.has("coarse", self._coarse_key(number, trajectory)):
            progress(1.0)
            return True
        self._coarse_video(number, trajectory, progress)
        return False

    def _restored(self, number: int, trajectory: Trajectory, progress: ProgressCallback) -> bool:
        if self._store.has("restore", self._restored_key(number, trajectory)):
            progress(1.0)
            return True
        self._video(number, trajectory, progress)
        return False

    def _coarse_video(self, number: int, trajectory: Trajectory, progress: ProgressCallback) -> CoarseVideo:
        fitted = self._layers[number]

        def make() -> CoarseVideo:
            return render_coarse(
                self.avatar,
                self.motion,
                trajectory,
                layer=None if fitted is None else fitted.layer,
                coverings=self._coverings,
                free_parts=self._free_parts,
                progress=progress,
            )

        arrays = self._store.get_or_make("coarse", self._coarse_key(number, trajectory), lambda: make().packed())
        return CoarseVideo.unpacked(arrays)

    def _video(self, number: int, trajectory: Trajectory, progress: ProgressCallback = silent) -> RestoredVideo:
        coarse = self._coarse_video(number, trajectory, silent)

        def make() -> dict[str, NDArray[Any]]:
            request = self._request(coarse, trajectory)
            rgb = self._prior.restore(request, self._sampling(trajectory), progress)
            arrays: dict[str, NDArray[Any]] = {"rgb": packed_unit(rgb)}
            if isinstance(self._prior, GuessingPrior):
                arrays["displacement_m"] = self._prior.guess(request).displacement_m.astype(np.float16)
            return arrays

        arrays = self._store.get_or_make("restore", self._restored_key(number, trajectory), make)
        guessed = arrays.get("displacement_m")
        return RestoredVideo(
            trajectory, coarse, unpacked_unit(arrays["rgb"]), None if guessed is None else guessed.astype(np.float32)
        )

    @cached_property
    def _coverings(self) -> Coverings:
        return Coverings.of(self.avatar)

    def _request(self, coarse: CoarseVideo, trajectory: Trajectory) -> RestoreRequest:
        """What the prior is given: normals as its control, or skeletons where it was trained on those."""
        description, plan = self._prior.description, self.plan
        preserve = (coarse.preserve >= _WHOLE).astype(np.float32) if plan.preserve == "whole" else coarse.preserve
        control, face = coarse.control, None
        if plan.control in ("dwpose", "animate"):
            points = trajectory_points(self.avatar, self.motion, trajectory)
            control = pose_video(points, plan.size_px, plan.control)
            if description.face_px:
                face = face_video(coarse.rgb, points, description.face_px)
        return RestoreRequest.checked(
            coarse.rgb, preserve, control, self._reference, coarse.fps, coarse.velocity_m_s, face
        )

    @property
    def _free_parts(self) -> tuple[Part, ...]:
        return FREE_PARTS_BUT_HAIR if self.plan.keeps_hair else FREE_PARTS

    def _coarse_key(self, number: int, trajectory: Trajectory) -> str:
        fitted = self._layers[number]
        # A key is as it was where nothing but the usual is asked for.
        others = ("hair kept",) if self.plan.keeps_hair else ()
        return content_key(COARSE, self._actor_key, trajectory, None if fitted is None else fitted.key, *others)

    def _restored_key(self, number: int, trajectory: Trajectory) -> str:
        description = self._prior.description
        return content_key(
            RESTORATION,
            self._coarse_key(number, trajectory),
            description.digest,
            description.dtype,
            self._sampling(trajectory),
            self._reference,
            *(() if self.plan.preserve == "share" else (self.plan.preserve,)),
        )

    def _sampling(self, trajectory: Trajectory) -> SamplingSettings:
        """With noise of the trajectory's own, whatever else is restored."""
        text = f"{self.plan.sampling.seed}/{trajectory.name}"
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big")
        return replace(self.plan.sampling, seed=seed)


def chosen_for_looking(plan: RestorationPlan, count: int = 3) -> tuple[Trajectory, ...]:
    """A few trajectories, spread over the plan."""
    every = plan.trajectories
    return tuple(every[index] for index in np.unique(np.linspace(0, len(every) - 1, count).astype(int)))
