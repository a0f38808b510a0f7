from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Scope(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCOPE_UNSPECIFIED: _ClassVar[Scope]
    SCOPE_READ: _ClassVar[Scope]
    SCOPE_PUBLISH: _ClassVar[Scope]
    SCOPE_ADMIN: _ClassVar[Scope]
SCOPE_UNSPECIFIED: Scope
SCOPE_READ: Scope
SCOPE_PUBLISH: Scope
SCOPE_ADMIN: Scope

class GetServerInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetServerInfoResponse(_message.Message):
    __slots__ = ("version", "limits", "caller")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    version: str
    limits: Limits
    caller: Caller
    def __init__(self, version: _Optional[str] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ..., caller: _Optional[_Union[Caller, _Mapping]] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("max_concurrent_streams", "max_sessions", "max_live_sessions", "max_credits", "max_request_bytes", "max_frame_rate_hz", "max_jitter_buffer_s", "heartbeat_timeout_s", "write_timeout_s", "abandoned_after_s", "max_message_bytes", "download_chunk_bytes")
    MAX_CONCURRENT_STREAMS_FIELD_NUMBER: _ClassVar[int]
    MAX_SESSIONS_FIELD_NUMBER: _ClassVar[int]
    MAX_LIVE_SESSIONS_FIELD_NUMBER: _ClassVar[int]
    MAX_CREDITS_FIELD_NUMBER: _ClassVar[int]
    MAX_REQUEST_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_FRAME_RATE_HZ_FIELD_NUMBER: _ClassVar[int]
    MAX_JITTER_BUFFER_S_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_TIMEOUT_S_FIELD_NUMBER: _ClassVar[int]
    WRITE_TIMEOUT_S_FIELD_NUMBER: _ClassVar[int]
    ABANDONED_AFTER_S_FIELD_NUMBER: _ClassVar[int]
    MAX_MESSAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    DOWNLOAD_CHUNK_BYTES_FIELD_NUMBER: _ClassVar[int]
    max_concurrent_streams: int
    max_sessions: int
    max_live_sessions: int
    max_credits: int
    max_request_bytes: int
    max_frame_rate_hz: float
    max_jitter_buffer_s: float
    heartbeat_timeout_s: float
    write_timeout_s: float
    abandoned_after_s: float
    max_message_bytes: int
    download_chunk_bytes: int
    def __init__(self, max_concurrent_streams: _Optional[int] = ..., max_sessions: _Optional[int] = ..., max_live_sessions: _Optional[int] = ..., max_credits: _Optional[int] = ..., max_request_bytes: _Optional[int] = ..., max_frame_rate_hz: _Optional[float] = ..., max_jitter_buffer_s: _Optional[float] = ..., heartbeat_timeout_s: _Optional[float] = ..., write_timeout_s: _Optional[float] = ..., abandoned_after_s: _Optional[float] = ..., max_message_bytes: _Optional[int] = ..., download_chunk_bytes: _Optional[int] = ...) -> None: ...

class Caller(_message.Message):
    __slots__ = ("principal", "scopes", "expires_in_s", "quota")
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_IN_S_FIELD_NUMBER: _ClassVar[int]
    QUOTA_FIELD_NUMBER: _ClassVar[int]
    principal: str
    scopes: _containers.RepeatedScalarFieldContainer[Scope]
    expires_in_s: float
    quota: Quota
    def __init__(self, principal: _Optional[str] = ..., scopes: _Optional[_Iterable[_Union[Scope, str]]] = ..., expires_in_s: _Optional[float] = ..., quota: _Optional[_Union[Quota, _Mapping]] = ...) -> None: ...

class Quota(_message.Message):
    __slots__ = ("streams", "live_sessions", "download_bytes_per_s")
    STREAMS_FIELD_NUMBER: _ClassVar[int]
    LIVE_SESSIONS_FIELD_NUMBER: _ClassVar[int]
    DOWNLOAD_BYTES_PER_S_FIELD_NUMBER: _ClassVar[int]
    streams: int
    live_sessions: int
    download_bytes_per_s: int
    def __init__(self, streams: _Optional[int] = ..., live_sessions: _Optional[int] = ..., download_bytes_per_s: _Optional[int] = ...) -> None: ...
