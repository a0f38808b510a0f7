"""SessionDirectory: where live sessions are found. A process offers its own on the bus and looks up those of others."""

from __future__ import annotations

import asyncio
import functools
import secrets
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import NamedTuple

from ani3d_runtime.errors import NotFoundError, UsageError
from ani3d_runtime.rpc.v1 import live_pb2
from ani3d_runtime.server.bus.bus import Answer, Bus
from ani3d_runtime.server.live.relay.host import SessionHost, SessionOwner
from ani3d_runtime.server.live.relay.messages import (
    END,
    PUBLISH,
    SESSIONS,
    WHO,
    packed,
    session_subject,
    unpacked,
    unpacked_error,
)
from ani3d_runtime.server.live.relay.pipe import PublisherProxy, broken_pipe
from ani3d_runtime.server.live.relay.remote import RemoteSession
from ani3d_runtime.server.live.session import LiveSession
from ani3d_runtime.server.stream.client_stream import ClientStream

_ANNOUNCE_PERIOD_S = 1.0
# A process that announces nothing for this long has no sessions any more.
_FORGOTTEN_AFTER_S = 3.0


class _Announced(NamedTuple):
    received_s: float
    sessions: list[live_pb2.SessionSummary]


class SessionDirectory:
    """Belongs to one event loop.

    Args:
        bus: between the processes.
        pool: where Gaussians are posed.
        owner: the service that has this process's sessions.
        yield_to: called with a session of ours whose name an older one of another process has.
    """

    def __init__(self, bus: Bus, pool: Executor, owner: SessionOwner, yield_to: Callable[[LiveSession], None]) -> None:
        self.bus = bus
        self._member = secrets.token_hex(8)
        self._pool = pool
        self._owner = owner
        self._yield_to = yield_to
        self._hosts: dict[str, SessionHost] = {}
        self._remotes: dict[str, RemoteSession] = {}
        self._finding: dict[str, asyncio.Task[RemoteSession]] = {}
        self._announced: dict[str, _Announced] = {}
        self._announced_s = 0.0

    async def open(self) -> None:
        """Receive what others announce; the bus is connected."""
        await self.bus.listen(SESSIONS, self._receive)

    def close(self) -> None:
        """Offer and seek nothing more."""
        for host in list(self._hosts.values()):
            self.withdraw(host.session)
        for remote in self._remotes.values():
            remote.close()

    async def offer(self, session: LiveSession) -> None:
        """Let others find a new session of this process.

        Raises:
            UsageError: ``live-session-exists``: another process has one of that name.
            ServiceError: ``service-unreachable``: nobody knows.
        """
        if await self._is_offered(session.session_id):
            raise session_exists(session.session_id)
        host = self._hosts[session.session_id] = SessionHost(session, self.bus, self._pool, self._owner)
        await host.open()
        self._announce()
        # Once this has been to the bus and back, everybody finds the session, through any process.
        await self._is_offered(session.session_id)

    async def _is_offered(self, session_id: str) -> bool:
        try:
            await self.bus.ask(session_subject(session_id), packed(WHO))
        except NotFoundError:
            return False
        return True

    def withdraw(self, session: LiveSession) -> None:
        """The session is over, or its process about to be."""
        host = self._hosts.pop(session.session_id, None)
        if host is not None:
            host.close()
            self._announce()

    def tick(self) -> None:
        """Announce our sessions, and forget processes that announce none; to be called every half a second."""
        now = time.monotonic()
        for host in self._hosts.values():
            host.expire(now)
        self._remotes = {name: remote for name, remote in self._remotes.items() if not remote.is_over}
        since_s = now - _FORGOTTEN_AFTER_S
        self._announced = {member: one for member, one in self._announced.items() if one.received_s > since_s}
        if self._hosts and now - self._announced_s >= _ANNOUNCE_PERIOD_S:
            self._announce()

    def listed(self) -> list[live_pb2.SessionSummary]:
        """Sessions of the other processes, as they were announced within the last second."""
        return [summary for one in self._announced.values() for summary in one.sessions]

    async def find(self, session_id: str) -> RemoteSession:
        """A session of another process.

        Raises:
            NotFoundError: ``bus-nobody-listens``.
            ServiceError: ``service-unreachable``.
        """
        remote = self._remotes.get(session_id)
        if remote is not None and not remote.is_over:
            return remote
        finding = self._finding.get(session_id)
        if finding is None:  # a hundred clients that come back at once have one in common
            finding = self._finding[session_id] = asyncio.create_task(self._find(session_id))
            finding.add_done_callback(functools.partial(self._end_finding, session_id))
        return await asyncio.shield(finding)

    def _end_finding(self, session_id: str, finding: asyncio.Task[RemoteSession]) -> None:
        del self._finding[session_id]
        if not finding.cancelled():
            finding.exception()  # nobody else may look at it: clients hang up while they wait

    async def _find(self, session_id: str) -> RemoteSession:
        remote = RemoteSession(session_id, self.bus)
        await remote.find()
        self._remotes[session_id] = remote
        return remote

    async def end(self, session_id: str, publish_key: str, *, is_admin: bool) -> None:
        """End a session of another process.

        Raises:
            Ani3dError: why not.
        """
        try:
            answer = await self.bus.ask(session_subject(session_id), packed(END, publish_key, is_admin))
        except NotFoundError:
            return  # it has ended in this moment
        finally:
            self._drop_unclaimed(session_id)
        (error,) = unpacked(answer)
        if error is not None:
            raise unpacked_error(error)

    def _drop_unclaimed(self, session_id: str) -> None:
        """The next of this name may be another session."""
        remote = self._remotes.get(session_id)
        if remote is not None and not remote.is_claimed:
            del self._remotes[session_id]

    async def publish(
        self, remote: RemoteSession, first: live_pb2.RetargetRequest, client_stream: ClientStream
    ) -> PublisherProxy:
        """Forward a publisher to the process that has its session.

        Raises:
            ServiceError: ``service-unreachable``.
        """
        proxy = _Forwarded(remote, self.bus, client_stream)
        await proxy.open()
        request = packed(PUBLISH, proxy.pipe_id, first.SerializeToString())
        try:
            await self.bus.ask(session_subject(remote.session_id), request)
        except NotFoundError:
            proxy.close()
            raise broken_pipe(remote.session_id) from None
        except BaseException:
            proxy.close()
            raise
        remote.forward(proxy)
        return proxy

    def _announce(self) -> None:
        self._announced_s = time.monotonic()
        sessions = [
            (host.opened_s, host.instance, host.session.summary().SerializeToString()) for host in self._hosts.values()
        ]
        self.bus.publish(SESSIONS, packed(self._member, sessions))

    def _receive(self, body: bytes, answer: Answer | None) -> None:
        del answer
        member, sessions = unpacked(body)
        if member == self._member:
            return
        summaries = [live_pb2.SessionSummary.FromString(summary) for _, _, summary in sessions]
        self._announced[member] = _Announced(time.monotonic(), summaries)
        for (opened_s, instance, _), summary in zip(sessions, summaries, strict=True):
            # Opened in the same moment, or while the bus was down. Both sides see it, and agree on which one goes.
            ours = self._hosts.get(summary.session_id)
            if ours is not None and (opened_s, instance) < (ours.opened_s, ours.instance):
                self._yield_to(ours.session)


class _Forwarded(PublisherProxy):
    """A publisher that its session's keeper watches over while it runs."""

    def __init__(self, remote: RemoteSession, bus: Bus, client_stream: ClientStream) -> None:
        super().__init__(remote.session_id, bus, client_stream)
        self._remote = remote

    def close(self) -> None:
        """See :class:`PublisherProxy`."""
        self._remote.let_go(self)
        super().close()


def session_exists(session_id: str) -> UsageError:
    """The name is taken."""
    return UsageError(
        "live-session-exists",
        f"live session {session_id}",
        found="a session of that name",
        expected="a new name",
        fix="Choose another name, publish to it with its key, or wait: it ends when it had no publisher for a while.",
    )
