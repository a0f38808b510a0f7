"""The methods of the protocol: what client, server and gateway are built from.

proto/ says what the methods mean. This table says what proto/ cannot: who may call, and where browsers find a method.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from google.protobuf.message import Message

from ani3d_runtime.rpc.scope import Scope
from ani3d_runtime.rpc.v1 import asset_pb2, live_pb2, playback_pb2, server_pb2

_PACKAGE = "ani3d_runtime.rpc.v1"
ASSET_SERVICE = f"{_PACKAGE}.AssetService"
PLAYBACK_SERVICE = f"{_PACKAGE}.PlaybackService"
LIVE_SERVICE = f"{_PACKAGE}.LiveService"
SERVER_SERVICE = f"{_PACKAGE}.ServerService"
SERVICES = (ASSET_SERVICE, PLAYBACK_SERVICE, LIVE_SERVICE, SERVER_SERVICE)


class Streaming(Enum):
    """Whether requests and responses are streams, by gRPC's name for the kind of method."""

    NONE = "unary_unary"
    RESPONSES = "unary_stream"
    BOTH = "stream_stream"


@dataclass(frozen=True)
class Method:
    """One method of a service.

    Attributes:
        service: full name.
        name: as proto/ has it.
        request: type of the messages that the client sends.
        response: type of those that the server sends.
        streaming: which of the two are streams.
        scopes: any one of them is enough to call it; none where the server need only know who calls.
        http_path: where the gateway serves it; None for nowhere.
        http_verb: which HTTP method asks for it there.
    """

    service: str
    name: str
    request: type[Message]
    response: type[Message]
    streaming: Streaming
    scopes: tuple[Scope, ...]
    http_path: str | None = None
    http_verb: str = "GET"

    @property
    def path(self) -> str:
        """``/package.Service/Method``, as gRPC has it."""
        return f"/{self.service}/{self.name}"


LIST_AVATARS = Method(
    ASSET_SERVICE,
    "ListAvatars",
    asset_pb2.ListAvatarsRequest,
    asset_pb2.ListAvatarsResponse,
    Streaming.NONE,
    (Scope.READ,),
    "/v1/avatars",
)
GET_MANIFEST = Method(
    ASSET_SERVICE,
    "GetManifest",
    asset_pb2.GetManifestRequest,
    asset_pb2.GetManifestResponse,
    Streaming.NONE,
    (Scope.READ,),
)
DOWNLOAD = Method(
    ASSET_SERVICE,
    "Download",
    asset_pb2.DownloadRequest,
    asset_pb2.DownloadResponse,
    Streaming.RESPONSES,
    (Scope.READ,),
    "/v1/packages/{avatar_id}",
)
PLAY = Method(
    PLAYBACK_SERVICE,
    "Play",
    playback_pb2.PlayRequest,
    playback_pb2.PlayResponse,
    Streaming.BOTH,
    (Scope.READ,),
    "/v1/play",
)
CREATE_SESSION = Method(
    LIVE_SERVICE,
    "CreateSession",
    live_pb2.CreateSessionRequest,
    live_pb2.CreateSessionResponse,
    Streaming.NONE,
    (Scope.PUBLISH,),
    "/v1/sessions",
    "POST",
)
LIST_SESSIONS = Method(
    LIVE_SERVICE,
    "ListSessions",
    live_pb2.ListSessionsRequest,
    live_pb2.ListSessionsResponse,
    Streaming.NONE,
    (Scope.READ,),
    "/v1/sessions",
)
END_SESSION = Method(
    LIVE_SERVICE,
    "EndSession",
    live_pb2.EndSessionRequest,
    live_pb2.EndSessionResponse,
    Streaming.NONE,
    # An admin ends other people's sessions without being a publisher.
    (Scope.PUBLISH, Scope.ADMIN),
    "/v1/sessions/{session_id}",
    "DELETE",
)
RETARGET = Method(
    LIVE_SERVICE,
    "Retarget",
    live_pb2.RetargetRequest,
    live_pb2.RetargetResponse,
    Streaming.BOTH,
    (Scope.PUBLISH,),
    "/v1/publish",
)
SUBSCRIBE = Method(
    LIVE_SERVICE,
    "Subscribe",
    live_pb2.SubscribeRequest,
    live_pb2.SubscribeResponse,
    Streaming.BOTH,
    (Scope.READ,),
    "/v1/subscribe",
)
GET_SERVER_INFO = Method(
    SERVER_SERVICE,
    "GetServerInfo",
    server_pb2.GetServerInfoRequest,
    server_pb2.GetServerInfoResponse,
    Streaming.NONE,
    (),
)

METHODS = (
    LIST_AVATARS,
    GET_MANIFEST,
    DOWNLOAD,
    PLAY,
    CREATE_SESSION,
    LIST_SESSIONS,
    END_SESSION,
    RETARGET,
    SUBSCRIBE,
    GET_SERVER_INFO,
)
METHOD_OF_PATH = {method.path: method for method in METHODS}
