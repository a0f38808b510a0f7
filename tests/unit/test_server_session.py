"""A session's rules, without a network: what is sent when, for which commands and credits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from ani3d_runtime.client.protocol import watching
from ani3d_runtime.errors import UsageError
from ani3d_runtime.rpc.v1 import frames_pb2, playback_pb2
from ani3d_runtime.rpc.v1.playback_pb2 import PlayRequest, PlayResponse
from ani3d_runtime.server.play.media_clock import MediaClock
from ani3d_runtime.server.play.metronome import Metronome
from ani3d_runtime.server.play.session import PlaySession
from ani3d_runtime.server.stream.client_stream import ClientStream
from ani3d_runtime.server.stream.frame_form import FrameForm
from ani3d_runtime.server.stream.rendition_ladder import RenditionForm, RenditionLadder

FPS = 50.0


class NumberedFrames:
    """A source whose frames are their own index."""

    def __init__(self) -> None:
        self.delay_s = 0.0
        self.at_hand = False

    async def serialised(self, clock: MediaClock) -> bytes:
        frame = self._frame(clock)
        await asyncio.sleep(self.delay_s)
        return frame

    def kept(self, clock: MediaClock) -> bytes | None:
        return self._frame(clock) if self.at_hand else None

    def prefetch(self, clock: MediaClock) -> None:
        """Nothing takes time here."""

    def _frame(self, clock: MediaClock) -> bytes:
        frame = frames_pb2.Frame(time_s=clock.time_s, frame_index=clock.index_of(clock.time_s))
        return PlayResponse(frames=[frame]).SerializeToString()


class ThinnedLadder(RenditionLadder):
    """A ladder that stays on one rung."""

    def __init__(self, every: int) -> None:
        super().__init__([RenditionForm(FrameForm.FLOATS, False, 100.0)], FPS, time.monotonic())
        self._every = every

    @property
    def every(self) -> int:
        return self._every


class Viewer:
    """Collects what a session writes, and can wait for it."""

    def __init__(
        self,
        *,
        frame_count: int = 10,
        every_frame: bool = False,
        credits: int = 4,
        loop: bool = False,
        thinned_to: int = 1,
    ) -> None:
        self.responses: list[PlayResponse] = []
        self.source = NumberedFrames()
        clock = MediaClock(fps=FPS, frame_count=frame_count, tick_s=1 / FPS, loop=loop)
        stream = ClientStream(credits, 64, 0.0)
        if thinned_to > 1:
            stream.ladder = ThinnedLadder(thinned_to)
        self.session = PlaySession(
            [self.source],  # type: ignore[list-item]
            clock,
            stream,
            header=frames_pb2.Header(avatar_id="a"),
            metronome=Metronome(1 / FPS),
            every_frame=every_frame,
        )
        self.task = asyncio.create_task(self.session.run(self._write))

    async def _write(self, data: bytes) -> None:
        self.responses.append(PlayResponse.FromString(data))

    def do(self, *requests: PlayRequest) -> None:
        for request in requests:
            self.session.apply(request)

    @property
    def frames(self) -> list[int]:
        return [frame.frame_index for r in self.responses for frame in r.frames]

    @property
    def has_ended(self) -> bool:
        return any(r.HasField("ended") for r in self.responses)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5) if hasattr(asyncio, "timeout") else _no_timeout():
            while not condition():
                await asyncio.sleep(0.002)

    async def leave(self) -> None:
        self.session.client_stream.hang_up()
        await self.task


class _no_timeout:  # noqa: N801 - Python 3.10 has no asyncio.timeout; pytest-timeout still bounds the test
    async def __aenter__(self) -> None: ...
    async def __aexit__(self, *_: object) -> None: ...


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


def test_header_then_every_frame_then_ended() -> None:
    async def main() -> None:
        viewer = Viewer(every_frame=True, credits=64)
        await viewer.until(lambda: viewer.has_ended)
        await viewer.leave()
        assert viewer.responses[0].HasField("header")
        assert viewer.frames == list(range(10))
        assert viewer.responses[-1].HasField("ended")
        assert [r.sequence for r in viewer.responses if r.frames] == list(range(10))

    run(main())


def test_real_time_takes_the_time_of_the_clip() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        viewer = Viewer(credits=64)
        await viewer.until(lambda: viewer.has_ended)
        await viewer.leave()
        assert loop.time() - start >= 9 / FPS
        assert viewer.frames[0] == 0
        assert viewer.frames[-1] == 9
        assert len(viewer.frames) + viewer.responses[-1].dropped_count == 10

    run(main())


def test_no_credit_no_frame_and_every_frame_is_kept_for_later() -> None:
    async def main() -> None:
        viewer = Viewer(every_frame=True, credits=2)
        await viewer.until(lambda: len(viewer.frames) == 2)
        await asyncio.sleep(5 / FPS)
        assert viewer.frames == [0, 1]
        viewer.do(watching.credit(3))
        await viewer.until(lambda: len(viewer.frames) == 5)
        assert viewer.frames == [0, 1, 2, 3, 4]
        assert viewer.responses[-1].dropped_count == 0
        await viewer.leave()

    run(main())


def test_without_credit_real_time_drops_to_the_latest_and_counts() -> None:
    async def main() -> None:
        viewer = Viewer(frame_count=1000, credits=1)
        await viewer.until(lambda: viewer.frames == [0])
        await asyncio.sleep(10 / FPS)
        viewer.do(watching.credit(1))
        await viewer.until(lambda: len(viewer.frames) == 2)
        latest = viewer.responses[-1]
        assert latest.frames[0].frame_index >= 9
        assert latest.dropped_count == latest.frames[0].frame_index - 1, "all but the first and the latest are dropped"
        await viewer.leave()

    run(main())


def test_the_last_frame_waits_for_credit() -> None:
    async def main() -> None:
        viewer = Viewer(credits=1)
        await asyncio.sleep(20 / FPS)
        assert not viewer.has_ended
        viewer.do(watching.credit(1))
        await viewer.until(lambda: viewer.has_ended)
        assert viewer.frames == [0, 9]
        await viewer.leave()

    run(main())


def test_pause_holds_and_a_seek_shows_its_frame_even_so() -> None:
    async def main() -> None:
        viewer = Viewer(frame_count=1000, credits=64)
        viewer.do(watching.paused(True))
        await viewer.until(lambda: any(r.HasField("status") for r in viewer.responses))
        await viewer.until(lambda: len(viewer.frames) >= 1)
        held = len(viewer.frames)
        await asyncio.sleep(5 / FPS)
        assert len(viewer.frames) == held
        viewer.do(PlayRequest(seek=playback_pb2.SeekCommand(time_s=500 / FPS)))
        await viewer.until(lambda: len(viewer.frames) == held + 1)
        assert viewer.responses[-1].epoch == 1
        assert viewer.frames[-1] == 500
        viewer.do(watching.paused(False))
        await viewer.until(lambda: len(viewer.frames) >= held + 3)
        assert viewer.frames[held + 1] == 501
        await viewer.leave()

    run(main())


def test_resuming_what_is_not_paused_costs_no_tick() -> None:
    async def main() -> None:
        viewer = Viewer(frame_count=1000, credits=64)
        await viewer.until(lambda: len(viewer.frames) >= 1)
        began_s, first = time.monotonic(), viewer.frames[-1]
        while time.monotonic() - began_s < 25 / FPS:
            viewer.do(watching.paused(False))
            await asyncio.sleep(0.1 / FPS)
        ticks_behind = (time.monotonic() - began_s) * FPS - (viewer.frames[-1] - first)
        assert ticks_behind < 5, "one is on its way, and this process may be late; each that is lost adds up"
        await viewer.leave()

    run(main())


def test_a_seek_while_a_frame_is_decoded_does_not_let_the_old_frame_through() -> None:
    async def main() -> None:
        viewer = Viewer(every_frame=True, credits=3, frame_count=1000)
        viewer.source.delay_s = 0.2
        await viewer.until(lambda: len(viewer.responses) == 1)
        await asyncio.sleep(0.01)
        viewer.do(PlayRequest(seek=playback_pb2.SeekCommand(time_s=700 / FPS)))
        await viewer.until(lambda: len(viewer.frames) == 3)
        assert viewer.frames == [700, 701, 702]
        assert {r.epoch for r in viewer.responses if r.frames} == {1}
        await viewer.leave()

    run(main())


def test_a_clip_that_ended_is_taken_up_by_a_seek_or_a_loop() -> None:
    async def main() -> None:
        viewer = Viewer(every_frame=True, credits=64)
        await viewer.until(lambda: viewer.has_ended)
        viewer.do(PlayRequest(seek=playback_pb2.SeekCommand(time_s=8 / FPS)))
        await viewer.until(lambda: len(viewer.frames) == 12)
        assert viewer.frames[10:] == [8, 9]
        viewer.do(watching.loop(True))
        await viewer.until(lambda: len(viewer.frames) >= 25)
        assert viewer.frames[12:25] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3]
        await viewer.leave()

    run(main())


def test_rate_changes_in_flight() -> None:
    async def main() -> None:
        viewer = Viewer(every_frame=True, credits=3, frame_count=100)
        await viewer.until(lambda: len(viewer.frames) == 3)
        viewer.do(watching.rate(4.0), watching.credit(3))
        await viewer.until(lambda: len(viewer.frames) == 6)
        # Frame 3 was due before the rate changed.
        assert viewer.frames == [0, 1, 2, 3, 7, 11]
        await viewer.leave()

    run(main())


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (PlayRequest(seek=playback_pb2.SeekCommand(time_s=float("nan"))), "play-bad-time"),
        (PlayRequest(rate=playback_pb2.RateCommand(rate=0)), "play-bad-rate"),
        (PlayRequest(start=playback_pb2.StartCommand()), "play-bad-command"),
        (PlayRequest(), "play-bad-command"),
    ],
)
def test_bad_commands_are_refused_with_a_code_and_end_the_session(request_: PlayRequest, code: str) -> None:
    async def main() -> None:
        viewer = Viewer(frame_count=1000)
        with pytest.raises(UsageError) as raised:
            viewer.do(request_)
        assert raised.value.code == code
        viewer.session.client_stream.fail(raised.value)
        with pytest.raises(UsageError):
            await viewer.task

    run(main())


def test_a_range_is_played_and_looped_alone() -> None:
    async def main() -> None:
        viewer = Viewer(every_frame=True, credits=1, loop=True)
        viewer.do(watching.play_range(4 / FPS, 7 / FPS), watching.credit(8))
        await viewer.until(lambda: len(viewer.frames) == 9)
        await viewer.leave()
        shown = viewer.frames[viewer.frames.index(4) :]
        assert shown == ([4, 5, 6] * 3)[: len(shown)]
        assert len(shown) >= 7

    run(main())


def test_a_range_that_the_clock_has_left_is_played_from_its_nearer_end() -> None:
    async def main() -> None:
        viewer = Viewer(every_frame=True, credits=64)
        await viewer.until(lambda: viewer.has_ended)
        viewer.do(watching.play_range(2 / FPS, 5 / FPS))
        await viewer.until(lambda: viewer.frames[-1] == 5)
        viewer.do(PlayRequest(seek=playback_pb2.SeekCommand(time_s=3 / FPS)))
        await viewer.until(lambda: len(viewer.frames) >= 14)
        await viewer.leave()
        assert viewer.frames == [*range(10), 5, 3, 4, 5]

    run(main())


def test_frames_that_are_at_hand_share_a_response() -> None:
    async def main() -> None:
        viewer = Viewer(every_frame=True, frame_count=100, credits=1)
        viewer.source.at_hand = True
        await viewer.until(lambda: len(viewer.frames) == 1)
        viewer.do(watching.credit(16))
        await viewer.until(lambda: len(viewer.frames) == 17)
        await viewer.leave()
        assert [len(r.frames) for r in viewer.responses if r.frames] == [1, 16]
        assert [r.sequence for r in viewer.responses if r.frames] == [0, 1]
        assert viewer.frames == list(range(17))

    run(main())


def test_credits_cannot_be_hoarded() -> None:
    async def main() -> None:
        viewer = Viewer(every_frame=True, frame_count=10_000, credits=1)
        await viewer.until(lambda: len(viewer.frames) == 1)
        viewer.do(watching.credit(2**32 - 1))
        await asyncio.sleep(0.1)
        assert len(viewer.frames) == 65
        await viewer.leave()

    run(main())


def test_thinned_frames_are_counted_and_the_last_one_comes_all_the_same() -> None:
    async def main() -> None:
        viewer = Viewer(thinned_to=4, credits=64)
        await viewer.until(lambda: viewer.has_ended)
        await viewer.leave()
        assert viewer.frames[0] == 0
        assert viewer.frames[-1] == 9
        last = viewer.responses[-1]
        assert len(viewer.frames) + last.thinned_count + last.dropped_count == 10
        assert last.thinned_count > 0

    run(main())


def test_a_pause_shows_what_was_left_out() -> None:
    async def main() -> None:
        viewer = Viewer(frame_count=1000, thinned_to=1000, credits=64)
        await viewer.until(lambda: viewer.session.client_stream.ladder.thinned > 2)
        viewer.do(watching.paused(True))
        await viewer.until(lambda: len(viewer.frames) == 2)
        assert viewer.frames[-1] > 2
        await viewer.leave()

    run(main())
