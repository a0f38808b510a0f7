from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class FrameMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FRAME_MODE_UNSPECIFIED: _ClassVar[FrameMode]
    FRAME_MODE_LIGHT: _ClassVar[FrameMode]
    FRAME_MODE_FULL: _ClassVar[FrameMode]
FRAME_MODE_UNSPECIFIED: FrameMode
FRAME_MODE_LIGHT: FrameMode
FRAME_MODE_FULL: FrameMode

class Frame(_message.Message):
    __slots__ = ("time_s", "frame_index", "payload")
    TIME_S_FIELD_NUMBER: _ClassVar[int]
    FRAME_INDEX_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    time_s: float
    frame_index: int
    payload: bytes
    def __init__(self, time_s: _Optional[float] = ..., frame_index: _Optional[int] = ..., payload: _Optional[bytes] = ...) -> None: ...
