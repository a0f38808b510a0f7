"""Bake: from an avatar and its motions to a verified package.

Each stage is a function from the records of earlier stages to one of its own: settings → Cast → RestoringPlan →
RecipeStep → Layers → package → page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from ani3d_runtime.bake.cast import Cast, read_cast
from ani3d_runtime.bake.driver_fit.fit import fit_driver
from ani3d_runtime.bake.driver_fit.practice import Practice
from ani3d_runtime.bake.inputs import OWN_SOURCES, remember_places
from ani3d_runtime.bake.layers import Layers, RestoringPlan, make_layers, plan_restoring
from ani3d_runtime.bake.loops import Loop
from ani3d_runtime.bake.provenance import provenance_of, provenance_with
from ani3d_runtime.bake.recipe import step_of
from ani3d_runtime.bake.settings import BakeSettings
from ani3d_runtime.bake.stage_clock import StageClock
from ani3d_runtime.bake.thumbnail import thumbnail_png
from ani3d_runtime.body.readers.notes import Remark
from ani3d_runtime.codec.encoder.levels.choice import even_levels
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.package.draft import DriverFit
from ani3d_runtime.package.playing import Playing
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.recipe import Recipe, RecipeStep
from ani3d_runtime.package.writer import ClipSource, WriteReport, add_clips, write_package
from ani3d_runtime.progress import Watcher

if TYPE_CHECKING:
    from ani3d_runtime.bake.restoration.plan import RestorationPlan
    from ani3d_runtime.bake.restoration.restorer import RestoredClip


@dataclass(frozen=True)
class BakeReport:
    """What a bake did.

    Attributes:
        settings: what was asked for.
        gaussian_count: N.
        stage_seconds: wall time per stage, in order.
        notes: what was assumed or detected, for the user to check.
        plans: clip's name → what restoring it takes.
        loops: clip's name → which period of its motion it is; of those that loop.
        playings: clip's name → whether it loops, how its root is meant to be played, its markers.
        warnings: what was baked and is likely not what was meant.
        restored: clip's name → what restoring it came to.
        written: sizes and verified errors; None where nothing was to be written.
    """

    settings: BakeSettings
    gaussian_count: int
    stage_seconds: dict[str, float]
    notes: tuple[str, ...]
    plans: Mapping[str, RestorationPlan]
    loops: Mapping[str, Loop]
    playings: Mapping[str, Playing]
    warnings: tuple[Ani3dError, ...]
    restored: Mapping[str, RestoredClip] = field(default_factory=dict[str, "RestoredClip"])
    written: WriteReport | None = None

    def to_json(self) -> dict[str, object]:
        """The report as scripts read it."""
        return {
            "output": str(self.settings.output),
            "gaussians": self.gaussian_count,
            "stage_seconds": {name: round(seconds, 3) for name, seconds in self.stage_seconds.items()},
            "notes": list(self.notes),
            "settings": self.settings.to_json(),
            "plans": {name: plan.to_json() for name, plan in self.plans.items()},
            "loops": {name: loop.to_json() for name, loop in self.loops.items()},
            "markers": {
                name: [asdict(marker) for marker in playing.markers] for name, playing in self.playings.items()
            },
            "warnings": [warning.to_json() for warning in self.warnings],
            "restored": {name: clip.to_json() for name, clip in self.restored.items()},
            "report": None if self.settings.report is None else str(self.settings.report),
            "package": None if self.written is None else self.written.to_json(),
        }


def run_bake(
    settings: BakeSettings, watch: Watcher | None = None, *, dry_run: bool = False, fits_driver: bool = True
) -> BakeReport:
    """Bake a package and verify it.

    Args:
        settings: what to bake.
        watch: called with a stage's name when it begins; its callback takes the fraction done.
        dry_run: read and check every input, then stop.
        fits_driver: fit what drives cloth and hair live; where not, that of a package that gets clips stays, and a new
            one has none.

    Raises:
        Ani3dError: whatever is wrong with an input. Every input is read and checked before the long work starts, and
            nothing is left at the output.
    """
    settings.refuse_bad()
    clock, remarks = StageClock(watch), list[Remark]()
    cast = read_cast(settings, clock, remarks.append)
    plan = plan_restoring(settings, cast, clock)
    step = _recipe_step(settings, cast, plan, clock)
    plans = {} if plan is None else plan.clips
    report = partial(
        BakeReport,
        settings,
        cast.actor.avatar.count,
        clock.seconds,
        tuple(remark for remark in remarks if isinstance(remark, str)),
        plans,
        loops={name: loop for name, loop in zip(cast.names, cast.loops, strict=True) if loop is not None},
        playings=dict(zip(cast.names, cast.playings, strict=True)),
        warnings=(
            *(remark for remark in remarks if not isinstance(remark, str)),
            *cast.doubts,
            *(() if plan is None else plan.doubts),
        ),
    )
    if dry_run:
        return report()
    layers = make_layers(settings, cast, plan, clock)
    fit = partial(fit_driver, practice=_practice(settings, cast)) if fits_driver else None
    written = _written(settings, cast, layers, step, clock, fit)
    remember_places(settings, step.inputs)
    _write_page(settings, cast, plan, layers, written, report().warnings, clock)
    return report(restored=layers.restored, written=written)


def _recipe_step(settings: BakeSettings, cast: Cast, plan: RestoringPlan | None, clock: StageClock) -> RecipeStep:
    """What the package will say of this bake; before the long work, while files are those that were read."""
    with clock("inputs"):
        return step_of(settings, cast.names, None if plan is None else plan.restorer)


def _written(
    settings: BakeSettings,
    cast: Cast,
    layers: Layers,
    step: RecipeStep,
    clock: StageClock,
    driver: DriverFit | None,
) -> WriteReport:
    """A new package, or the one that gets further clips."""
    with clock("package") as progress:
        avatar = cast.actor.avatar
        clips = [
            ClipSource(motion.name, motion, layer, playing)
            for motion, layer, playing in zip(cast.motions, layers.clips, cast.playings, strict=True)
        ]
        # A file may come in the avatar's own order again; a built-in avatar that is simulated needs none.
        keeps_order = not settings.is_builtin or not OWN_SOURCES.issuperset(settings.residual_per_clip())
        if not settings.into:
            return write_package(
                settings.output,
                avatar,
                clips,
                bounds=settings.bounds,
                keeps_input_order=keeps_order,
                provenance=provenance_of(settings),
                recipe=Recipe((step,)),
                thumbnail_png=thumbnail_png(avatar, cast.motions[0]),
                driver=driver,
                levels=even_levels,
                progress=progress,
            )
        provenance, recipe = _grown(settings, cast, step)
        return add_clips(
            settings.output,
            avatar,
            clips,
            replace_existing=settings.overwrite,
            turn_rad=settings.bounds.turn_rad,
            keeps_input_order=keeps_order,
            provenance=provenance,
            recipe=recipe,
            driver=driver,
            progress=progress,
        )


def _grown(settings: BakeSettings, cast: Cast, step: RecipeStep) -> tuple[Mapping[str, str], Recipe | None]:
    """Provenance and recipe of the package once it has the clips.

    None in place of a recipe where the package had none: nobody knows what made its avatar.
    """
    with Package.open(settings.output) as package:
        before, names = package.recipe, (*package.clip_names, *cast.names)
        provenance = provenance_with(package, provenance_of(settings), cast.names)
    return provenance, None if before is None else before.with_step(step, names)


def _practice(settings: BakeSettings, cast: Cast) -> Practice | None:
    """What the driver practises."""
    count = settings.practice_count
    return Practice(cast.actor.simulate, count, settings.seed) if count else None


def _write_page(
    settings: BakeSettings,
    cast: Cast,
    plan: RestoringPlan | None,
    layers: Layers,
    written: WriteReport,
    warnings: tuple[Ani3dError, ...],
    clock: StageClock,
) -> None:
    """The page about restored clips, beside their simulation where the avatar is one whose cloth we made."""
    if plan is None or settings.report is None:
        return
    from ani3d_runtime.bake.report.bake import write_bake_report

    with clock("report") as progress:
        clips = list(layers.restored.values())
        truths = [cast.actor.simulate(clip.motion, progress) for clip in clips] if settings.is_builtin else []
        write_bake_report(
            settings.report,
            settings,
            plan.restorer,
            clips,
            written,
            clock.seconds,
            truths=truths,
            warnings=warnings,
        )
