from ani3d_runtime.rpc.v1 import frames_pb2 as _frames_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Pacing(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PACING_UNSPECIFIED: _ClassVar[Pacing]
    PACING_REAL_TIME: _ClassVar[Pacing]
    PACING_EVERY_FRAME: _ClassVar[Pacing]
PACING_UNSPECIFIED: Pacing
PACING_REAL_TIME: Pacing
PACING_EVERY_FRAME: Pacing

class PlayRequest(_message.Message):
    __slots__ = ("start", "pause", "resume", "seek", "rate", "loop", "credit", "range")
    START_FIELD_NUMBER: _ClassVar[int]
    PAUSE_FIELD_NUMBER: _ClassVar[int]
    RESUME_FIELD_NUMBER: _ClassVar[int]
    SEEK_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    LOOP_FIELD_NUMBER: _ClassVar[int]
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    RANGE_FIELD_NUMBER: _ClassVar[int]
    start: StartCommand
    pause: PauseCommand
    resume: ResumeCommand
    seek: SeekCommand
    rate: RateCommand
    loop: LoopCommand
    credit: _frames_pb2.CreditCommand
    range: RangeCommand
    def __init__(self, start: _Optional[_Union[StartCommand, _Mapping]] = ..., pause: _Optional[_Union[PauseCommand, _Mapping]] = ..., resume: _Optional[_Union[ResumeCommand, _Mapping]] = ..., seek: _Optional[_Union[SeekCommand, _Mapping]] = ..., rate: _Optional[_Union[RateCommand, _Mapping]] = ..., loop: _Optional[_Union[LoopCommand, _Mapping]] = ..., credit: _Optional[_Union[_frames_pb2.CreditCommand, _Mapping]] = ..., range: _Optional[_Union[RangeCommand, _Mapping]] = ...) -> None: ...

class StartCommand(_message.Message):
    __slots__ = ("avatar_id", "clip", "mode", "pacing", "rate", "loop", "start_time_s", "credits", "frame_rate_hz", "without_detail", "range", "lod", "codecs", "adaptive")
    AVATAR_ID_FIELD_NUMBER: _ClassVar[int]
    CLIP_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    PACING_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    LOOP_FIELD_NUMBER: _ClassVar[int]
    START_TIME_S_FIELD_NUMBER: _ClassVar[int]
    CREDITS_FIELD_NUMBER: _ClassVar[int]
    FRAME_RATE_HZ_FIELD_NUMBER: _ClassVar[int]
    WITHOUT_DETAIL_FIELD_NUMBER: _ClassVar[int]
    RANGE_FIELD_NUMBER: _ClassVar[int]
    LOD_FIELD_NUMBER: _ClassVar[int]
    CODECS_FIELD_NUMBER: _ClassVar[int]
    ADAPTIVE_FIELD_NUMBER: _ClassVar[int]
    avatar_id: str
    clip: str
    mode: _frames_pb2.FrameMode
    pacing: Pacing
    rate: float
    loop: bool
    start_time_s: float
    credits: int
    frame_rate_hz: float
    without_detail: bool
    range: RangeCommand
    lod: int
    codecs: _containers.RepeatedScalarFieldContainer[_frames_pb2.FrameCodec]
    adaptive: bool
    def __init__(self, avatar_id: _Optional[str] = ..., clip: _Optional[str] = ..., mode: _Optional[_Union[_frames_pb2.FrameMode, str]] = ..., pacing: _Optional[_Union[Pacing, str]] = ..., rate: _Optional[float] = ..., loop: bool = ..., start_time_s: _Optional[float] = ..., credits: _Optional[int] = ..., frame_rate_hz: _Optional[float] = ..., without_detail: bool = ..., range: _Optional[_Union[RangeCommand, _Mapping]] = ..., lod: _Optional[int] = ..., codecs: _Optional[_Iterable[_Union[_frames_pb2.FrameCodec, str]]] = ..., adaptive: bool = ...) -> None: ...

class PauseCommand(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ResumeCommand(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SeekCommand(_message.Message):
    __slots__ = ("time_s",)
    TIME_S_FIELD_NUMBER: _ClassVar[int]
    time_s: float
    def __init__(self, time_s: _Optional[float] = ...) -> None: ...

class RateCommand(_message.Message):
    __slots__ = ("rate",)
    RATE_FIELD_NUMBER: _ClassVar[int]
    rate: float
    def __init__(self, rate: _Optional[float] = ...) -> None: ...

class LoopCommand(_message.Message):
    __slots__ = ("loop",)
    LOOP_FIELD_NUMBER: _ClassVar[int]
    loop: bool
    def __init__(self, loop: bool = ...) -> None: ...

class RangeCommand(_message.Message):
    __slots__ = ("begin_time_s", "end_time_s")
    BEGIN_TIME_S_FIELD_NUMBER: _ClassVar[int]
    END_TIME_S_FIELD_NUMBER: _ClassVar[int]
    begin_time_s: float
    end_time_s: float
    def __init__(self, begin_time_s: _Optional[float] = ..., end_time_s: _Optional[float] = ...) -> None: ...

class PlayResponse(_message.Message):
    __slots__ = ("epoch", "sequence", "dropped_count", "server_time_s", "header", "frames", "status", "ended", "rendition", "padding", "thinned_count")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    DROPPED_COUNT_FIELD_NUMBER: _ClassVar[int]
    SERVER_TIME_S_FIELD_NUMBER: _ClassVar[int]
    HEADER_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    RENDITION_FIELD_NUMBER: _ClassVar[int]
    PADDING_FIELD_NUMBER: _ClassVar[int]
    THINNED_COUNT_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    sequence: int
    dropped_count: int
    server_time_s: float
    header: _frames_pb2.Header
    frames: _containers.RepeatedCompositeFieldContainer[_frames_pb2.Frame]
    status: Status
    ended: _frames_pb2.Ended
    rendition: _frames_pb2.Rendition
    padding: bytes
    thinned_count: int
    def __init__(self, epoch: _Optional[int] = ..., sequence: _Optional[int] = ..., dropped_count: _Optional[int] = ..., server_time_s: _Optional[float] = ..., header: _Optional[_Union[_frames_pb2.Header, _Mapping]] = ..., frames: _Optional[_Iterable[_Union[_frames_pb2.Frame, _Mapping]]] = ..., status: _Optional[_Union[Status, _Mapping]] = ..., ended: _Optional[_Union[_frames_pb2.Ended, _Mapping]] = ..., rendition: _Optional[_Union[_frames_pb2.Rendition, _Mapping]] = ..., padding: _Optional[bytes] = ..., thinned_count: _Optional[int] = ...) -> None: ...

class Status(_message.Message):
    __slots__ = ("paused", "rate", "loop", "time_s", "begin_time_s", "end_time_s")
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    LOOP_FIELD_NUMBER: _ClassVar[int]
    TIME_S_FIELD_NUMBER: _ClassVar[int]
    BEGIN_TIME_S_FIELD_NUMBER: _ClassVar[int]
    END_TIME_S_FIELD_NUMBER: _ClassVar[int]
    paused: bool
    rate: float
    loop: bool
    time_s: float
    begin_time_s: float
    end_time_s: float
    def __init__(self, paused: bool = ..., rate: _Optional[float] = ..., loop: bool = ..., time_s: _Optional[float] = ..., begin_time_s: _Optional[float] = ..., end_time_s: _Optional[float] = ...) -> None: ...
