"""PlaybackService: a session per Play call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import Executor
from typing import Any

import grpc

from ani3d_runtime.errors import UsageError
from ani3d_runtime.rpc.methods import PLAY
from ani3d_runtime.rpc.v1 import frames_pb2, playback_pb2
from ani3d_runtime.server.assets.catalogue import Catalogue, CatalogueEntry
from ani3d_runtime.server.calls.handlers import service_handler
from ani3d_runtime.server.options import ServerOptions
from ani3d_runtime.server.play.frame_store import FrameSource, FrameStore
from ani3d_runtime.server.play.media_clock import MediaClock
from ani3d_runtime.server.play.metronome import Metronomes
from ani3d_runtime.server.play.renditions import rendition_forms
from ani3d_runtime.server.play.session import PlaySession, range_of
from ani3d_runtime.server.stream.client_stream import ClientStream
from ani3d_runtime.server.stream.frame_form import FrameForm, agreed_form
from ani3d_runtime.server.stream.message_size import max_message_bytes
from ani3d_runtime.server.stream.registry import StreamRegistry
from ani3d_runtime.server.stream.rendition_ladder import RenditionLadder
from ani3d_runtime.server.trust.call import current_call

MIN_FRAME_RATE_HZ, MAX_FRAME_RATE_HZ = 0.01, 240.0


class PlaybackService:
    """Plays clips to clients.

    Args:
        catalogue: what is offered.
        frames: where serialised frames come from.
        pool: where the catalogue is read.
        options: limits.

    Attributes:
        registry: the sessions in progress.
    """

    def __init__(self, catalogue: Catalogue, frames: FrameStore, pool: Executor, options: ServerOptions) -> None:
        self.registry = StreamRegistry(options, options.max_sessions)
        self._catalogue = catalogue
        self._frames = frames
        self._pool = pool
        self._options = options
        self._metronomes = Metronomes()
        self._started_s = time.monotonic()
        self._start_time_s = time.time()

    @property
    def session_count(self) -> int:
        """Sessions in progress."""
        return self.registry.count

    def handler(self) -> grpc.GenericRpcHandler:
        """For ``server.add_generic_rpc_handlers``."""
        return service_handler({PLAY: self.play})

    def play(
        self, requests: AsyncIterator[playback_pb2.PlayRequest], context: grpc.aio.ServicerContext[Any, Any]
    ) -> Coroutine[Any, Any, None]:
        """One session, over gRPC or whatever behaves like a call's context."""
        return self.registry.serve(requests, context, self._start)

    async def _start(self, first: playback_pb2.PlayRequest) -> PlaySession:
        if first.WhichOneof("command") != "start":
            raise UsageError(
                "play-not-started",
                "Play request",
                found=f"{first.WhichOneof('command') or 'an empty request'} first",
                expected="start first",
                fix="Name the avatar and the clip before any other command.",
            )
        start = first.start
        current_call().begin(avatar=start.avatar_id, clip=start.clip)
        loop = asyncio.get_running_loop()
        entry: CatalogueEntry = await loop.run_in_executor(self._pool, self._catalogue.find, start.avatar_id)
        manifest, every_frame = entry.package.manifest, start.pacing == playback_pb2.PACING_EVERY_FRAME
        with_detail = not start.without_detail
        form = agreed_form(start.mode, start.codecs, manifest.corrective_count, with_detail=with_detail)
        lod = start.lod if start.HasField("lod") else None
        forms = rendition_forms(start, form, manifest)
        sources = [
            await self._frames.source(entry, start.clip, each.form, lod, with_detail=each.with_detail) for each in forms
        ]
        clip = entry.package.clip(start.clip)
        frame_rate_hz = _checked_frame_rate(
            start.frame_rate_hz or min(max(clip.fps, MIN_FRAME_RATE_HZ), MAX_FRAME_RATE_HZ)
        )
        clock = MediaClock(
            fps=clip.fps,
            frame_count=clip.frame_count,
            is_made_to_loop=clip.playing.loops,
            tick_s=1.0 / frame_rate_hz,
            rate=start.rate if start.HasField("rate") else 1.0,
            loop=start.loop,
            time_s=start.start_time_s if start.HasField("start_time_s") else None,
            range_s=range_of(start.range),
        )
        stream = ClientStream(start.credits, self._options.max_credits, self._started_s)
        if start.adaptive and not every_frame:
            stream.ladder = RenditionLadder(forms, frame_rate_hz, time.monotonic())
        return PlaySession(
            sources,
            clock,
            stream,
            header=self._header(entry, sources[0], start, stream.ladder, form, frame_rate_hz),
            metronome=self._metronomes.of(1.0 / frame_rate_hz),
            every_frame=every_frame,
        )

    def _header(
        self,
        entry: CatalogueEntry,
        source: FrameSource,
        start: playback_pb2.StartCommand,
        ladder: RenditionLadder | None,
        form: FrameForm,
        frame_rate_hz: float,
    ) -> frames_pb2.Header:
        clip = entry.package.clip(start.clip)
        manifest = entry.package.manifest
        header = frames_pb2.Header(
            avatar_id=entry.avatar_id,
            digest=entry.digest,
            clip=clip.name,
            mode=form.mode,
            codec=form.codec,
            fps=clip.fps,
            frame_count=clip.frame_count,
            duration_s=clip.duration_s,
            period_s=clip.period_s if clip.playing.loops else clip.duration_s,
            joint_names=source.player.avatar.skeleton.joint_names,
            gaussian_count=source.player.avatar.count,
            node_count=manifest.node_count,
            coefficient_count=manifest.corrective_count,
            frame_rate_hz=frame_rate_hz,
            heartbeat_timeout_s=self._options.heartbeat_timeout_s,
            server_start_time_s=self._start_time_s,
        )
        if ladder is not None:
            header.rendition.CopyFrom(ladder.rendition())
        batch = self._options.max_credits if start.pacing == playback_pb2.PACING_EVERY_FRAME else 1
        header.max_message_bytes = max_message_bytes(form, header, with_detail=not start.without_detail, batch=batch)
        return header


def _checked_frame_rate(frame_rate_hz: float) -> float:
    if not MIN_FRAME_RATE_HZ <= frame_rate_hz <= MAX_FRAME_RATE_HZ:
        raise UsageError(
            "play-bad-frame-rate",
            "frame rate",
            found=f"{frame_rate_hz} Hz",
            expected=f"{MIN_FRAME_RATE_HZ:g} to {MAX_FRAME_RATE_HZ:g} Hz",
            fix="Leave the frame rate out to get the clip's own.",
        )
    return frame_rate_hz
