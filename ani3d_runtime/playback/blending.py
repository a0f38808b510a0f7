"""Blending: clips of one avatar that fade into each other, and layers over some of its joints.

spec/CONVENTIONS.md, "Blends", holds the rules.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Protocol

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import UsageError
from ani3d_runtime.playback.joint_mask import JointMask
from ani3d_runtime.playback.mix import Shares, mixed
from ani3d_runtime.playback.root_path import GroundMotion, RootMotion, ground_place, over_ground, standing

FADE_S = 0.3
_FIXES = {
    "at_s": "Pass a time of the blend in that range, in seconds.",
    "time_s": "Pass a time of the blend, in seconds.",
    "start_s": "Pass a time of the clip, in seconds; 0 for its beginning.",
    "rate": "Pass seconds of the clip a second; 1 for its own speed.",
    "fade_s": "Pass the length of the fade in seconds; 0 for a hard cut.",
}
_NOT_MOVED = GroundMotion(0.0, 0.0, 0.0)


class ClipFrames(Protocol):
    """Clips of one avatar, at any time."""

    @property
    def root_joint_m(self) -> Float32Array:
        """[3] the root joint in the zero pose."""
        ...

    def check(self, clip: str) -> None:
        """Raise NotFoundError unless there is such a clip."""
        ...

    def frame_at(self, clip: str, time_s: float, loop: bool | None, *, detail: bool) -> Frame:
        """The frame of a clip at a time."""
        ...

    def shares(self, mask: JointMask) -> Shares:
        """What a mask means for the avatar."""
        ...


def faded_in(time_s: float, begin_s: float, length_s: float) -> float:
    """Share of what fades in from ``begin_s`` on, 0..1: 3 x² − 2 x³, whose speed is 0 at both ends."""
    if length_s <= 0:
        return float(time_s >= begin_s)
    x = min(max((time_s - begin_s) / length_s, 0.0), 1.0)
    return x * x * (3 - 2 * x)


@dataclass(frozen=True)
class _Play:
    """A clip that runs since a time of the blend.

    Attributes:
        clip, loop: what is shown.
        begin_s: time of the blend at which it begins.
        start_s: time of the clip that is shown then.
        rate: seconds of the clip a second.
        fade_s: how long it fades in.
        place: where its root is put, so that it goes on from what was shown before.
    """

    clip: str
    loop: bool | None
    begin_s: float
    start_s: float
    rate: float
    fade_s: float
    place: GroundMotion = _NOT_MOVED

    def clip_time_s(self, time_s: float) -> float:
        """Time of the clip at a time of the blend."""
        return self.start_s + self.rate * (time_s - self.begin_s)

    def share_at(self, time_s: float) -> float:
        """0..1 of it at a time of the blend."""
        return 0.0 if time_s < self.begin_s else faded_in(time_s, self.begin_s, self.fade_s)


@dataclass
class Overlay:
    """A layer over some joints; :meth:`Blend.end` fades it out.

    Attributes:
        play: what it shows.
        shares: how far it reaches.
        weight: 0..1 of it once it has faded in.
        end_s, fade_out_s: when it begins to fade out, and how long that takes.
    """

    play: _Play
    shares: Shares
    weight: float
    end_s: float = math.inf
    fade_out_s: float = 0.0

    def share_at(self, time_s: float) -> float:
        """0..1 of the layer at a time of the blend."""
        return self.weight * self.play.share_at(time_s) * (1 - faded_in(time_s, self.end_s, self.fade_out_s))


class Blending:
    """Frames out of several clips of one avatar: crossfades one after another, and layers over them.

    Its times are its own: ``play`` and ``overlay`` say which time of a clip is shown at which time of the blend. Frames
    may be asked for in any order of times, until :meth:`forget_before` drops what is over.

    Args:
        clips: of one avatar.
    """

    def __init__(self, clips: ClipFrames) -> None:
        self._clips = clips
        self._plays: list[_Play] = []
        self._overlays: list[Overlay] = []

    def play(
        self,
        clip: str,
        at_s: float = 0.0,
        *,
        fade_s: float = FADE_S,
        start_s: float = 0.0,
        rate: float = 1.0,
        loop: bool | None = None,
    ) -> None:
        """Fade over to a clip, or to another time of the one that runs.

        The root goes on from where it is: the clip is put where the avatar is in the middle of the fade, and turned to
        where it faces, over the ground. The first clip is not faded in, and is where it was baked.

        Args:
            clip: its name.
            at_s: time of the blend at which the fade begins; not before the last one.
            fade_s: length of the fade; 0 for a hard cut.
            start_s: time of the clip that is shown at ``at_s``.
            rate: seconds of the clip a second.
            loop: as in ``ClipPlayer.frame_at``.

        Raises:
            NotFoundError: ``clip-not-found``. UsageError: ``blend-bad-time``.
        """
        begun = self._begun(clip, at_s, fade_s, start_s, rate, loop)
        if self._plays:
            if at_s < self._plays[-1].begin_s:
                raise _bad_time("at_s", at_s, f"{self._plays[-1].begin_s:g} or later: the clip before begins then")
            # Halfway both ways over the ground have the same say: there they meet, and neither is taken back.
            middle_s = at_s + fade_s / 2
            here, theirs = self._base(middle_s, detail=False), self._shown(begun, middle_s, detail=False)
            begun = replace(begun, place=self._ground(here).then(self._ground(theirs).inverse()))
        else:
            begun = replace(begun, fade_s=0.0)
        self._plays.append(begun)

    def overlay(
        self,
        clip: str,
        mask: JointMask,
        at_s: float = 0.0,
        *,
        fade_s: float = FADE_S,
        weight: float = 1.0,
        start_s: float = 0.0,
        rate: float = 1.0,
        loop: bool | None = None,
    ) -> Overlay:
        """Lay a clip over some joints; returns the layer, for :meth:`end`.

        The root's way over the ground stays that of the clips below.

        Args:
            clip, at_s, fade_s, start_s, rate, loop: as in :meth:`play`.
            mask: the joints, and how much of the layer each shows.
            weight: 0..1 of the layer as a whole.

        Raises:
            NotFoundError: ``clip-not-found``. UsageError: ``blend-bad-time``, ``blend-bad-mask``, ``mask-bad-weight``.
        """
        if not _is_mask(mask):  # a joint's name is what comes to mind
            raise UsageError(
                "blend-bad-mask",
                "mask",
                found=repr(mask)[:128],
                expected="a JointMask",
                fix="Pass JointMask.below(package.skeleton, JOINT), or JointMask(package.skeleton, {JOINT: 1}).",
            )
        if not 0 <= weight <= 1:
            raise UsageError(
                "mask-bad-weight",
                "weight",
                found=str(weight),
                expected="0 to 1",
                fix="Pass 1 for the whole layer, 0 for none of it.",
            )
        begun = self._begun(clip, at_s, fade_s, start_s, rate, loop)
        laid = Overlay(begun, self._clips.shares(mask), weight)
        self._overlays.append(laid)
        return laid

    def end(self, overlay: Overlay, at_s: float, *, fade_s: float = FADE_S) -> None:
        """Fade a layer out from ``at_s`` on, once.

        Raises:
            UsageError: ``blend-bad-time``: also before the layer begins. ``blend-bad-layer``: it ends already, or it is
                none of this blend's, or no more since :meth:`forget_before`.
        """
        if not any(overlay is laid for laid in self._overlays):
            raise UsageError(
                "blend-bad-layer",
                "layer",
                found="none that this blend shows",
                expected="what overlay of the same blend returned",
                fix="Pass that; layers that forget_before dropped have ended.",
            )
        if math.isfinite(overlay.end_s):
            raise UsageError(
                "blend-bad-layer",
                "layer",
                found=f"one that ends at {overlay.end_s:g} s",
                expected="one that does not end yet",
                fix="Call end once a layer.",
            )
        if _checked("at_s", at_s) < overlay.play.begin_s:
            raise _bad_time("at_s", at_s, f"{overlay.play.begin_s:g} or later: the layer begins then")
        overlay.fade_out_s = _checked("fade_s", fade_s, least=0.0)
        overlay.end_s = at_s

    def forget_before(self, time_s: float) -> None:
        """Drop what is not seen at a time and later; frames before it are then no longer what they were."""
        self._plays = self._plays[self._first_seen(time_s) :]
        self._overlays = [laid for laid in self._overlays if time_s < laid.end_s + laid.fade_out_s]

    def frame_at(self, time_s: float, root: RootMotion = "world") -> Frame:
        """The frame of a time of the blend.

        Args:
            time_s: seconds; before the first clip its beginning is shown.
            root: what becomes of the root's way over the ground.

        Raises:
            UsageError: ``blend-bad-time``, ``blend-empty``.
        """
        return self._frame_at(time_s, root, detail=True)

    def light_frame_at(self, time_s: float, root: RootMotion = "world") -> Frame:
        """The frame at a time without per-Gaussian detail, which is not read either."""
        return self._frame_at(time_s, root, detail=False)

    def root_step(self, start_s: float, end_s: float) -> GroundMotion:
        """How the root goes over the ground between two times of the blend, as seen from the first.

        Raises:
            UsageError: ``blend-bad-time``, ``blend-empty``.
        """
        start, end = (self._ground(self.light_frame_at(time_s)) for time_s in (start_s, end_s))
        return start.step_to(end)

    def _frame_at(self, time_s: float, root: RootMotion, *, detail: bool) -> Frame:
        if not self._plays:
            raise UsageError(
                "blend-empty", "blend", found="no clip", expected="a clip that plays", fix="Call play first."
            )
        frame = self._base(_checked("time_s", time_s), detail=detail)
        for laid in self._overlays:
            share = laid.share_at(time_s)
            if share > 0:
                above = self._shown(laid.play, time_s, detail=detail)
                onto = self._ground(frame).then(self._ground(above).inverse())
                above = over_ground(above, self._clips.root_joint_m, onto)
                frame = mixed(frame, above, share, laid.shares)
        return standing(frame, self._clips.root_joint_m, root)

    def _base(self, time_s: float, *, detail: bool) -> Frame:
        """The clips that play, without layers."""
        first, *others = self._plays[self._first_seen(time_s) :]
        frame = self._shown(first, time_s, detail=detail)
        for play in others:
            share = play.share_at(time_s)
            if share > 0:
                frame = mixed(frame, self._shown(play, time_s, detail=detail), share)
        return frame

    def _first_seen(self, time_s: float) -> int:
        """The last play that hides those before it."""
        hiding = (number for number in reversed(range(len(self._plays))) if self._plays[number].share_at(time_s) >= 1)
        return next(hiding, 0)

    def _shown(self, play: _Play, time_s: float, *, detail: bool) -> Frame:
        """A clip as it is at a time of the blend, where it was put."""
        clip_time_s = play.clip_time_s(max(time_s, play.begin_s))
        frame = self._clips.frame_at(play.clip, clip_time_s, play.loop, detail=detail)
        return replace(over_ground(frame, self._clips.root_joint_m, play.place), time_s=time_s)

    def _ground(self, frame: Frame) -> GroundMotion:
        return ground_place(frame, self._clips.root_joint_m)

    def _begun(self, clip: str, at_s: float, fade_s: float, start_s: float, rate: float, loop: bool | None) -> _Play:
        self._clips.check(clip)
        return _Play(
            clip,
            loop,
            begin_s=_checked("at_s", at_s),
            start_s=_checked("start_s", start_s),
            rate=_checked("rate", rate),
            fade_s=_checked("fade_s", fade_s, least=0.0),
        )


def _is_mask(mask: object) -> bool:
    return isinstance(mask, JointMask)


def _checked(name: str, value: float, least: float = -math.inf) -> float:
    if not math.isfinite(value) or value < least:
        raise _bad_time(name, value, "a finite number" if least < 0 else f"a finite number, {least:g} or more")
    return value


def _bad_time(name: str, value: float, expected: str) -> UsageError:
    return UsageError("blend-bad-time", name, found=str(value), expected=expected, fix=_FIXES[name])
