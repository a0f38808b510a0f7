from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FrameMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FRAME_MODE_UNSPECIFIED: _ClassVar[FrameMode]
    FRAME_MODE_LIGHT: _ClassVar[FrameMode]
    FRAME_MODE_FULL: _ClassVar[FrameMode]

class FrameCodec(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FRAME_CODEC_UNSPECIFIED: _ClassVar[FrameCodec]
    FRAME_CODEC_FLOATS: _ClassVar[FrameCodec]
    FRAME_CODEC_STEPS: _ClassVar[FrameCodec]
FRAME_MODE_UNSPECIFIED: FrameMode
FRAME_MODE_LIGHT: FrameMode
FRAME_MODE_FULL: FrameMode
FRAME_CODEC_UNSPECIFIED: FrameCodec
FRAME_CODEC_FLOATS: FrameCodec
FRAME_CODEC_STEPS: FrameCodec

class Frame(_message.Message):
    __slots__ = ("time_s", "frame_index", "payload", "capture_time_s", "curves")
    TIME_S_FIELD_NUMBER: _ClassVar[int]
    FRAME_INDEX_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    CAPTURE_TIME_S_FIELD_NUMBER: _ClassVar[int]
    CURVES_FIELD_NUMBER: _ClassVar[int]
    time_s: float
    frame_index: int
    payload: bytes
    capture_time_s: float
    curves: bytes
    def __init__(self, time_s: _Optional[float] = ..., frame_index: _Optional[int] = ..., payload: _Optional[bytes] = ..., capture_time_s: _Optional[float] = ..., curves: _Optional[bytes] = ...) -> None: ...

class Header(_message.Message):
    __slots__ = ("avatar_id", "digest", "clip", "mode", "fps", "frame_count", "duration_s", "joint_names", "gaussian_count", "node_count", "coefficient_count", "frame_rate_hz", "heartbeat_timeout_s", "server_start_time_s", "session_id", "codec", "driven", "session_start_time_s", "period_s", "max_message_bytes", "rendition")
    AVATAR_ID_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    CLIP_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    FPS_FIELD_NUMBER: _ClassVar[int]
    FRAME_COUNT_FIELD_NUMBER: _ClassVar[int]
    DURATION_S_FIELD_NUMBER: _ClassVar[int]
    JOINT_NAMES_FIELD_NUMBER: _ClassVar[int]
    GAUSSIAN_COUNT_FIELD_NUMBER: _ClassVar[int]
    NODE_COUNT_FIELD_NUMBER: _ClassVar[int]
    COEFFICIENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    FRAME_RATE_HZ_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_TIMEOUT_S_FIELD_NUMBER: _ClassVar[int]
    SERVER_START_TIME_S_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CODEC_FIELD_NUMBER: _ClassVar[int]
    DRIVEN_FIELD_NUMBER: _ClassVar[int]
    SESSION_START_TIME_S_FIELD_NUMBER: _ClassVar[int]
    PERIOD_S_FIELD_NUMBER: _ClassVar[int]
    MAX_MESSAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    RENDITION_FIELD_NUMBER: _ClassVar[int]
    avatar_id: str
    digest: str
    clip: str
    mode: FrameMode
    fps: float
    frame_count: int
    duration_s: float
    joint_names: _containers.RepeatedScalarFieldContainer[str]
    gaussian_count: int
    node_count: int
    coefficient_count: int
    frame_rate_hz: float
    heartbeat_timeout_s: float
    server_start_time_s: float
    session_id: str
    codec: FrameCodec
    driven: bool
    session_start_time_s: float
    period_s: float
    max_message_bytes: int
    rendition: Rendition
    def __init__(self, avatar_id: _Optional[str] = ..., digest: _Optional[str] = ..., clip: _Optional[str] = ..., mode: _Optional[_Union[FrameMode, str]] = ..., fps: _Optional[float] = ..., frame_count: _Optional[int] = ..., duration_s: _Optional[float] = ..., joint_names: _Optional[_Iterable[str]] = ..., gaussian_count: _Optional[int] = ..., node_count: _Optional[int] = ..., coefficient_count: _Optional[int] = ..., frame_rate_hz: _Optional[float] = ..., heartbeat_timeout_s: _Optional[float] = ..., server_start_time_s: _Optional[float] = ..., session_id: _Optional[str] = ..., codec: _Optional[_Union[FrameCodec, str]] = ..., driven: bool = ..., session_start_time_s: _Optional[float] = ..., period_s: _Optional[float] = ..., max_message_bytes: _Optional[int] = ..., rendition: _Optional[_Union[Rendition, _Mapping]] = ...) -> None: ...

class Rendition(_message.Message):
    __slots__ = ("codec", "with_detail", "every", "link_bytes_per_s")
    CODEC_FIELD_NUMBER: _ClassVar[int]
    WITH_DETAIL_FIELD_NUMBER: _ClassVar[int]
    EVERY_FIELD_NUMBER: _ClassVar[int]
    LINK_BYTES_PER_S_FIELD_NUMBER: _ClassVar[int]
    codec: FrameCodec
    with_detail: bool
    every: int
    link_bytes_per_s: int
    def __init__(self, codec: _Optional[_Union[FrameCodec, str]] = ..., with_detail: bool = ..., every: _Optional[int] = ..., link_bytes_per_s: _Optional[int] = ...) -> None: ...

class CreditCommand(_message.Message):
    __slots__ = ("frames", "received_count", "received_ago_s")
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_COUNT_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AGO_S_FIELD_NUMBER: _ClassVar[int]
    frames: int
    received_count: int
    received_ago_s: float
    def __init__(self, frames: _Optional[int] = ..., received_count: _Optional[int] = ..., received_ago_s: _Optional[float] = ...) -> None: ...

class Ended(_message.Message):
    __slots__ = ("time_s",)
    TIME_S_FIELD_NUMBER: _ClassVar[int]
    time_s: float
    def __init__(self, time_s: _Optional[float] = ...) -> None: ...
