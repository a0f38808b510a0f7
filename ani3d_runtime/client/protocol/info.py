"""ServerInfo: the limits of a server, and the principal that it takes this client for."""

from __future__ import annotations

from dataclasses import dataclass

from ani3d_runtime.rpc.scope import Scope
from ani3d_runtime.rpc.v1 import server_pb2

_NAME_OF_SCOPE = {scope.number: scope.value for scope in Scope}


@dataclass(frozen=True)
class Quota:
    """The quota of this client's principal in one process of the server.

    Attributes:
        streams: calls in progress.
        live_sessions: live sessions that it created and that are open.
        download_bytes_per_s: of all its downloads together; 0 for no limit.
    """

    streams: int
    live_sessions: int
    download_bytes_per_s: int


@dataclass(frozen=True)
class ServerInfo:
    """The server's description of itself and of this client.

    Attributes:
        version: of ani3d there.
        principal: whom the server takes this client for.
        scopes: what it may do: some of "read", "publish", "admin".
        expires_in_s: until its token expires; None for never.
        quota: None where only the server's own limits hold.
        max_sessions: Play sessions at once, and as many publishers and subscribers.
        max_live_sessions: live sessions at once.
        max_credits: most frames on order.
        max_frame_rate_hz: most frames per second.
        heartbeat_timeout_s: a client that says nothing for this long is cut off.
        max_message_bytes: of a response with frames of any avatar that is served now; 0 from servers that do not say.
        download_chunk_bytes: of a package in one response; 0 from servers that do not say.
    """

    version: str
    principal: str
    scopes: frozenset[str]
    expires_in_s: float | None
    quota: Quota | None
    max_sessions: int
    max_live_sessions: int
    max_credits: int
    max_frame_rate_hz: float
    heartbeat_timeout_s: float
    max_message_bytes: int = 0
    download_chunk_bytes: int = 0

    @classmethod
    def from_message(cls, message: server_pb2.GetServerInfoResponse) -> ServerInfo:
        """The info that a server sent. Scopes that this version does not know are left out."""
        caller, limits = message.caller, message.limits
        quota = Quota(caller.quota.streams, caller.quota.live_sessions, caller.quota.download_bytes_per_s)
        return cls(
            version=message.version,
            principal=caller.principal,
            scopes=frozenset(_NAME_OF_SCOPE[scope] for scope in caller.scopes if scope in _NAME_OF_SCOPE),
            expires_in_s=caller.expires_in_s if caller.HasField("expires_in_s") else None,
            quota=quota if caller.HasField("quota") else None,
            max_sessions=limits.max_sessions,
            max_live_sessions=limits.max_live_sessions,
            max_credits=limits.max_credits,
            max_frame_rate_hz=limits.max_frame_rate_hz,
            heartbeat_timeout_s=limits.heartbeat_timeout_s,
            max_message_bytes=limits.max_message_bytes,
            download_chunk_bytes=limits.download_chunk_bytes,
        )
