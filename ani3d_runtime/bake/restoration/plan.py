"""RestorationPlan: everything that is going to be done, decided before any of it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.fit4d.settings import FitSettings
from ani3d_runtime.bake.prior.prior import ControlForm, PriorDescription
from ani3d_runtime.bake.quality import EffortName
from ani3d_runtime.bake.restoration.released import RecipeLine, picture_lines, sampling_lines
from ani3d_runtime.bake.restoration.settings import CoarseSource, PreserveForm, RestoreSettings
from ani3d_runtime.bake.sampling.framing import Framing
from ani3d_runtime.bake.sampling.settings import SamplingSettings, checked_renoise
from ani3d_runtime.bake.sampling.trajectory import Direction, Trajectory, TrajectoryPlan, trajectories
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.errors import InputError


@dataclass(frozen=True)
class Effort:
    """What a quality means for restoring. Sizes and lengths of videos are the prior's own.

    Attributes:
        views: trajectories around the actor per window of time.
        fps: pictures per second that the prior is shown; a window lasts as long as the prior's frames do.
        stride: from window to window, as a share of a window.
        rounds: after each, the fit goes on with the trajectories restored so far.
        fit: over all rounds.
        coarse_from: what later rounds render for the prior.
        distance_m: of the camera; None comes as close as the actor allows.
    """

    views: int
    fps: float
    stride: float
    rounds: int
    fit: FitSettings
    coarse_from: CoarseSource = "rigid"
    distance_m: float | None = None


EFFORTS: dict[EffortName, Effort] = {
    "draft": Effort(views=8, fps=15.0, stride=1.0, rounds=1, fit=FitSettings.of_effort("draft")),
    "standard": Effort(views=8, fps=15.0, stride=0.5, rounds=4, fit=FitSettings.of_effort("standard")),
    # The method's own: ten trajectories, a new pair in each fifth of 25,000 steps, cameras at 4 m.
    "paper": Effort(views=10, fps=16.0, stride=1.0, rounds=5, fit=FitSettings.of_effort("paper"), distance_m=4.0),
}


@dataclass(frozen=True)
class Round:
    """One turn of restoring and fitting.

    Attributes:
        trajectories: those that are new.
        fit: how the fit goes on, with these and all earlier ones.
    """

    trajectories: tuple[Trajectory, ...]
    fit: FitSettings


@dataclass(frozen=True)
class RestorationPlan:
    """Everything that is going to be done for one clip.

    Attributes:
        effort: as it came out of the quality and the user's own options.
        rounds: in order.
        size_px: (height, width) of the pictures.
        distance_m: of the cameras from the actor.
        sampling: how the prior is sampled; each trajectory's seed is derived from this one and its name.
        memory_bytes: estimate of the most that is needed at once.
        disk_bytes: estimate of what the stages keep.
        keeps_hair: whether hair is preserved with the skin.
        preserve: how pixels that are partly preserved are masked.
        control: what the prior's control video shows; None where it takes none.
        recipe: the settings beside those of the method's released script; empty for priors of another making.
    """

    effort: Effort
    rounds: tuple[Round, ...]
    size_px: tuple[int, int]
    distance_m: float
    sampling: SamplingSettings
    memory_bytes: int
    disk_bytes: int
    keeps_hair: bool = False
    preserve: PreserveForm = "share"
    control: ControlForm | None = "normals"
    recipe: tuple[RecipeLine, ...] = ()

    @property
    def trajectories(self) -> tuple[Trajectory, ...]:
        """All of them, in the order in which they are restored."""
        return tuple(trajectory for turn in self.rounds for trajectory in turn.trajectories)

    @property
    def picture_count(self) -> int:
        """Pictures that the prior restores."""
        return sum(trajectory.frame_count for trajectory in self.trajectories)

    @property
    def fit_steps(self) -> int:
        """Steps of the fit, over all rounds."""
        return sum(turn.fit.step_count for turn in self.rounds)

    def to_json(self) -> dict[str, object]:
        """The plan as scripts and reports read it."""
        return {
            "trajectories": len(self.trajectories),
            "pictures": self.picture_count,
            "frames_per_trajectory": self.trajectories[0].frame_count,
            "size_px": [self.size_px[1], self.size_px[0]],
            "rounds": len(self.rounds),
            "views": self.effort.views,
            "fps": self.effort.fps,
            "stride": self.effort.stride,
            "coarse_from": self.effort.coarse_from,
            "camera_distance_m": round(self.distance_m, 4),
            "fit_steps": self.fit_steps,
            "memory_bytes": self.memory_bytes,
            "disk_bytes": self.disk_bytes,
            "keeps_hair": self.keeps_hair,
            "preserve": self.preserve,
            "control": self.control,
            "recipe": [line.to_json() for line in self.recipe],
            "sampling": self.sampling.to_json(),
            "fit": self.effort.fit.to_json(),
        }


# Of a pixel: eight bytes, a float of depth and three halves of velocity of a coarse video; three bytes of a restored
# one, and three halves where the prior guesses displacements.
_STORED_BYTES_PER_PIXEL = 8 + 4 + 6 + 3 + 6
# The fit holds colour, coverage, mask and depth of every picture as floats.
_FITTED_BYTES_PER_PIXEL = 4 * 6
# Per Gaussian and picture in flight: what autograd and the rasteriser remember.
_FIT_BYTES_PER_GAUSSIAN = 2_000
_BASE_BYTES = 500_000_000


def plan_restoration(
    avatar: Avatar,
    motion: Motion,
    prior: PriorDescription,
    settings: RestoreSettings,
    effort: EffortName,
    *,
    seed: int = 0,
    direction: Direction = "diagonal",
) -> RestorationPlan:
    """The plan of one clip.

    Args:
        avatar, motion: who does what.
        prior: what restores; its native size and length are used.
        settings: the user's own options, which win over the effort's.
        effort: of the quality.
        seed: of sampling and fitting.
        direction: how view and time are crossed.

    Raises:
        InputError: ``restore-one-frame``.
    """
    if motion.frame_count < 2:
        raise InputError(
            "restore-one-frame",
            motion.name,
            found="a motion of one frame",
            expected="at least two: in a pose that stands, cloth and hair do not swing",
            fix="Use --residual simulated or none for a single pose.",
        )
    chosen = _chosen(EFFORTS[effort], settings, seed)
    height_px, width_px = _size(prior, settings.picture_px)
    framing = Framing.around(avatar, motion, width_px, height_px, distance_m=chosen.distance_m)
    # A clip shorter than the prior's videos is shown at its own pace, in fewer pictures.
    frames = prior.native_frames
    if not settings.whole_clip:
        frames = min(frames, max(2, round(motion.duration_s * chosen.fps) + 1))
    spread = TrajectoryPlan(frames, chosen.views, fps=None if settings.whole_clip else chosen.fps, stride=chosen.stride)
    paths = trajectories(direction, framing, motion.duration_s, spread)
    sampling = replace(prior.default_sampling, seed=seed)
    given = {
        "steps": settings.steps,
        "guidance_scale": settings.guidance,
        "renoise": None if settings.renoise is None else checked_renoise(settings.renoise, "restoring.renoise"),
    }
    sampling = replace(sampling, **{name: value for name, value in given.items() if value is not None})
    pixels = len(paths) * frames * height_px * width_px
    memory = _BASE_BYTES + max(
        prior.memory_bytes, pixels * _FITTED_BYTES_PER_PIXEL + avatar.count * _FIT_BYTES_PER_GAUSSIAN
    )
    plan = RestorationPlan(
        chosen,
        _rounds(paths, chosen),
        (height_px, width_px),
        framing.distance_m,
        sampling,
        memory,
        pixels * _STORED_BYTES_PER_PIXEL,
        keeps_hair=prior.keeps_hair if settings.hair is None else settings.hair == "kept",
        preserve=settings.preserve,
        control=prior.control_form if prior.takes_control else None,
    )
    pace = "over the whole clip" if settings.whole_clip else f"at {chosen.fps:g} a second"
    return replace(plan, recipe=() if prior.made_for else _recipe(plan, prior, f"{frames} {pace}"))


def _recipe(plan: RestorationPlan, prior: PriorDescription, frames: str) -> tuple[RecipeLine, ...]:
    return (
        *picture_lines(
            prior,
            size_px=plan.size_px,
            frames=frames,
            views=plan.effort.views,
            keeps_hair=plan.keeps_hair,
            preserve=plan.preserve,
            control=plan.control,
            distance_m=plan.distance_m,
        ),
        *sampling_lines(prior, plan.sampling),
    )


def _chosen(effort: Effort, settings: RestoreSettings, seed: int) -> Effort:
    fit = replace(effort.fit, seed=seed)
    if settings.fit_iterations is not None:
        fit = _scaled(fit, settings.fit_iterations / fit.step_count)
    given = {"views": settings.views, "coarse_from": settings.coarse_from}
    return replace(effort, fit=fit, **{name: value for name, value in given.items() if value is not None})


def _scaled(fit: FitSettings, times: float) -> FitSettings:
    stages = tuple(replace(stage, steps=max(1, round(stage.steps * times))) for stage in fit.stages)
    return replace(fit, stages=stages)


def _size(prior: PriorDescription, picture_px: int | None) -> tuple[int, int]:
    """The prior's own size, or another height with its proportions, on its grid."""
    height, width = prior.native_size_px
    if picture_px is None:
        return height, width
    multiple = prior.size_multiple

    def on_grid(length: float) -> int:
        return max(multiple, round(length / multiple) * multiple)

    return on_grid(picture_px), on_grid(picture_px * width / height)


def _rounds(paths: list[Trajectory], effort: Effort) -> tuple[Round, ...]:
    """Equal shares of views, and of the steps at the finest stage; the stages before it belong to the first round."""
    count = min(effort.rounds, effort.views, len(paths))
    finest = effort.fit.stages[-1]
    turns: list[Round] = []
    for index in range(count):
        first, last = (round(len(paths) * edge / count) for edge in (index, index + 1))
        done, due = (round(finest.steps * edge / count) for edge in (index, index + 1))
        steps = max(1, due - done)
        fit = effort.fit.continued(steps)
        if index == 0:
            fit = replace(fit, stages=(*effort.fit.stages[:-1], *fit.stages))
        turns.append(Round(tuple(paths[first:last]), fit))
    return tuple(turns)
