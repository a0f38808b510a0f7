"""Trajectories: the views and times at which the prior sees the actor.

The plane of view and time can be sampled along rows (one view, time runs), columns (one time, the camera runs: bullet
time) or diagonals (both run), which is what the method needs: every picture of a diagonal is next to another view and
another time, so that restored videos agree across both. One plan gives all three the same number of pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.bake.sampling.framing import Framing
from ani3d_runtime.errors import UsageError
from ani3d_runtime.render.camera import Camera

Direction: TypeAlias = Literal["diagonal", "row", "column"]

# Each window of a long clip is seen from between the views of the others; the golden ratio never repeats itself.
_WINDOW_SHIFT = (5**0.5 - 1) / 2
_FULL_TURN_RAD = 2 * np.pi


@dataclass(frozen=True)
class Trajectory:
    """One video's worth of views and times: picture f is seen by ``cameras[f]`` at ``times_s[f]``.

    Attributes:
        name: unique among the trajectories of a plan, and usable as a file name.
        cameras: F of them, all of one size.
        times_s: [F] seconds from the motion's first frame.
        fps: pictures per second of the video, as a prior is told.
    """

    name: str
    cameras: tuple[Camera, ...]
    times_s: Float64Array
    fps: float

    @property
    def frame_count(self) -> int:
        """F, the number of pictures."""
        return len(self.cameras)


@dataclass(frozen=True)
class TrajectoryPlan:
    """How many pictures are taken, and how they spread over view and time.

    Attributes:
        frame_count: F, pictures of a trajectory; what the prior takes at once.
        view_count: V, trajectories per window of time, evenly around the actor.
        span_rad: how far a diagonal's camera goes.
        start_rad: azimuth at which the first one begins; with the default span it passes the face half way.
        fps: pictures per second; None spreads F pictures over the whole clip, however long.
        stride: from one window to the next, as a share of the window; below 1 windows overlap.
    """

    frame_count: int = 81
    view_count: int = 10
    span_rad: float = float(np.deg2rad(60.0))
    start_rad: float = float(np.deg2rad(-30.0))
    fps: float | None = None
    stride: float = 1.0

    def __post_init__(self) -> None:
        rate_ok = self.fps is None or 0 < self.fps <= 1000
        if self.frame_count < 2 or self.view_count < 1 or not 0 < self.stride <= 1 or not rate_ok:
            raise UsageError(
                "trajectory-plan",
                "trajectories",
                found=f"{self.frame_count} frames, {self.view_count} views, stride {self.stride}, {self.fps} fps",
                expected="at least 2 frames and 1 view, 0 < stride <= 1, 0 < fps <= 1000 where it is given",
                fix="Correct the plan.",
            )

    def windows(self, duration_s: float) -> list[tuple[float, float]]:
        """(start, end) in seconds of the windows that cover a clip; the last one ends where the clip ends."""
        length = duration_s if self.fps is None else min((self.frame_count - 1) / self.fps, duration_s)
        free = duration_s - length
        count = 1 if free <= 0 else 1 + int(np.ceil(free / (length * self.stride) - 1e-9))
        return [(float(start), float(start) + length) for start in np.linspace(0, free, count)]


def diagonal_trajectories(framing: Framing, duration_s: float, plan: TrajectoryPlan) -> list[Trajectory]:
    """Time and camera run together: picture f of F is at azimuth start + span·f/(F-1) and time start + length·f/(F-1).

    Window after window of time, V views each, every window turned a little against the others.
    """
    sweep = plan.span_rad * np.linspace(0, 1, plan.frame_count)
    return _windowed("diagonal", framing, duration_s, plan, lambda start: start + sweep)


def row_trajectories(framing: Framing, duration_s: float, plan: TrajectoryPlan) -> list[Trajectory]:
    """Time runs, the camera stays where the diagonal would be half way: as many pictures as the diagonals have."""
    still = np.full(plan.frame_count, plan.span_rad / 2)
    return _windowed("row", framing, duration_s, plan, lambda start: start + still)


def column_trajectories(framing: Framing, duration_s: float, plan: TrajectoryPlan) -> list[Trajectory]:
    """Time stands still, the camera goes all the way around: as many pictures as the diagonals have."""
    windows = plan.windows(duration_s)
    count = len(windows) * plan.view_count
    fps = _rate(plan, windows[0])
    turn = plan.start_rad + _FULL_TURN_RAD * np.arange(plan.frame_count) / plan.frame_count
    instants = (np.arange(count) + 0.5) / count * duration_s
    return [
        _trajectory(f"column-{index:03d}", framing, np.full(plan.frame_count, instant), turn, fps)
        for index, instant in enumerate(instants)
    ]


def trajectories(direction: Direction, framing: Framing, duration_s: float, plan: TrajectoryPlan) -> list[Trajectory]:
    """The trajectories of a plan in one of the three directions."""
    makers: dict[Direction, Callable[[Framing, float, TrajectoryPlan], list[Trajectory]]] = {
        "diagonal": diagonal_trajectories,
        "row": row_trajectories,
        "column": column_trajectories,
    }
    return makers[direction](framing, duration_s, plan)


def _windowed(
    direction: Direction,
    framing: Framing,
    duration_s: float,
    plan: TrajectoryPlan,
    azimuths_from: Callable[[float], Float64Array],
) -> list[Trajectory]:
    """Views in the outer loop: the first trajectories cover the whole clip from one side, the next from another."""
    step = _FULL_TURN_RAD / plan.view_count
    windows = plan.windows(duration_s)
    result: list[Trajectory] = []
    for view in range(plan.view_count):
        for number, window in enumerate(windows):
            start = plan.start_rad + step * (view + (number * _WINDOW_SHIFT) % 1.0)
            times = np.linspace(*window, plan.frame_count)
            name = f"{direction}-{view:02d}-{number:03d}"
            result.append(_trajectory(name, framing, times, azimuths_from(start), _rate(plan, window)))
    return result


def _trajectory(
    name: str, framing: Framing, times_s: Float64Array, azimuths_rad: Float64Array, fps: float
) -> Trajectory:
    cameras = tuple(
        framing.camera(float(time), float(azimuth)) for time, azimuth in zip(times_s, azimuths_rad, strict=True)
    )
    return Trajectory(name, cameras, times_s, fps)


def _rate(plan: TrajectoryPlan, window: tuple[float, float]) -> float:
    """Pictures per second; where a clip has no length, any rate would do."""
    length = window[1] - window[0]
    return (plan.frame_count - 1) / length if length > 0 else plan.fps or 30.0
