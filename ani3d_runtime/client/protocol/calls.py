"""The calls of the protocol on a channel, for the blocking and the asyncio client alike."""

from __future__ import annotations

import re
from typing import Any

import grpc

from ani3d_runtime.errors import Ani3dError, UsageError
from ani3d_runtime.rpc import methods
from ani3d_runtime.rpc.address import is_ipv6
from ani3d_runtime.rpc.methods import Method
from ani3d_runtime.rpc.status import error_from_status

MAX_RESPONSE_BYTES = 256 << 20
CHANNEL_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_RESPONSE_BYTES),
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # A frozen server is noticed after this; gRPC's own minute is too long for a picture that stands still.
    ("grpc.http2.ping_timeout_ms", 15_000),
    # A server that comes back is noticed as soon as a stream asks again.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    # Each client has a connection of its own, so that workers who share a port share the clients out.
    ("grpc.use_local_subchannel_pool", 1),
)
_NUMBERED = re.compile(r".*:(-?[0-9]+)", re.DOTALL)


class Calls:
    """Callables of one channel, ``grpc.Channel`` or ``grpc.aio.Channel``."""

    def __init__(self, channel: Any) -> None:
        self.list_avatars = _callable(channel, methods.LIST_AVATARS)
        self.get_manifest = _callable(channel, methods.GET_MANIFEST)
        self.download = _callable(channel, methods.DOWNLOAD)
        self.get_server_info = _callable(channel, methods.GET_SERVER_INFO)
        self.play = _callable(channel, methods.PLAY)
        self.create_session = _callable(channel, methods.CREATE_SESSION)
        self.list_sessions = _callable(channel, methods.LIST_SESSIONS)
        self.end_session = _callable(channel, methods.END_SESSION)
        self.publish = _callable(channel, methods.RETARGET)
        self.subscribe = _callable(channel, methods.SUBSCRIBE)


def _callable(channel: Any, method: Method) -> Any:
    """The callable of a method, on a channel of either kind."""
    make = getattr(channel, method.streaming.value)
    return make(
        method.path,
        request_serializer=method.request.SerializeToString,
        response_deserializer=method.response.FromString,
    )


def error_of(failed: grpc.RpcError, target: str) -> Ani3dError:
    """The coded error of a call that failed.

    Args:
        failed: as the call raised it, on a channel of either kind.
        target: the server, as errors name it.
    """
    # Every RpcError that a call raises is a grpc.Call too; the class itself does not say so.
    call: Any = failed
    return error_from_status(target, call.code(), call.details(), call.trailing_metadata())


def checked_target(target: str) -> str:
    """``host:port`` if its port is one, an IPv6 address in brackets. Other kinds of address that gRPC knows, such as
    ``unix:``, are left to it.

    Raises:
        UsageError: ``service-bad-address``.
    """
    numbered = _NUMBERED.fullmatch(target)
    # gRPC would take the lowest 16 bits of a larger port, and a port of its own where there is none: port 443.
    port = numbered[1][:20] if numbered else ""
    has_port = ":" in target or "/" in target
    found, example = f"port {port}" if port else "no port", "127.0.0.1:8470"
    if target.startswith("["):
        has_port = numbered is not None and is_ipv6(target[1 : target.rfind("]:")])
        found = found if has_port else "no IPv6 address in brackets with a port"
        example = "[::1]:8470"
    elif is_ipv6(target) or is_ipv6(target.rpartition(":")[0]):
        host = target if is_ipv6(target) else target.rpartition(":")[0]
        has_port, found, example = False, "an IPv6 address without brackets", f"[{host}]:8470"
    if not has_port or (port and not 0 < int(port) <= 65535):
        raise UsageError(
            "service-bad-address",
            f"server {target[:128]!r}",
            found=found,
            expected="host:port, with a port from 1 to 65535",
            fix=f"Give the address that `ani3d serve` printed, such as {example}.",
        )
    return target
