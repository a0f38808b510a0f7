"""PlaybackService: a session per Play call, and the watchdog that ends those whose client is gone or frozen."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from typing import Any

import grpc

from ani3d_runtime.errors import Ani3dError, ResourceError, ServiceError, UsageError
from ani3d_runtime.rpc.v1 import frames_pb2, playback_pb2
from ani3d_runtime.server.catalogue import Catalogue, CatalogueEntry
from ani3d_runtime.server.clock import MediaClock
from ani3d_runtime.server.frames import FrameSource, FrameStore
from ani3d_runtime.server.options import ServerOptions
from ani3d_runtime.server.refusals import draining, refuse, stalled
from ani3d_runtime.server.session import PlaySession

SERVICE = "ani3d_runtime.rpc.v1.PlaybackService"
MAX_FRAME_RATE_HZ = 240.0
_WATCHDOG_PERIOD_S = 0.5

log = logging.getLogger(__name__)


class PlaybackService:
    """Plays clips to clients.

    Args:
        catalogue: what is offered.
        frames: where serialised frames come from.
        pool: where the catalogue is read.
        options: limits.
    """

    def __init__(self, catalogue: Catalogue, frames: FrameStore, pool: Executor, options: ServerOptions) -> None:
        self._catalogue = catalogue
        self._frames = frames
        self._pool = pool
        self._options = options
        self._started_s = time.monotonic()
        self._start_time_s = time.time()
        self._sessions: dict[PlaySession, asyncio.Task[Any]] = {}
        self._open_calls = 0
        self._is_draining = False

    @property
    def session_count(self) -> int:
        """Sessions in progress."""
        return len(self._sessions)

    def handler(self) -> grpc.GenericRpcHandler:
        """For ``server.add_generic_rpc_handlers``: responses are bytes already, so no serialiser is between."""
        play = grpc.stream_stream_rpc_method_handler(
            self._play,  # pyright: ignore[reportArgumentType] - the stubs know only the synchronous face
            request_deserializer=playback_pb2.PlayRequest.FromString,
            response_serializer=None,
        )
        return grpc.method_handlers_generic_handler(SERVICE, {"Play": play})

    def drain(self) -> None:
        """End every session with ``service-draining``, and refuse new ones."""
        self._is_draining = True
        for session in self._sessions:
            session.fail(draining())

    async def watch_over(self) -> None:
        """End sessions that show no life; runs until cancelled."""
        while True:
            await asyncio.sleep(_WATCHDOG_PERIOD_S)
            now = time.monotonic()
            for session, task in list(self._sessions.items()):
                silent_s = now - session.last_heard_s
                stalled_s = 0.0 if session.writing_since_s is None else now - session.writing_since_s
                if stalled_s > self._options.write_timeout_s:
                    session.fail(stalled(self._options.write_timeout_s))
                    task.cancel()  # out of the write that does not return
                elif silent_s > self._options.heartbeat_timeout_s:
                    session.fail(_silent(self._options.heartbeat_timeout_s))

    async def _play(
        self, requests: AsyncIterator[playback_pb2.PlayRequest], context: grpc.aio.ServicerContext[Any, Any]
    ) -> None:
        self._open_calls += 1
        try:
            if self._is_draining:
                raise draining()
            if self._open_calls > self._options.max_sessions:
                raise _too_many(self._options.max_sessions)
            session = await self._start(await self._first(requests))
            await self._run(session, requests, context)
            return
        except Ani3dError as error:
            refusal = error
        finally:
            self._open_calls -= 1
        # A client that is frozen takes this only when it wakes up; the call counts no more until then.
        await refuse(context, refusal)

    async def _run(
        self,
        session: PlaySession,
        requests: AsyncIterator[playback_pb2.PlayRequest],
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._sessions[session] = task
        reader = asyncio.create_task(_read(session, requests))
        try:
            await session.run(context.write)
        except asyncio.CancelledError:
            if session.failure is None:
                raise  # the client is gone, or the server stops
            raise session.failure from None
        finally:
            del self._sessions[session]
            reader.cancel()

    async def _first(self, requests: AsyncIterator[playback_pb2.PlayRequest]) -> playback_pb2.StartCommand:
        try:
            first = await asyncio.wait_for(anext(requests), self._options.heartbeat_timeout_s)
        except (asyncio.TimeoutError, StopAsyncIteration):
            raise _silent(self._options.heartbeat_timeout_s) from None
        if first.WhichOneof("command") != "start":
            raise UsageError(
                "play-not-started",
                "Play request",
                found=f"{first.WhichOneof('command') or 'an empty request'} first",
                expected="start first",
                fix="Name the avatar and the clip before any other command.",
            )
        return first.start

    async def _start(self, start: playback_pb2.StartCommand) -> PlaySession:
        loop = asyncio.get_running_loop()
        entry: CatalogueEntry = await loop.run_in_executor(self._pool, self._catalogue.find, start.avatar_id)
        mode = _checked_mode(start.mode or frames_pb2.FRAME_MODE_LIGHT)
        source = await self._frames.source(entry, start.clip, mode, with_detail=not start.without_detail)
        clip = entry.package.clip(start.clip)
        frame_rate_hz = _checked_frame_rate(start.frame_rate_hz or min(clip.fps, MAX_FRAME_RATE_HZ))
        clock = MediaClock(
            fps=clip.fps,
            frame_count=clip.frame_count,
            tick_s=1.0 / frame_rate_hz,
            rate=start.rate if start.HasField("rate") else 1.0,
            loop=start.loop,
            time_s=start.start_time_s if start.HasField("start_time_s") else None,
        )
        return PlaySession(
            source,
            clock,
            header=self._header(entry, source, start.clip, mode, frame_rate_hz),
            tick_s=1.0 / frame_rate_hz,
            every_frame=start.pacing == playback_pb2.PACING_EVERY_FRAME,
            credits=start.credits,
            max_credits=self._options.max_credits,
            started_s=self._started_s,
        )

    def _header(
        self,
        entry: CatalogueEntry,
        source: FrameSource,
        clip_name: str,
        mode: frames_pb2.FrameMode,
        frame_rate_hz: float,
    ) -> playback_pb2.Header:
        clip = entry.package.clip(clip_name)
        manifest = entry.package.manifest
        return playback_pb2.Header(
            avatar_id=entry.avatar_id,
            digest=entry.digest,
            clip=clip.name,
            mode=mode,
            fps=clip.fps,
            frame_count=clip.frame_count,
            duration_s=clip.duration_s,
            joint_names=source.player.avatar.skeleton.joint_names,
            gaussian_count=manifest.gaussian_count,
            node_count=manifest.node_count,
            coefficient_count=manifest.corrective_count,
            frame_rate_hz=frame_rate_hz,
            heartbeat_timeout_s=self._options.heartbeat_timeout_s,
            server_start_time_s=self._start_time_s,
        )


async def _read(session: PlaySession, requests: AsyncIterator[playback_pb2.PlayRequest]) -> None:
    async for request in requests:
        session.apply(request)
    session.hang_up()


def _checked_mode(mode: frames_pb2.FrameMode) -> frames_pb2.FrameMode:
    if mode not in (frames_pb2.FRAME_MODE_LIGHT, frames_pb2.FRAME_MODE_FULL):
        raise UsageError(
            "play-bad-mode",
            "frame mode",
            found=f"mode {mode}",
            expected="light (1) or full (2)",
            fix="Ask for another mode, or update the server.",
        )
    return mode


def _checked_frame_rate(frame_rate_hz: float) -> float:
    if not 0 < frame_rate_hz <= MAX_FRAME_RATE_HZ:
        raise UsageError(
            "play-bad-frame-rate",
            "frame rate",
            found=f"{frame_rate_hz} Hz",
            expected=f"more than 0 and at most {MAX_FRAME_RATE_HZ:g} Hz",
            fix="Leave the frame rate out to get the clip's own.",
        )
    return frame_rate_hz


def _silent(timeout_s: float) -> ServiceError:
    return ServiceError(
        "play-client-silent",
        "client",
        found=f"no request for {timeout_s:g} s",
        expected="a request at least three times as often",
        fix="Send a credit of zero as a heartbeat while nothing else is to say.",
    )


def _too_many(limit: int) -> ResourceError:
    return ResourceError(
        "service-too-many-sessions",
        "server",
        found=f"{limit} sessions already",
        expected=f"at most {limit}",
        fix="Try again when others have ended, or another server.",
    )
