from ani3d_runtime.rpc.v1 import frames_pb2 as _frames_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SourceState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SOURCE_STATE_UNSPECIFIED: _ClassVar[SourceState]
    SOURCE_STATE_WAITING: _ClassVar[SourceState]
    SOURCE_STATE_LIVE: _ClassVar[SourceState]
    SOURCE_STATE_LOST: _ClassVar[SourceState]
    SOURCE_STATE_IDLE: _ClassVar[SourceState]

class SourceAxes(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SOURCE_AXES_UNSPECIFIED: _ClassVar[SourceAxes]
    SOURCE_AXES_YUP: _ClassVar[SourceAxes]
    SOURCE_AXES_ZUP: _ClassVar[SourceAxes]
    SOURCE_AXES_RDF: _ClassVar[SourceAxes]
    SOURCE_AXES_UNITY: _ClassVar[SourceAxes]
    SOURCE_AXES_UNREAL: _ClassVar[SourceAxes]
SOURCE_STATE_UNSPECIFIED: SourceState
SOURCE_STATE_WAITING: SourceState
SOURCE_STATE_LIVE: SourceState
SOURCE_STATE_LOST: SourceState
SOURCE_STATE_IDLE: SourceState
SOURCE_AXES_UNSPECIFIED: SourceAxes
SOURCE_AXES_YUP: SourceAxes
SOURCE_AXES_ZUP: SourceAxes
SOURCE_AXES_RDF: SourceAxes
SOURCE_AXES_UNITY: SourceAxes
SOURCE_AXES_UNREAL: SourceAxes

class CreateSessionRequest(_message.Message):
    __slots__ = ("avatar_id", "session_id", "rigid")
    AVATAR_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    RIGID_FIELD_NUMBER: _ClassVar[int]
    avatar_id: str
    session_id: str
    rigid: bool
    def __init__(self, avatar_id: _Optional[str] = ..., session_id: _Optional[str] = ..., rigid: bool = ...) -> None: ...

class CreateSessionResponse(_message.Message):
    __slots__ = ("session_id", "publish_key", "abandoned_after_s", "driven")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_KEY_FIELD_NUMBER: _ClassVar[int]
    ABANDONED_AFTER_S_FIELD_NUMBER: _ClassVar[int]
    DRIVEN_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    publish_key: str
    abandoned_after_s: float
    driven: bool
    def __init__(self, session_id: _Optional[str] = ..., publish_key: _Optional[str] = ..., abandoned_after_s: _Optional[float] = ..., driven: bool = ...) -> None: ...

class ListSessionsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListSessionsResponse(_message.Message):
    __slots__ = ("sessions",)
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    sessions: _containers.RepeatedCompositeFieldContainer[SessionSummary]
    def __init__(self, sessions: _Optional[_Iterable[_Union[SessionSummary, _Mapping]]] = ...) -> None: ...

class SessionSummary(_message.Message):
    __slots__ = ("session_id", "avatar_id", "source", "epoch", "subscriber_count", "frame_count", "driven")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    AVATAR_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBER_COUNT_FIELD_NUMBER: _ClassVar[int]
    FRAME_COUNT_FIELD_NUMBER: _ClassVar[int]
    DRIVEN_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    avatar_id: str
    source: SourceState
    epoch: int
    subscriber_count: int
    frame_count: int
    driven: bool
    def __init__(self, session_id: _Optional[str] = ..., avatar_id: _Optional[str] = ..., source: _Optional[_Union[SourceState, str]] = ..., epoch: _Optional[int] = ..., subscriber_count: _Optional[int] = ..., frame_count: _Optional[int] = ..., driven: bool = ...) -> None: ...

class EndSessionRequest(_message.Message):
    __slots__ = ("session_id", "publish_key")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_KEY_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    publish_key: str
    def __init__(self, session_id: _Optional[str] = ..., publish_key: _Optional[str] = ...) -> None: ...

class EndSessionResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SourceSkeleton(_message.Message):
    __slots__ = ("joint_names", "parents", "offsets", "rest_rotations", "axes", "mapping", "curve_names")
    class MappingEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    JOINT_NAMES_FIELD_NUMBER: _ClassVar[int]
    PARENTS_FIELD_NUMBER: _ClassVar[int]
    OFFSETS_FIELD_NUMBER: _ClassVar[int]
    REST_ROTATIONS_FIELD_NUMBER: _ClassVar[int]
    AXES_FIELD_NUMBER: _ClassVar[int]
    MAPPING_FIELD_NUMBER: _ClassVar[int]
    CURVE_NAMES_FIELD_NUMBER: _ClassVar[int]
    joint_names: _containers.RepeatedScalarFieldContainer[str]
    parents: _containers.RepeatedScalarFieldContainer[int]
    offsets: bytes
    rest_rotations: bytes
    axes: SourceAxes
    mapping: _containers.ScalarMap[str, str]
    curve_names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, joint_names: _Optional[_Iterable[str]] = ..., parents: _Optional[_Iterable[int]] = ..., offsets: _Optional[bytes] = ..., rest_rotations: _Optional[bytes] = ..., axes: _Optional[_Union[SourceAxes, str]] = ..., mapping: _Optional[_Mapping[str, str]] = ..., curve_names: _Optional[_Iterable[str]] = ...) -> None: ...

class RetargetRequest(_message.Message):
    __slots__ = ("publish", "pose", "credit")
    PUBLISH_FIELD_NUMBER: _ClassVar[int]
    POSE_FIELD_NUMBER: _ClassVar[int]
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    publish: PublishCommand
    pose: Pose
    credit: _frames_pb2.CreditCommand
    def __init__(self, publish: _Optional[_Union[PublishCommand, _Mapping]] = ..., pose: _Optional[_Union[Pose, _Mapping]] = ..., credit: _Optional[_Union[_frames_pb2.CreditCommand, _Mapping]] = ...) -> None: ...

class PublishCommand(_message.Message):
    __slots__ = ("session_id", "publish_key", "source", "answer_mode", "credits", "resume_epoch", "jitter_buffer_s", "lock_feet", "codecs", "in_place")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_KEY_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    ANSWER_MODE_FIELD_NUMBER: _ClassVar[int]
    CREDITS_FIELD_NUMBER: _ClassVar[int]
    RESUME_EPOCH_FIELD_NUMBER: _ClassVar[int]
    JITTER_BUFFER_S_FIELD_NUMBER: _ClassVar[int]
    LOCK_FEET_FIELD_NUMBER: _ClassVar[int]
    CODECS_FIELD_NUMBER: _ClassVar[int]
    IN_PLACE_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    publish_key: str
    source: SourceSkeleton
    answer_mode: _frames_pb2.FrameMode
    credits: int
    resume_epoch: int
    jitter_buffer_s: float
    lock_feet: bool
    codecs: _containers.RepeatedScalarFieldContainer[_frames_pb2.FrameCodec]
    in_place: bool
    def __init__(self, session_id: _Optional[str] = ..., publish_key: _Optional[str] = ..., source: _Optional[_Union[SourceSkeleton, _Mapping]] = ..., answer_mode: _Optional[_Union[_frames_pb2.FrameMode, str]] = ..., credits: _Optional[int] = ..., resume_epoch: _Optional[int] = ..., jitter_buffer_s: _Optional[float] = ..., lock_feet: bool = ..., codecs: _Optional[_Iterable[_Union[_frames_pb2.FrameCodec, str]]] = ..., in_place: bool = ...) -> None: ...

class Pose(_message.Message):
    __slots__ = ("capture_time_s", "payload", "discontinuous", "curves")
    CAPTURE_TIME_S_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    DISCONTINUOUS_FIELD_NUMBER: _ClassVar[int]
    CURVES_FIELD_NUMBER: _ClassVar[int]
    capture_time_s: float
    payload: bytes
    discontinuous: bool
    curves: bytes
    def __init__(self, capture_time_s: _Optional[float] = ..., payload: _Optional[bytes] = ..., discontinuous: bool = ..., curves: _Optional[bytes] = ...) -> None: ...

class RetargetResponse(_message.Message):
    __slots__ = ("epoch", "sequence", "dropped_count", "server_time_s", "header", "frames", "ended", "mapping", "refused")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    DROPPED_COUNT_FIELD_NUMBER: _ClassVar[int]
    SERVER_TIME_S_FIELD_NUMBER: _ClassVar[int]
    HEADER_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    MAPPING_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    sequence: int
    dropped_count: int
    server_time_s: float
    header: _frames_pb2.Header
    frames: _containers.RepeatedCompositeFieldContainer[_frames_pb2.Frame]
    ended: _frames_pb2.Ended
    mapping: MappingReport
    refused: Refused
    def __init__(self, epoch: _Optional[int] = ..., sequence: _Optional[int] = ..., dropped_count: _Optional[int] = ..., server_time_s: _Optional[float] = ..., header: _Optional[_Union[_frames_pb2.Header, _Mapping]] = ..., frames: _Optional[_Iterable[_Union[_frames_pb2.Frame, _Mapping]]] = ..., ended: _Optional[_Union[_frames_pb2.Ended, _Mapping]] = ..., mapping: _Optional[_Union[MappingReport, _Mapping]] = ..., refused: _Optional[_Union[Refused, _Mapping]] = ...) -> None: ...

class MappingReport(_message.Message):
    __slots__ = ("naming", "matched", "missing", "unused", "scale")
    class MatchedEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAMING_FIELD_NUMBER: _ClassVar[int]
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    UNUSED_FIELD_NUMBER: _ClassVar[int]
    SCALE_FIELD_NUMBER: _ClassVar[int]
    naming: str
    matched: _containers.ScalarMap[str, str]
    missing: _containers.RepeatedScalarFieldContainer[str]
    unused: _containers.RepeatedScalarFieldContainer[str]
    scale: float
    def __init__(self, naming: _Optional[str] = ..., matched: _Optional[_Mapping[str, str]] = ..., missing: _Optional[_Iterable[str]] = ..., unused: _Optional[_Iterable[str]] = ..., scale: _Optional[float] = ...) -> None: ...

class Refused(_message.Message):
    __slots__ = ("code", "message", "count")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    count: int
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class SubscribeRequest(_message.Message):
    __slots__ = ("subscribe", "credit")
    SUBSCRIBE_FIELD_NUMBER: _ClassVar[int]
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    subscribe: SubscribeCommand
    credit: _frames_pb2.CreditCommand
    def __init__(self, subscribe: _Optional[_Union[SubscribeCommand, _Mapping]] = ..., credit: _Optional[_Union[_frames_pb2.CreditCommand, _Mapping]] = ...) -> None: ...

class SubscribeCommand(_message.Message):
    __slots__ = ("session_id", "mode", "credits", "codecs", "adaptive")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    CREDITS_FIELD_NUMBER: _ClassVar[int]
    CODECS_FIELD_NUMBER: _ClassVar[int]
    ADAPTIVE_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    mode: _frames_pb2.FrameMode
    credits: int
    codecs: _containers.RepeatedScalarFieldContainer[_frames_pb2.FrameCodec]
    adaptive: bool
    def __init__(self, session_id: _Optional[str] = ..., mode: _Optional[_Union[_frames_pb2.FrameMode, str]] = ..., credits: _Optional[int] = ..., codecs: _Optional[_Iterable[_Union[_frames_pb2.FrameCodec, str]]] = ..., adaptive: bool = ...) -> None: ...

class SubscribeResponse(_message.Message):
    __slots__ = ("epoch", "sequence", "dropped_count", "server_time_s", "header", "frames", "ended", "source", "rendition", "padding", "thinned_count")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    DROPPED_COUNT_FIELD_NUMBER: _ClassVar[int]
    SERVER_TIME_S_FIELD_NUMBER: _ClassVar[int]
    HEADER_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    RENDITION_FIELD_NUMBER: _ClassVar[int]
    PADDING_FIELD_NUMBER: _ClassVar[int]
    THINNED_COUNT_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    sequence: int
    dropped_count: int
    server_time_s: float
    header: _frames_pb2.Header
    frames: _containers.RepeatedCompositeFieldContainer[_frames_pb2.Frame]
    ended: _frames_pb2.Ended
    source: Source
    rendition: _frames_pb2.Rendition
    padding: bytes
    thinned_count: int
    def __init__(self, epoch: _Optional[int] = ..., sequence: _Optional[int] = ..., dropped_count: _Optional[int] = ..., server_time_s: _Optional[float] = ..., header: _Optional[_Union[_frames_pb2.Header, _Mapping]] = ..., frames: _Optional[_Iterable[_Union[_frames_pb2.Frame, _Mapping]]] = ..., ended: _Optional[_Union[_frames_pb2.Ended, _Mapping]] = ..., source: _Optional[_Union[Source, _Mapping]] = ..., rendition: _Optional[_Union[_frames_pb2.Rendition, _Mapping]] = ..., padding: _Optional[bytes] = ..., thinned_count: _Optional[int] = ...) -> None: ...

class Source(_message.Message):
    __slots__ = ("state", "curve_names")
    STATE_FIELD_NUMBER: _ClassVar[int]
    CURVE_NAMES_FIELD_NUMBER: _ClassVar[int]
    state: SourceState
    curve_names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, state: _Optional[_Union[SourceState, str]] = ..., curve_names: _Optional[_Iterable[str]] = ...) -> None: ...
