"""FitSettings: everything that decides how the residual layer is fitted to videos."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Literal, TypeAlias

from ani3d_runtime.bake.fit4d.losses import LossWeights
from ani3d_runtime.errors import UsageError

FitEffort: TypeAlias = Literal["draft", "standard", "paper"]


@dataclass(frozen=True)
class FitStage:
    """A stretch of steps at one size of picture.

    Attributes:
        steps: optimiser steps.
        halvings: how often the videos' pictures are halved in size.
        gaussians: the avatar is thinned to about so many.
    """

    steps: int
    halvings: int
    gaussians: int


@dataclass(frozen=True)
class ClothWeights:
    """What cloth resists; see ``node_kernels.resistance``.

    Attributes:
        stretch: against edges between nodes changing in length or turning against the nodes.
        bend: against neighbouring nodes turning apart.
        swing: against acceleration.
        hold: against leaving the rigid layer, everywhere. anchor: the same for nodes that are not free.
    """

    stretch: float = 0.3
    bend: float = 0.001
    swing: float = 0.0005
    hold: float = 0.0
    anchor: float = 0.01


@dataclass(frozen=True)
class FitSettings:
    """Everything that decides a fit, apart from its inputs.

    Attributes:
        stages: from coarse to fine.
        node_count: control nodes, at most.
        knot_stride: frames of the motion from one knot of a node's track to the next.
        space_smoothing, time_smoothing: λ and μ of ``NodeField``.
        move_rate_m: how far a step moves a latent knot at most. turn_rate: how far it turns one, as a quaternion.
        start_hold: weight of half the squared distance of latent knots (metres; turns as quaternions) from where they
            started, over the number of pictures: soft pictures lead further from the truth than a prior's guesses do.
            Nothing holds a fit that starts at the rigid layer.
        batch: pictures per step.
        loss: of pictures. cloth: of nodes.
        preserve_weight: how much pixels count in which a video is known to show the rigid layer, 0..1.
        checkpoint_every: steps between checkpoints.
        seed: of the order of pictures.

    Raises:
        UsageError: ``fit-settings``.
    """

    stages: tuple[FitStage, ...] = (FitStage(15_000, 0, 20_000),)
    node_count: int = 256
    knot_stride: int = 2
    space_smoothing: float = 1.0
    time_smoothing: float = 0.5
    move_rate_m: float = 0.006
    turn_rate: float = 0.03
    start_hold: float = 0.034
    batch: int = 1
    loss: LossWeights = field(default_factory=LossWeights)
    cloth: ClothWeights = field(default_factory=ClothWeights)
    preserve_weight: float = 1.0
    checkpoint_every: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be fitted with."""
        counts = [self.node_count, self.knot_stride, self.batch, self.checkpoint_every]
        counts += [number for stage in self.stages for number in (stage.steps, stage.gaussians, stage.halvings + 1)]
        lengths = {len(self.loss.colour), len(self.loss.structure), len(self.loss.edges)}
        if (
            not self.stages
            or min(counts) < 1
            or min(self.move_rate_m, self.turn_rate) <= 0
            or self.start_hold < 0
            or len(lengths) != 1
        ):
            raise UsageError(
                "fit-settings",
                "fit settings",
                found=f"{self}",
                expected="stages, counts of at least 1, rates above 0, one weight per level in each list of the loss",
                fix="Correct the settings.",
            )

    @classmethod
    def of_effort(cls, effort: FitEffort) -> FitSettings:
        """The settings of a step of the quality ladder."""
        return _LADDER[effort]

    @property
    def step_count(self) -> int:
        """Steps of all stages."""
        return sum(stage.steps for stage in self.stages)

    def continued(self, steps: int) -> FitSettings:
        """The same for a fit that goes on with more videos: ``steps`` at the finest stage."""
        return replace(self, stages=(replace(self.stages[-1], steps=steps),))

    def to_json(self) -> dict[str, object]:
        """The settings as cache keys and reports read them."""
        return asdict(self)


_LADDER: dict[FitEffort, FitSettings] = {
    "draft": FitSettings(),
    "standard": FitSettings(
        stages=(FitStage(6000, 1, 8_000), FitStage(12_000, 0, 20_000)), node_count=384, knot_stride=2
    ),
    "paper": FitSettings(
        stages=(FitStage(5000, 2, 8_000), FitStage(8000, 1, 20_000), FitStage(12_000, 0, 60_000)),
        node_count=640,
        knot_stride=2,
    ),
}
