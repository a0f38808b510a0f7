"""FrameRow: the frames of a clip as one row that has a frame at every time, between frames and beyond the ends too."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.deformation import Detail, Frame
from ani3d_runtime.errors import UsageError
from ani3d_runtime.geometry.curve import taps_at
from ani3d_runtime.package.playing import Playing
from ani3d_runtime.playback.interpolate import detail_between, on_curve
from ani3d_runtime.playback.root_path import GroundMotion, RootMotion, carried, ground_place, standing

# A time this close to a frame, in frames, is that frame: 30 fps times are not exact in binary.
_FRAME_TOLERANCE = 1e-4


class FrameRow:
    """Frames at any time of a clip: spec/CONVENTIONS.md, "Loops and the root's way" and what follows there.

    Args:
        frame_count: T of the clip.
        fps: frames per second, Hz.
        playing: whether the clip loops, how its root goes on, and whether it is meant to stay in place.
        root_joint_m: [3] the root joint in the zero pose.
        frame_of: the frame 0 <= index < T without detail.
        detail_of: the detail of such a frame.
    """

    def __init__(
        self,
        frame_count: int,
        fps: float,
        playing: Playing,
        root_joint_m: Float32Array,
        frame_of: Callable[[int], Frame],
        detail_of: Callable[[int], Detail | None],
    ) -> None:
        self._count, self._fps, self._playing, self._joint_m = frame_count, fps, playing, root_joint_m
        self._frame_of, self._detail_of = frame_of, detail_of

    def place(self, time_s: float, loop: bool | None = None) -> tuple[float, int]:
        """(place in the clip, counted in frames; how often a looping clip has begun anew before).

        Args:
            time_s: seconds from the first frame.
            loop: times outside the clip start over; None as the clip is meant.

        Raises:
            UsageError: ``time-not-finite``.
        """
        if not math.isfinite(time_s):
            raise UsageError(
                "time-not-finite", "media time", found=str(time_s), expected="seconds", fix="Pass a finite time."
            )
        position, count, loops = time_s * self._fps, self._count, self._playing.loops
        if loops and loop is not False:
            turns = math.floor(position / count)
            return position - turns * count, turns
        last = count - 1
        if loop and last and not 0 <= position <= last:
            return position % last, 0
        return min(max(position, 0.0), float(last)), 0

    def at(self, position: float, turns: int = 0, *, root: RootMotion | None = None, detail: bool = True) -> Frame:
        """The frame at a place, see :meth:`place`.

        Args:
            position: counted in frames, between 0 and T - 1, or T where the clip loops.
            turns: how often a looping clip has begun anew before.
            root: what becomes of the root's way over the ground; None as the clip is meant.
            detail: with per-Gaussian detail; without it none is asked for either.
        """
        nearest = round(position)
        if abs(position - nearest) >= _FRAME_TOLERANCE:
            return self._rooted(self._between(position, detail), position, turns, root)
        wraps, index = divmod(nearest, self._count)
        # Detail goes first: whatever it has decoded serves the rest, which needs no detail by itself.
        shown = self._detail_of(index) if detail else None
        return self._rooted(replace(self._frame_of(index), detail=shown), index, turns + wraps, root)

    def root_step(self, start: tuple[float, int], end: tuple[float, int]) -> GroundMotion:
        """How the root goes over the ground from one place and turn to another, as seen from the first."""
        first, last = (
            ground_place(self.at(position, turns, root="world", detail=False), self._joint_m)
            for position, turns in (start, end)
        )
        return first.step_to(last)

    def _between(self, position: float, detail: bool) -> Frame:
        floor = math.floor(position)
        shown = None
        if detail:
            shown = detail_between(self._detail_of(floor), self._detail_of((floor + 1) % self._count), position - floor)
        frames, weights = taps_at(position, self._count, loops=self._playing.loops)
        used = weights != 0
        taps = [self._neighbour(int(index)) for index in frames[used]]
        return on_curve(taps, weights[used], position / self._fps, shown)

    def _neighbour(self, index: int) -> Frame:
        """A frame of the endless row that a looping clip is; of the clip itself where it does not loop."""
        turns, own = divmod(index, self._count)
        frame, travel = self._frame_of(own), self._playing.travel
        return frame if travel is None or turns == 0 else carried(frame, self._joint_m, *travel.power(turns))

    def _rooted(self, frame: Frame, position: float, turns: int, root: RootMotion | None) -> Frame:
        """The frame after so many turns of a loop, its root as it is wanted."""
        playing, joint_m = self._playing, self._joint_m
        if playing.travel is not None and turns:
            frame = carried(frame, joint_m, *playing.travel.power(turns))
        root = root or ("in place" if playing.in_place else "world")
        if root == "in place" and playing.travel is not None:
            climbed_m = (turns + position / self._count) * playing.travel.translation_m[1]
            frame = carried(frame, joint_m, np.array([0.0, -climbed_m, 0.0]), 0.0)
        return standing(frame, joint_m, root)
