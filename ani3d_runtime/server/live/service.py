"""LiveService: sessions, their publishers and their subscribers."""

from __future__ import annotations

import asyncio
import functools
import logging
import re
import secrets
import time
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from typing import Any

import grpc

from ani3d_runtime.errors import NotFoundError, ResourceError, ServiceError, UsageError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.driver import driver_of
from ani3d_runtime.playback.live import LivePlayer
from ani3d_runtime.rpc.jitter_buffer import checked_jitter_buffer
from ani3d_runtime.rpc.methods import CREATE_SESSION, END_SESSION, LIST_SESSIONS, RETARGET, SUBSCRIBE
from ani3d_runtime.rpc.scope import Scope
from ani3d_runtime.rpc.v1 import frames_pb2, live_pb2
from ani3d_runtime.server.assets.catalogue import Catalogue
from ani3d_runtime.server.bus.bus import Bus
from ani3d_runtime.server.calls.handlers import service_handler
from ani3d_runtime.server.calls.refusals import draining
from ani3d_runtime.server.live.publisher import PublisherStream
from ani3d_runtime.server.live.relay.directory import SessionDirectory, session_exists
from ani3d_runtime.server.live.relay.pipe import PipeCall, PublisherProxy, broken_pipe
from ani3d_runtime.server.live.relay.remote import RemoteSession
from ani3d_runtime.server.live.session import LiveSession, session_not_found
from ani3d_runtime.server.live.source import retargeter_of, source_of
from ani3d_runtime.server.live.stream import USUAL_RATE_HZ, SubscriberStream, bad_command
from ani3d_runtime.server.options import ServerOptions
from ani3d_runtime.server.stream.client_stream import ClientStream, Write
from ani3d_runtime.server.stream.frame_form import FrameForm, agreed_form
from ani3d_runtime.server.stream.message_size import max_message_bytes
from ani3d_runtime.server.stream.registry import StreamRegistry
from ani3d_runtime.server.stream.rendition_ladder import RenditionForm, RenditionLadder
from ani3d_runtime.server.trust.call import current_call
from ani3d_runtime.server.trust.principal import Principal
from ani3d_runtime.server.trust.quotas import check_live_sessions

_REAPER_PERIOD_S = 0.5
_SESSION_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)

log = logging.getLogger(__name__)


class LiveService:
    """Retargets poses as they come.

    Args:
        catalogue: what is offered.
        pool: where the catalogue is read.
        frame_pool: where frames are made that take longer than an event loop may wait.
        options: limits.
        bus: to the processes that have other sessions.

    Attributes:
        registry: publishers and subscribers in progress.
    """

    def __init__(
        self, catalogue: Catalogue, pool: Executor, frame_pool: Executor, options: ServerOptions, bus: Bus
    ) -> None:
        self.registry = StreamRegistry(options, options.max_sessions)
        self._catalogue = catalogue
        self._pool = pool
        self._frame_pool = frame_pool
        self._options = options
        self._started_s = time.monotonic()
        self._start_time_s = time.time()
        self._sessions: dict[str, LiveSession] = {}
        self._directory = SessionDirectory(bus, frame_pool, self, self._yield)
        self._is_draining = False

    @property
    def session_count(self) -> int:
        """Live sessions that are open."""
        return len(self._sessions)

    def handler(self) -> grpc.GenericRpcHandler:
        """For ``server.add_generic_rpc_handlers``."""
        return service_handler(
            {
                CREATE_SESSION: self.create,
                LIST_SESSIONS: self.listed,
                END_SESSION: self.end,
                RETARGET: self.publish,
                SUBSCRIBE: self.subscribe,
            }
        )

    async def open(self) -> None:
        """Meet the other processes; the bus is connected."""
        await self._directory.open()

    def drain(self) -> None:
        """End every stream with ``service-draining``, and refuse new sessions; the names of ours are free."""
        self._is_draining = True
        self._directory.close()
        self.registry.drain()

    async def watch_over(self) -> None:
        """End streams that show no life and sessions that nobody publishes to; runs until cancelled."""
        watchdog = asyncio.create_task(self.registry.watch_over())
        try:
            while True:
                await asyncio.sleep(_REAPER_PERIOD_S)
                self._directory.tick()
                now = time.monotonic()
                for session in list(self._sessions.values()):
                    since_s = session.unpublished_since_s
                    if since_s is not None and now - since_s > self._options.abandoned_after_s:
                        log.info("live session %s abandoned", session.session_id)
                        self._close(session)
        finally:
            watchdog.cancel()

    async def create(self, request: live_pb2.CreateSessionRequest) -> live_pb2.CreateSessionResponse:
        """Open a session, whoever asks and however.

        Raises:
            Ani3dError: ``avatar-not-found``, ``live-session-exists``, ``live-bad-session-id``,
                ``service-too-many-sessions``, ``quota-live-sessions``, ``service-draining`` and others.
        """
        if self._is_draining:
            raise draining()
        call = current_call()
        session_id = request.session_id or secrets.token_urlsafe(9)
        call.about.update(avatar=request.avatar_id, session=session_id)
        loop = asyncio.get_running_loop()
        entry = await loop.run_in_executor(self._pool, self._catalogue.find, request.avatar_id)
        player = await loop.run_in_executor(self._pool, _player, entry.package, request.rigid)
        self._check_new(session_id, call.principal)
        session = LiveSession(session_id, entry, player, self._frame_pool, self._options.source_timeout_s)
        session.owner = call.principal.name
        self._sessions[session_id] = session
        try:
            await self._directory.offer(session)
        except BaseException:
            self._close(session)
            raise
        return live_pb2.CreateSessionResponse(
            session_id=session_id,
            publish_key=session.publish_key,
            abandoned_after_s=self._options.abandoned_after_s,
            driven=session.is_driven,
        )

    async def listed(self, request: live_pb2.ListSessionsRequest) -> live_pb2.ListSessionsResponse:
        """The sessions of this process and of those that it knows, by name."""
        del request
        found = {summary.session_id: summary for summary in self._directory.listed()}
        found |= {session_id: session.summary() for session_id, session in self._sessions.items()}
        return live_pb2.ListSessionsResponse(sessions=[summary for _, summary in sorted(found.items())])

    async def end(self, request: live_pb2.EndSessionRequest) -> live_pb2.EndSessionResponse:
        """End a session, of this process or of another.

        Raises:
            Ani3dError: ``live-session-not-found``, ``live-wrong-key``.
        """
        call = current_call()
        call.about["session"] = request.session_id
        is_admin = Scope.ADMIN in call.principal.scopes
        session_id = request.session_id
        if session_id in self._sessions:
            self.end_session(session_id, request.publish_key, is_admin=is_admin)
        else:
            await self._elsewhere(session_id)
            await self._directory.end(session_id, request.publish_key, is_admin=is_admin)
        return live_pb2.EndSessionResponse()

    def end_session(self, session_id: str, publish_key: str, *, is_admin: bool) -> None:
        """End a session of this process.

        Raises:
            Ani3dError: ``live-session-not-found``, ``live-wrong-key``.
        """
        self._close(self._found(session_id) if is_admin else self._published(session_id, publish_key))

    def header_of(self, session: LiveSession) -> bytes:
        """The header of a session's streams, serialised, without what depends on the stream."""
        return _header_of(session).SerializeToString()

    async def serve_pipe(self, pipe: PipeCall) -> None:
        """A publisher whose connection ends in another process.

        Raises:
            Ani3dError: why its stream ends early.
        """
        await self.registry.handle(pipe.requests(), pipe.write, self._start_publishing_here)

    async def publish(
        self, requests: AsyncIterator[live_pb2.RetargetRequest], context: grpc.aio.ServicerContext[Any, Any]
    ) -> None:
        """One publisher, over gRPC or whatever behaves like a call's context."""
        await self.registry.serve(requests, context, self._start_publishing)

    async def subscribe(
        self, requests: AsyncIterator[live_pb2.SubscribeRequest], context: grpc.aio.ServicerContext[Any, Any]
    ) -> None:
        """One subscriber, over gRPC or whatever behaves like a call's context."""
        await self.registry.serve(requests, context, self._start_subscribing)

    async def _start_publishing(self, first: live_pb2.RetargetRequest) -> PublisherStream | PublisherProxy:
        if first.WhichOneof("command") != "publish":
            raise bad_command("Retarget request", "publish first")
        session_id = first.publish.session_id
        current_call().begin(session=session_id)
        if session_id in self._sessions:
            return await self._start_publishing_here(first)
        remote = await self._elsewhere(session_id)
        return await self._directory.publish(remote, first, self._client_stream(0))

    async def _start_publishing_here(self, first: live_pb2.RetargetRequest) -> PublisherStream:
        publish = first.publish
        session = self._published(publish.session_id, publish.publish_key)
        hold_s = checked_jitter_buffer(publish.jitter_buffer_s)
        manifest = session.entry.package.manifest
        form = None
        if publish.answer_mode:
            form = agreed_form(publish.answer_mode, publish.codecs, manifest.corrective_count, with_detail=False)
        source = source_of(publish.source)
        skeleton = session.entry.package.skeleton
        make = functools.partial(retargeter_of, source, skeleton, lock_feet=publish.lock_feet)
        retargeter = await asyncio.get_running_loop().run_in_executor(self._pool, make)
        await session.prepare(form)
        report = retargeter.report
        mapping = live_pb2.MappingReport(
            naming=report.naming,
            matched=report.matched,
            missing=report.missing,
            unused=report.unused,
            scale=report.scale,
        )
        header = self._stamped(_header_of(session), form, self._options.source_timeout_s)
        opening = [
            live_pb2.RetargetResponse(header=header).SerializeToString(),
            live_pb2.RetargetResponse(mapping=mapping).SerializeToString(),
        ]
        client_stream = self._client_stream(publish.credits)
        pool, in_place = self._frame_pool, publish.in_place
        names = source.curve_names
        stream = PublisherStream(
            session, retargeter, client_stream, form, pool, opening, hold_s, in_place=in_place, curve_names=names
        )
        session.begin_epoch(stream, publish.resume_epoch, names)
        return stream

    async def _start_subscribing(self, first: live_pb2.SubscribeRequest) -> _Subscription:
        if first.WhichOneof("command") != "subscribe":
            raise bad_command("Subscribe request", "subscribe first")
        subscribe = first.subscribe
        current_call().begin(session=subscribe.session_id)
        session = self._sessions.get(subscribe.session_id) or await self._elsewhere(subscribe.session_id)
        header = session.header if isinstance(session, RemoteSession) else _header_of(session)
        form = agreed_form(subscribe.mode, subscribe.codecs, header.coefficient_count, with_detail=False)
        if isinstance(session, LiveSession):
            await session.prepare(form)
        client_stream = self._client_stream(subscribe.credits)
        if subscribe.adaptive:
            form_sent = RenditionForm(form, with_detail=False, likely_bytes=0.0)
            client_stream.ladder = RenditionLadder([form_sent], USUAL_RATE_HZ, time.monotonic())
        header = self._stamped(header, form, self._options.heartbeat_timeout_s, client_stream.ladder)
        opening = [live_pb2.SubscribeResponse(header=header).SerializeToString()]
        return _Subscription(session, client_stream, form, self._frame_pool, opening)

    def _client_stream(self, credits: int) -> ClientStream:
        return ClientStream(credits, self._options.max_credits, self._started_s)

    def _stamped(
        self, header: frames_pb2.Header, form: FrameForm | None, silence_s: float, ladder: RenditionLadder | None = None
    ) -> frames_pb2.Header:
        """A session's header with what depends on the stream."""
        stamped = frames_pb2.Header(heartbeat_timeout_s=silence_s, server_start_time_s=self._start_time_s)
        if form is not None:
            stamped.mode, stamped.codec = form.mode, form.codec
        stamped.MergeFrom(header)
        if ladder is not None:
            stamped.rendition.CopyFrom(ladder.rendition())
        if form is not None:
            stamped.max_message_bytes = max_message_bytes(form, stamped, with_detail=False)
        return stamped

    def _check_new(self, session_id: str, principal: Principal) -> None:
        owned = sum(session.owner == principal.name for session in self._sessions.values())
        check_live_sessions(self._options.quotas, principal, owned)
        if len(self._sessions) >= self._options.max_live_sessions:
            raise ResourceError(
                "service-too-many-sessions",
                "server",
                found=f"{len(self._sessions)} live sessions already",
                expected=f"at most {self._options.max_live_sessions}",
                fix="End another session, or wait for an abandoned one to end.",
            )
        if not _SESSION_ID.fullmatch(session_id):
            raise UsageError(
                "live-bad-session-id",
                f"live session {session_id[:64]!r}",
                found="a name of other characters, or too long",
                expected="1 to 64 letters, digits, '_', '.' and '-'",
                fix="Choose another name, or leave it out.",
            )
        if session_id in self._sessions:
            raise session_exists(session_id)

    def _found(self, session_id: str) -> LiveSession:
        session = self._sessions.get(session_id)
        if session is None:
            raise session_not_found(session_id)
        return session

    async def _elsewhere(self, session_id: str) -> RemoteSession:
        """The session of another process."""
        if not _SESSION_ID.fullmatch(session_id):
            raise session_not_found(session_id)
        try:
            return await self._directory.find(session_id)
        except NotFoundError:
            raise session_not_found(session_id) from None

    def _published(self, session_id: str, publish_key: str) -> LiveSession:
        session = self._found(session_id)
        if not session.may_publish(publish_key):
            raise ServiceError(
                "live-wrong-key",
                f"live session {session_id}",
                found="another publish key",
                expected="the key that came when the session was created",
                fix="Create a session of your own, or ask whoever created this one.",
            )
        return session

    def _close(self, session: LiveSession) -> None:
        session.end()
        self._forget(session)

    def _yield(self, session: LiveSession) -> None:
        """Another process has an older session of the same name."""
        log.warning("[live-session-exists] %s was opened twice; this one ends", session.session_id)
        self._forget(session)
        session.give_way(session_exists(session.session_id), broken_pipe(session.session_id))

    def _forget(self, session: LiveSession) -> None:
        self._sessions.pop(session.session_id, None)
        self._directory.withdraw(session)


class _Subscription(SubscriberStream):
    """A subscriber that is part of its session while it runs, wherever that is."""

    def __init__(
        self,
        session: LiveSession | RemoteSession,
        client_stream: ClientStream,
        form: FrameForm,
        pool: Executor,
        opening: list[bytes],
    ) -> None:
        super().__init__(client_stream, form, pool, opening)
        self._session = session

    async def run(self, write: Write) -> None:
        await self._session.subscribe(self)
        await super().run(write)

    def close(self) -> None:
        self._session.unsubscribe(self)


def _header_of(session: LiveSession) -> frames_pb2.Header:
    """Without what depends on the stream."""
    manifest = session.entry.package.manifest
    return frames_pb2.Header(
        avatar_id=session.entry.avatar_id,
        digest=session.entry.digest,
        joint_names=session.entry.package.skeleton.joint_names,
        gaussian_count=manifest.gaussian_count,
        node_count=manifest.node_count,
        coefficient_count=manifest.corrective_count,
        session_id=session.session_id,
        driven=session.is_driven,
        session_start_time_s=session.start_time_s,
    )


def _player(package: Package, rigid: bool) -> LivePlayer:
    return LivePlayer(package, None if rigid else driver_of(package))
