"""Bake: from an avatar and its motions to a verified package."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.actor import Actor, builtin_actor, captured_actor
from ani3d_runtime.bake.driver_fit.fit import fit_driver
from ani3d_runtime.bake.driver_fit.practice import Practice
from ani3d_runtime.bake.importers.residual import read_residual
from ani3d_runtime.bake.into import provenance_with
from ani3d_runtime.bake.quality import effort_of
from ani3d_runtime.bake.settings import OWN_SOURCES, BakeSettings, refuse_repeated_names
from ani3d_runtime.bake.thumbnail import thumbnail_png
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers import read_motion
from ani3d_runtime.codec.encoder.storage_order import storage_order
from ani3d_runtime.codec.sections.order import StorageOrder
from ani3d_runtime.package.addition import stage_of
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.writer import ClipSource, WriteReport, add_clips, refuse_names, write_package
from ani3d_runtime.progress import ProgressCallback, Watcher, part_of
from ani3d_runtime.residual import ResidualLayer

if TYPE_CHECKING:
    from ani3d_runtime.bake.restoration.plan import RestorationPlan
    from ani3d_runtime.bake.restoration.restorer import RestoredClip, Restorer

# Residuals that are in the avatar's own order, because we make them.


@dataclass
class BakeReport:
    """What a bake did.

    Attributes:
        settings: what was asked for.
        gaussian_count: N.
        stage_seconds: wall time per stage, in order.
        notes: what was assumed or detected, for the user to check.
        plans: clip's name → what restoring it takes.
        restored: clip's name → what restoring it came to.
        written: sizes and verified errors.
    """

    settings: BakeSettings
    gaussian_count: int = 0
    stage_seconds: dict[str, float] = field(default_factory=dict[str, float])
    notes: list[str] = field(default_factory=list[str])
    plans: dict[str, RestorationPlan] = field(default_factory=dict[str, "RestorationPlan"])
    restored: dict[str, RestoredClip] = field(default_factory=dict[str, "RestoredClip"])
    written: WriteReport | None = None

    def to_json(self) -> dict[str, object]:
        """The report as scripts read it."""
        return {
            "output": str(self.settings.output),
            "gaussians": self.gaussian_count,
            "stage_seconds": {name: round(seconds, 3) for name, seconds in self.stage_seconds.items()},
            "notes": self.notes,
            "settings": self.settings.to_json(),
            "plans": {name: plan.to_json() for name, plan in self.plans.items()},
            "restored": {name: clip.to_json() for name, clip in self.restored.items()},
            "report": None if self.settings.report is None else str(self.settings.report),
            "package": None if self.written is None else self.written.to_json(),
        }


def run_bake(settings: BakeSettings, watch: Watcher | None = None, *, dry_run: bool = False) -> BakeReport:
    """Bake a package and verify it.

    Args:
        settings: what to bake.
        watch: called with a stage's name when it begins; its callback takes the fraction done.
        dry_run: read and check every input, then stop.

    Raises:
        Ani3dError: whatever is wrong with an input. Every input is read and checked before the long work starts, and
            nothing is left at the output.
    """
    return _Bake(settings, watch or _unwatched).run(dry_run)


class _Bake:
    """One run: what the stages hand to each other."""

    def __init__(self, settings: BakeSettings, watch: Watcher) -> None:
        self.settings = settings
        self.report = BakeReport(settings)
        self.watch = watch
        self.restorer: Restorer | None = None

    def run(self, dry_run: bool) -> BakeReport:
        settings = self.settings
        settings.refuse_bad()
        with self._stage("avatar") as progress:
            actor = self._actor(progress)
        self.report.gaussian_count = actor.avatar.count
        with self._stage("motion"):
            say = self.report.notes.append
            motions = [
                read_motion(name, actor.avatar.skeleton, settings.motion_options, say=say) for name in settings.motions
            ]
            refuse_repeated_names(motions)
            refuse_names([motion.name for motion in motions], ())
        if settings.is_restored and settings.restoring.fit_colours:
            actor = self._recoloured(actor)
        if settings.into:
            actor = self._in_packages_colours(actor)
            self._check_into(actor.avatar, motions)
        if settings.is_restored:
            self._plan(actor, motions)
        with self._stage("residual") as progress:
            residuals = self._residuals(actor, motions, progress) if not dry_run else []
        if dry_run:
            return self.report
        for index in self._indices_of("restored"):
            residuals[index] = self._restored(motions[index])
        with self._stage("package") as progress:
            self.report.written = self._write(actor, motions, residuals, progress)
        self._report()
        return self.report

    def _report(self) -> None:
        """The page about restored clips."""
        report, path = self.report, self.settings.report
        if path is None:
            return
        assert self.restorer is not None
        assert report.written is not None
        from ani3d_runtime.bake.report.bake import write_bake_report

        with self._stage("report"):
            clips = list(report.restored.values())
            write_bake_report(path, self.settings, self.restorer, clips, report.written, report.stage_seconds)

    def _recoloured(self, actor: Actor) -> Actor:
        """The actor in the colours of the first reference picture."""
        from ani3d_runtime.bake.restoration.colours import fit_colours
        from ani3d_runtime.bake.restoration.reference import read_references

        with self._stage("colours") as progress:
            fit = fit_colours(actor.avatar, read_references(self.settings.restoring.reference[:1]), progress)
        self.report.notes.append(
            f"colours fitted to the reference: outlines agree to {fit.overlap:.0%}, mean difference "
            f"{fit.error_before:.3f} before and {fit.error_after:.3f} after"
        )
        return replace(actor, avatar=fit.avatar)

    def _plan(self, actor: Actor, motions: Sequence[Motion]) -> None:
        """Load what restoring needs; a refusal should not wait for a simulation."""
        # Imported here, as elsewhere in this file: other bakes need no torch.
        from ani3d_runtime.bake.restoration.restorer import Restorer

        settings = self.settings
        with self._stage("prior"):
            self.restorer = Restorer(
                actor.avatar,
                actor.freedom(),
                settings.restoring,
                effort_of(settings.quality),
                settings.seed,
                self._stage,
            )
            for index in self._indices_of("restored"):
                self.report.plans[motions[index].name] = self.restorer.plan(motions[index])

    def _restored(self, motion: Motion) -> ResidualLayer:
        assert self.restorer is not None
        clip = self.restorer.restore(motion, self.report.plans[motion.name])
        self.report.restored[motion.name] = clip
        return clip.restoration.layer

    def _indices_of(self, source: str) -> list[int]:
        return [index for index, each in enumerate(self.settings.residual_per_clip()) if each == source]

    def _check_into(self, avatar: Avatar, motions: Sequence[Motion]) -> None:
        """A refusal should not wait for a simulation."""
        with Package.open(self.settings.output) as package:
            taken = () if self.settings.overwrite else package.clip_names
            refuse_names([motion.name for motion in motions], taken)
            stage_of(package, self._in_packages_order(package, avatar))

    def _in_packages_colours(self, actor: Actor) -> Actor:
        """The actor in the colours that were fitted when the package was made, whose reference may be gone."""
        with Package.open(self.settings.output) as package:
            fitted = package.manifest.provenance.get("restore_fit_colours") == str(True)
            avatar = actor.avatar
            if not fitted or self.settings.restoring.fit_colours or package.manifest.gaussian_count != avatar.count:
                return actor
            order = package.order if self._keeps_order(package) else storage_order(avatar)
            splats = replace(avatar.splats, sh=package.avatar().splats.sh[order.inverse])
        return replace(actor, avatar=replace(avatar, splats=splats))

    def _in_packages_order(self, package: Package, avatar: Avatar) -> Avatar:
        return avatar if self._keeps_order(package) else avatar.take(storage_order(avatar).permutation)

    def _write(
        self,
        actor: Actor,
        motions: Sequence[Motion],
        layers: Sequence[ResidualLayer | None],
        progress: ProgressCallback,
    ) -> WriteReport:
        settings, avatar = self.settings, actor.avatar
        provenance = provenance_of(settings)
        if settings.into:
            with Package.open(settings.output) as package:
                provenance = provenance_with(package, provenance, [motion.name for motion in motions])
                keeps_order = self._keeps_order(package)
        else:
            keeps_order = self._keeps_order(None)
        picture, order = avatar, None
        if not keeps_order:
            order = storage_order(avatar)
            avatar = avatar.take(order.permutation)
            layers = [None if layer is None else order.reordered(layer) for layer in layers]
        clips = [ClipSource(motion.name, motion, layer) for motion, layer in zip(motions, layers, strict=True)]
        driver = partial(fit_driver, practice=self._practice(actor, order))
        if settings.into:
            return add_clips(
                settings.output,
                avatar,
                clips,
                replace_existing=settings.overwrite,
                turn_rad=settings.bounds.turn_rad,
                provenance=provenance,
                driver=driver,
                progress=progress,
            )
        return write_package(
            settings.output,
            avatar,
            clips,
            bounds=settings.bounds,
            provenance=provenance,
            thumbnail_png=thumbnail_png(picture, motions[0]),
            driver=driver,
            progress=progress,
        )

    def _practice(self, actor: Actor, order: StorageOrder | None) -> Practice | None:
        """What the driver practises; layers come in ``order``, where the package forgets the actor's own."""

        def simulate(motion: Motion, progress: ProgressCallback) -> ResidualLayer:
            layer = actor.simulate(motion, progress)
            return layer if order is None else order.reordered(layer)

        count = self.settings.practice_count
        return Practice(simulate, count, self.settings.seed) if count else None

    def _keeps_order(self, package: Package | None) -> bool:
        """Whether the avatar stays in its own order: where a file of the user's has it, or the package knows it.

        Remembering an order costs two bytes a Gaussian.
        """
        files = not set(self.settings.residual_per_clip()) <= OWN_SOURCES
        return not self.settings.is_builtin or files or (package is not None and not package.order.is_identity)

    @contextmanager
    def _stage(self, name: str) -> Generator[ProgressCallback, None, None]:
        started = time.perf_counter()
        with self.watch(name) as progress:
            yield progress
        # A stage may come again, for the next clip.
        seconds = self.report.stage_seconds
        seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - started

    def _actor(self, progress: ProgressCallback) -> Actor:
        settings = self.settings
        if settings.is_builtin:
            return builtin_actor(settings.avatar, settings.seed, settings.detail, progress)
        return captured_actor(settings, self.report.notes.append)

    def _residuals(
        self, actor: Actor, motions: Sequence[Motion], progress: ProgressCallback
    ) -> list[ResidualLayer | None]:
        sources = self.settings.residual_per_clip()
        # Files are read first: a refusal should not wait for a simulation.
        layers: list[ResidualLayer | None] = [
            None
            if source in OWN_SOURCES
            else read_residual(
                source, motion.frame_count, actor.avatar.count, avatar=actor.avatar.name, motion=motion.name
            )
            for source, motion in zip(sources, motions, strict=True)
        ]
        simulated = self._indices_of("simulated")
        for done, index in enumerate(simulated):
            tell = part_of(progress, done / len(simulated), (done + 1) / len(simulated))
            layers[index] = actor.simulate(motions[index], tell)
        return layers


def provenance_of(settings: BakeSettings) -> dict[str, str]:
    """Where a package came from, as text; the name of the output is left out."""
    return {
        key: ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        for key, value in settings.to_json().items()
        if key != "output"
    }


@contextmanager
def _unwatched(stage: str) -> Generator[ProgressCallback, None, None]:
    def ignore(fraction: float) -> None:
        """Nobody watches."""

    yield ignore
