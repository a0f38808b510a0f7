"""RenditionLadder: which form of frames, and how many of them, fit the link to one client. Asks no clock itself."""

from __future__ import annotations

import math
import random
from typing import NamedTuple

from ani3d_runtime.errors import UsageError
from ani3d_runtime.rpc.v1 import frames_pb2, playback_pb2
from ani3d_runtime.server.stream.frame_form import FrameForm
from ani3d_runtime.server.stream.link_meter import FIRST_BYTES, LATE_S, LinkMeter

# Down to what fits with room to spare; up only where there is more of it, so that it stays there.
_SPARE_DOWN, _SPARE_UP = 1.25, 1.3
_MOST_THINNED = 64
_LEAST_HZ = 0.9
# After a change and before the next try. A probe that finds nothing is repeated later, a change that had to be taken
# back later still.
_FIRST_HOLD_S, _LONGEST_PROBE_HOLD_S, _LONGEST_HOLD_S = 3.0, 12.0, 60.0
# On the way up: a queue would stand by then.
_CLIMB_HOLD_S = 1.5
# A change that holds for this long was right.
_PROVEN_AFTER_S = 10.0
# A probe asks whether the link carries twice of what is known, with as much as that is in this time.
_PROBE_S, _PROBE_GROWTH, _MOST_GROWTH = 0.06, 2.0, 4.0
_LEAST_PROBE_BYTES, MOST_PROBE_BYTES = 1 << 10, 128 << 10
# The largest probe tells no more than that so much passes in this time.
_PASSED_BYTES_PER_S = MOST_PROBE_BYTES / 0.1
_SMOOTHING = 0.1
# Proxies and radio links may compress what they carry: padding must not.
_NOISE = random.Random(0).randbytes(MOST_PROBE_BYTES)


class RenditionForm(NamedTuple):
    """One form that frames can have.

    Attributes:
        form: as the header says it.
        with_detail: whether there is per-Gaussian detail in it.
        likely_bytes: of a frame, until one has been sent.
    """

    form: FrameForm
    with_detail: bool
    likely_bytes: float


class _Rung(NamedTuple):
    form: int
    every: int


class RenditionLadder:
    """Goes down when a queue stands on the link, and up when a probe shows that more fits.

    The best rung is what the client asked for; the next ones are lesser forms, every frame of them; then every second,
    every fourth and so on of the least form.

    Args:
        forms: from the best on.
        rate_hz: frames that there are a second, thinned or not.
        now_s: of the header.

    Attributes:
        meter: of the link.
        thinned: frames left out so far because the link would not carry them.
    """

    def __init__(self, forms: list[RenditionForm], rate_hz: float, now_s: float) -> None:
        self.meter = LinkMeter(now_s)
        self.thinned = 0
        self._forms = forms
        self._rate_hz = rate_hz
        self._frame_bytes = [form.likely_bytes for form in forms]
        self._was_sent = [False] * len(forms)
        least = len(forms) - 1
        self._rungs = [_Rung(form, 1) for form in range(least)] + [_Rung(least, 1)]
        every = 2
        while every <= _MOST_THINNED and rate_hz / every >= _LEAST_HZ:
            self._rungs.append(_Rung(least, every))
            every *= 2
        self._at = 0
        self._is_limited = False
        self._is_said = True
        self._hold_s = self._probe_hold_s = _FIRST_HOLD_S
        self._next_try_s = 0.0
        self._went_up_s: float | None = None
        self._moved_s = now_s
        self._stepped_for_s: float | None = None
        self._probe_ends_at = 0
        self._probe_bytes = 0
        self._seen = 0

    @property
    def form(self) -> int:
        """Number of the form to send."""
        return self._rungs[self._at].form

    @property
    def every(self) -> int:
        """Send one frame of so many."""
        return self._rungs[self._at].every

    def is_left_out(self) -> bool:
        """Count one more frame; True if it is one of those that are not sent."""
        self._seen += 1
        return self._seen % self.every != 0

    def set_rate(self, rate_hz: float) -> None:
        """So many frames a second there are now, of a source that has no rate of its own."""
        self._rate_hz = rate_hz

    def may_send(self) -> bool:
        """Whether a frame sent now would not wait behind more than is good for it."""
        size_bytes = int(self._frame_bytes[self.form])
        if not self._is_limited:
            return self.meter.room(size_bytes, FIRST_BYTES + self.meter.arrived_bytes)
        on_the_way_s = self.meter.way_s + LATE_S
        return self.meter.room(size_bytes, self.meter.carries_bytes_per_s * on_the_way_s + self._probe_bytes)

    def received(self, count: int, ago_s: float | None, now_s: float) -> None:
        """The client has received so many frames.

        Args:
            count: of the call.
            ago_s: how long before it said so the last of them came; None where it did not wait for it.
            now_s: it is said.

        Raises:
            UsageError: ``play-bad-report`` where it cannot be.
        """
        if count > self.meter.sent_count or not 0 <= (ago_s or 0.0) < math.inf:
            raise UsageError(
                "play-bad-report",
                "received_count",
                found=f"{count} frames, {ago_s} s ago",
                expected=f"no more than the {self.meter.sent_count} that were sent in this call, and no time to come",
                fix="Count the frames of this call alone, from 0 on.",
            )
        if self._probe_bytes and count >= self._probe_ends_at:
            extra_s = None if ago_s is None else self.meter.extra_s(count, now_s - ago_s)
            is_probe = count == self._probe_ends_at and extra_s is not None
            self._end_probe(self._probe_bytes / extra_s if is_probe and extra_s else 0.0, now_s)
        self.meter.received(count, None if ago_s is None else now_s - ago_s)
        if self.meter.has_queue(now_s) or (self.meter.is_stuck and not self.meter.may_have_paused):
            self._go_down(now_s)
        elif self.meter.is_stuck:
            self._step_down(now_s)
        elif self._at and not self.meter.is_late:
            self._go_up_where_it_fits(now_s)
        elif not self._at and self._is_limited and now_s - self._moved_s > _PROVEN_AFTER_S:
            self._is_limited = self._is_said = False
            self._hold_s = _FIRST_HOLD_S

    def around(self, now_s: float) -> tuple[bytes, bytes]:
        """What goes before the next frame and after it: the rendition where it is a new one, and padding of a probe."""
        said = b""
        if not self._is_said:
            self._is_said = True
            said = playback_pb2.PlayResponse(rendition=self.rendition()).SerializeToString()
        padding = b""
        if self._is_probe_due(now_s):
            self._probe_bytes = self._next_probe_bytes()
            padding = playback_pb2.PlayResponse(padding=_NOISE[: self._probe_bytes]).SerializeToString()
        return said, padding

    def sent(self, frame_bytes: int, padding_bytes: int, now_s: float) -> None:
        """A frame is being sent."""
        form = self.form
        weight = _SMOOTHING if self._was_sent[form] else 1.0
        self._was_sent[form] = True
        self._frame_bytes[form] += weight * (frame_bytes - self._frame_bytes[form])
        self.meter.sent(1, frame_bytes + padding_bytes, now_s)
        if padding_bytes:
            self._probe_ends_at = self.meter.sent_count

    def rendition(self) -> frames_pb2.Rendition:
        """What is sent from now on, as responses say it."""
        form = self._forms[self.form]
        return frames_pb2.Rendition(
            codec=form.form.codec,
            with_detail=form.with_detail,
            every=self.every,
            link_bytes_per_s=int(self.meter.carries_bytes_per_s) if self._is_limited else 0,
        )

    def _need(self, at: int) -> float:
        """Bytes a second of a rung."""
        form, every = self._rungs[at]
        return self._frame_bytes[form] * self._rate_hz / every

    def _go_down(self, now_s: float) -> None:
        """To what fits: while frames wait for each other, what arrives is what the link carries."""
        carries = self.meter.mean_bytes_per_s()
        at, last = min(self._at + 1, len(self._rungs) - 1), len(self._rungs) - 1
        while at < last and self._need(at) * _SPARE_DOWN > carries:
            at += 1
        self._limit(at, carries, now_s)
        self.meter.changed(now_s)

    def _step_down(self, now_s: float) -> None:
        """By one rung, once: if the link paused, then how much it carries when it does not is not known."""
        if self._stepped_for_s == self.meter.late_since_s:
            return
        self._stepped_for_s = self.meter.late_since_s
        at = min(self._at + 1, len(self._rungs) - 1)
        self._limit(at, max(self.meter.mean_bytes_per_s(), self._need(at) * _SPARE_DOWN), now_s)

    def _limit(self, at: int, carries_bytes_per_s: float, now_s: float) -> None:
        self._is_limited = True
        self._probe_bytes = 0
        self.meter.carries_bytes_per_s = carries_bytes_per_s
        if self._went_up_s is not None and now_s - self._went_up_s < _PROVEN_AFTER_S:
            self._hold_s = min(2 * self._hold_s, _LONGEST_HOLD_S)
        self._went_up_s = None
        self._probe_hold_s = _FIRST_HOLD_S
        self._next_try_s = now_s + self._hold_s
        self._move(at, now_s)

    def _go_up_where_it_fits(self, now_s: float) -> None:
        if now_s < self._next_try_s or self._probe_bytes:
            return
        at = self._at
        while at and self._need(at - 1) * _SPARE_UP <= self.meter.carries_bytes_per_s:
            at -= 1
        if at < self._at:
            self._went_up_s = now_s
            self._next_try_s = now_s + _CLIMB_HOLD_S
            self._move(at, now_s)
            self.meter.changed(now_s)

    def _move(self, at: int, now_s: float) -> None:
        self._at, self._is_said = at, False
        self._moved_s = now_s

    def _is_probe_due(self, now_s: float) -> bool:
        is_quiet = self.meter.is_told and not self.meter.is_late and not self._probe_bytes
        return bool(self._at) and is_quiet and now_s >= self._next_try_s

    def _next_probe_bytes(self) -> int:
        wanted = min(_PROBE_GROWTH * self.meter.carries_bytes_per_s, _SPARE_UP * self._need(self._at - 1))
        return int(min(max(wanted * _PROBE_S, _LEAST_PROBE_BYTES), MOST_PROBE_BYTES))

    def _end_probe(self, passed_bytes_per_s: float, now_s: float) -> None:
        size, self._probe_bytes = self._probe_bytes, 0
        known = self.meter.carries_bytes_per_s
        if size == MOST_PROBE_BYTES and passed_bytes_per_s >= _PASSED_BYTES_PER_S:
            self.meter.carries_bytes_per_s = max(known, _SPARE_UP * self._need(self._at - 1))  # no probe tells more
        elif passed_bytes_per_s > known:
            self.meter.carries_bytes_per_s = min(passed_bytes_per_s, _MOST_GROWTH * max(known, _LEAST_PROBE_BYTES))
        if self.meter.carries_bytes_per_s > 1.2 * known:
            self._next_try_s, self._probe_hold_s = now_s, _FIRST_HOLD_S
        else:
            self._next_try_s = now_s + self._probe_hold_s
            self._probe_hold_s = min(2 * self._probe_hold_s, _LONGEST_PROBE_HOLD_S)
