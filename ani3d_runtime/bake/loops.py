"""Loops: the motions of a bake of which one period is kept, and what of them is simulated besides."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ani3d_runtime.bake.loop_choice import LoopChoice
from ani3d_runtime.body.looping import LoopingMotion, looped
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.period import MOST_UNLIKE, Period, found_period, given_period
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import Ani3dError, MotionError

# Cloth forgets how it began within two or three seconds; whole periods, so that it swings in step.
_PRE_ROLL_S = 3.0
# What does not come again, as a skirt that swings once in two periods, is blended over so many seconds behind the seam.
_BLEND_S = 0.75


@dataclass(frozen=True)
class Loop:
    """One period of a motion.

    Attributes:
        looping: the period, joined at its seam.
        period: where it lies in the motion that it was taken from.
        source_frame_count: T of that motion.
    """

    looping: LoopingMotion
    period: Period
    source_frame_count: int

    @property
    def blend_frames(self) -> int:
        """Frames over which a residual layer is blended from the end of a period to its beginning."""
        motion = self.looping.motion
        return max(1, min(round(_BLEND_S * motion.fps), motion.frame_count))

    @property
    def pre_roll_frames(self) -> int:
        """Frames of earlier periods that are simulated and dropped."""
        motion = self.looping.motion
        return max(1, math.ceil(_PRE_ROLL_S * motion.fps / motion.frame_count)) * motion.frame_count

    def take(self, *, pre_roll: bool) -> Motion:
        """What is simulated or restored for this clip; the blend's frames behind it, and a pre-roll before it."""
        return self.looping.unrolled(self.pre_roll_frames if pre_roll else 0, self.blend_frames)

    def to_json(self) -> dict[str, Any]:
        """What was found, as scripts read it."""
        travel = self.looping.travel
        return {
            "start_frame": self.period.start,
            "end_frame": self.period.end,
            "period_s": self.period.frame_count / self.looping.motion.fps,
            "jump_deg": math.degrees(self.period.jump_rad),
            "usual_step_deg": math.degrees(self.period.step_rad),
            "travel_m": None if travel is None else list(travel.translation_m),
            "heading_deg": None if travel is None else math.degrees(travel.heading_rad),
        }

    def in_words(self) -> str:
        """One sentence for the user to check."""
        travel, period, motion = self.looping.travel, self.period, self.looping.motion
        way = "its root stays" if travel is None else f"its root goes on by {math.hypot(*travel.translation_m):.2f} m"
        turn = f" and {math.degrees(travel.heading_rad):.0f}°" if travel is not None and travel.heading_rad else ""
        return (
            f"{motion.name}: loops over frames {period.start} to {period.end} of the motion, "
            f"{period.frame_count / motion.fps:.2f} s; joints jump by {_degrees(period.jump_rad)} between them "
            f"and are joined; {way}{turn}"
        )


def loop_of(motion: Motion, skeleton: Skeleton, choice: LoopChoice) -> Loop:
    """One period of a motion.

    Raises:
        MotionError: ``bake-loop-range``, ``bake-no-period``.
    """
    period = _found(motion, skeleton) if choice.frames is None else _given(motion, skeleton, *choice.frames)
    return Loop(looped(motion, skeleton, period.start, period.end), period, motion.frame_count)


def doubt_about(loop: Loop) -> Ani3dError | None:
    """What is to be said of a range whose ends are not alike; None where they are."""
    period = loop.period
    if period.is_good:
        return None
    return MotionError(
        "bake-loop-far",
        loop.looping.motion.name,
        found=f"frames {period.start} and {period.end}, between which {_differences(period)}",
        expected="two moments of the motion that are alike",
        fix="Look at the seam; --loop auto says which frames are most alike.",
    )


def _found(motion: Motion, skeleton: Skeleton) -> Period:
    period = found_period(motion, skeleton)
    if period is not None and period.is_good and not period.is_still:
        return period
    if period is None:
        found = f"{motion.frame_count} frames, too few for one"
    elif period.is_still:
        found = f"one pose in all {motion.frame_count} frames: the motion does not move"
    else:
        found = f"none; best are frames {period.start} and {period.end}, between which {_differences(period)}"
    raise MotionError(
        "bake-no-period",
        motion.name,
        found=found,
        expected="two moments of the motion that are alike, with motion between them",
        fix="Leave --loop out for this motion"
        + ("." if period is None else f", or loop it all the same: --loop {motion.name}={period.start}-{period.end}"),
    )


def _given(motion: Motion, skeleton: Skeleton, start: int, end: int) -> Period:
    if end > motion.frame_count:
        raise MotionError(
            "bake-loop-range",
            motion.name,
            found=f"frames {start} to {end}, of a motion of {motion.frame_count} frames",
            expected=f"frames within 0 to {motion.frame_count}",
            fix="Frames are counted as they are baked, from --start-frame and at the rate of --fps.",
        )
    return given_period(motion, skeleton, start, end)


def _differences(period: Period) -> str:
    """What keeps a pair from being good, with its limit; rounded away from it, so that the two never read the same."""
    said: list[str] = []
    if period.jump_rad > period.most_jump_rad:
        jump, most = math.degrees(period.jump_rad), math.degrees(period.most_jump_rad)
        said.append(f"joints turn by up to {math.ceil(jump * 10) / 10:.1f}°, at most {_floor(most * 10) / 10:.1f}°")
    if period.unlikeness > MOST_UNLIKE:
        percent = math.ceil(period.unlikeness * 100)
        said.append(
            f"poses and speeds differ by {percent}% of what the motion strays from its mean, "
            f"at most {_floor(MOST_UNLIKE * 100)}%"
        )
    return ", and ".join(said)


def _floor(value: float) -> int:
    """The whole number below, where a rounding error is no step down."""
    return math.floor(value + 1e-6)


def _degrees(angle_rad: float) -> str:
    return f"{math.degrees(angle_rad):.1f}°"
