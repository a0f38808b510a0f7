"""The calls of the protocol on a channel, for the blocking and the asyncio client alike."""

from __future__ import annotations

import re
from typing import Any

from ani3d_runtime.errors import UsageError
from ani3d_runtime.rpc.v1 import asset_pb2, live_pb2, playback_pb2, server_pb2

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
_ASSETS = "/ani3d_runtime.rpc.v1.AssetService"
_PLAYBACK = "/ani3d_runtime.rpc.v1.PlaybackService"
_LIVE = "/ani3d_runtime.rpc.v1.LiveService"
_SERVER = "/ani3d_runtime.rpc.v1.ServerService"
_NUMBERED = re.compile(r".*:(-?[0-9]+)", re.DOTALL)


class Calls:
    """Callables of one channel, ``grpc.Channel`` or ``grpc.aio.Channel``."""

    def __init__(self, channel: Any) -> None:
        self.list_avatars = channel.unary_unary(
            f"{_ASSETS}/ListAvatars",
            request_serializer=asset_pb2.ListAvatarsRequest.SerializeToString,
            response_deserializer=asset_pb2.ListAvatarsResponse.FromString,
        )
        self.get_manifest = channel.unary_unary(
            f"{_ASSETS}/GetManifest",
            request_serializer=asset_pb2.GetManifestRequest.SerializeToString,
            response_deserializer=asset_pb2.GetManifestResponse.FromString,
        )
        self.download = channel.unary_stream(
            f"{_ASSETS}/Download",
            request_serializer=asset_pb2.DownloadRequest.SerializeToString,
            response_deserializer=asset_pb2.DownloadResponse.FromString,
        )
        self.get_server_info = channel.unary_unary(
            f"{_SERVER}/GetServerInfo",
            request_serializer=server_pb2.GetServerInfoRequest.SerializeToString,
            response_deserializer=server_pb2.GetServerInfoResponse.FromString,
        )
        self.play = channel.stream_stream(
            f"{_PLAYBACK}/Play",
            request_serializer=playback_pb2.PlayRequest.SerializeToString,
            response_deserializer=playback_pb2.PlayResponse.FromString,
        )
        self.create_session = channel.unary_unary(
            f"{_LIVE}/CreateSession",
            request_serializer=live_pb2.CreateSessionRequest.SerializeToString,
            response_deserializer=live_pb2.CreateSessionResponse.FromString,
        )
        self.list_sessions = channel.unary_unary(
            f"{_LIVE}/ListSessions",
            request_serializer=live_pb2.ListSessionsRequest.SerializeToString,
            response_deserializer=live_pb2.ListSessionsResponse.FromString,
        )
        self.end_session = channel.unary_unary(
            f"{_LIVE}/EndSession",
            request_serializer=live_pb2.EndSessionRequest.SerializeToString,
            response_deserializer=live_pb2.EndSessionResponse.FromString,
        )
        self.publish = channel.stream_stream(
            f"{_LIVE}/Retarget",
            request_serializer=live_pb2.RetargetRequest.SerializeToString,
            response_deserializer=live_pb2.RetargetResponse.FromString,
        )
        self.subscribe = channel.stream_stream(
            f"{_LIVE}/Subscribe",
            request_serializer=live_pb2.SubscribeRequest.SerializeToString,
            response_deserializer=live_pb2.SubscribeResponse.FromString,
        )


def checked_target(target: str) -> str:
    """``host:port`` if its port is one. Other kinds of address that gRPC knows, such as ``unix:``, are left to it.

    Raises:
        UsageError: ``service-bad-address``.
    """
    numbered = _NUMBERED.fullmatch(target)
    # gRPC would take the lowest 16 bits of a larger port, and a port of its own where there is none.
    port = numbered[1][:20] if numbered else ""
    if (port and not 0 < int(port) <= 65535) or not (":" in target or "/" in target):
        raise UsageError(
            "service-bad-address",
            f"server {target[:128]!r}",
            found=f"port {port}" if port else "no port",
            expected="host:port, with a port from 1 to 65535",
            fix="Give the address that `ani3d serve` printed, such as 127.0.0.1:8470.",
        )
    return target
