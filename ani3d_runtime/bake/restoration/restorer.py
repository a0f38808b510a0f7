"""Restorer: restored residual layers for the clips of one avatar, and what the report will tell about them."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.device import resolved_device
from ani3d_runtime.bake.prior.prior import Prior
from ani3d_runtime.bake.prior.registry import load_prior
from ani3d_runtime.bake.quality import EffortName
from ani3d_runtime.bake.restoration.fitting import Fitter
from ani3d_runtime.bake.restoration.pipeline import Physics, Restoration, RestorationPipeline, chosen_for_looking
from ani3d_runtime.bake.restoration.plan import RestorationPlan, plan_restoration
from ani3d_runtime.bake.restoration.reference import (
    REFERENCE_PX,
    doubts_about_reference,
    read_references,
    rendered_reference,
)
from ani3d_runtime.bake.restoration.settings import RestoreSettings
from ani3d_runtime.bake.restoration.store import UnitStore
from ani3d_runtime.bake.restoration.video import RestoredVideo
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.progress import Watcher


@dataclass(frozen=True)
class RestoredClip:
    """What a clip's restoration came to.

    Attributes:
        motion: what was restored.
        restoration: layer, losses, costs.
        videos: a few trajectories, before and after the prior.
    """

    motion: Motion
    restoration: Restoration
    videos: tuple[RestoredVideo, ...]

    def to_json(self) -> dict[str, object]:
        """What it took, as scripts read it."""
        return {"stages": [asdict(cost) for cost in self.restoration.costs]}


class Restorer:
    """Restores the residual of one avatar, motion by motion.

    Args:
        avatar: its colours are final.
        freedom: [N] how far each Gaussian may leave the rigid layer, 0..1; None for garment and hair, freely.
        settings: the user's options.
        effort: of the quality.
        seed: of all noise.
        watch: called with a stage's name when it begins.
        physics: simulates a motion, for fits to start from.

    Attributes:
        doubts: what is likely to be wrong with the reference.

    Raises:
        Ani3dError: what is wrong with the prior or the reference.
    """

    def __init__(
        self,
        avatar: Avatar,
        freedom: Float32Array | None,
        settings: RestoreSettings,
        effort: EffortName,
        seed: int,
        watch: Watcher,
        *,
        physics: Physics | None = None,
    ) -> None:
        self.avatar, self.settings = avatar, settings
        self.device = resolved_device(settings.device)
        given = read_references(settings.reference) if settings.reference else None
        self.prior: Prior = load_prior(settings.prior, self.device)
        height, width = self.prior.description.native_size_px
        size = (height, width) if height != width else (REFERENCE_PX, REFERENCE_PX)
        self.reference: Float32Array = rendered_reference(avatar, size) if given is None else given
        self.doubts = tuple(doubts_about_reference(given, (height, width)))
        self._freedom, self._seed, self._watch = freedom, seed, watch
        self._effort: EffortName = effort
        self._physics = physics if settings.physics == "proxy" else None
        self._store = UnitStore()

    def plan(self, motion: Motion) -> RestorationPlan:
        """What restoring a motion is going to take."""
        return plan_restoration(
            self.avatar, motion, self.prior.description, self.settings, self._effort, seed=self._seed
        )

    def restore(self, motion: Motion, plan: RestorationPlan) -> RestoredClip:
        """Restore a motion by its plan, or take up what an earlier run has done of it."""
        takes = self.prior.description.takes_reference
        pipeline = RestorationPipeline(
            self.avatar,
            motion,
            self.prior,
            plan,
            Fitter(self.avatar, motion, self._freedom, self._store, self.device),
            reference=self.reference if takes else None,
            store=self._store,
            watch=self._watch,
            physics=self._physics,
        )
        restoration = pipeline.run()
        return RestoredClip(motion, restoration, tuple(pipeline.videos(chosen_for_looking(plan))))
