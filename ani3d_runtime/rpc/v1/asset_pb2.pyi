from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListAvatarsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListAvatarsResponse(_message.Message):
    __slots__ = ("avatars", "refused")
    AVATARS_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    avatars: _containers.RepeatedCompositeFieldContainer[AvatarSummary]
    refused: _containers.RepeatedCompositeFieldContainer[RefusedPackage]
    def __init__(self, avatars: _Optional[_Iterable[_Union[AvatarSummary, _Mapping]]] = ..., refused: _Optional[_Iterable[_Union[RefusedPackage, _Mapping]]] = ...) -> None: ...

class RefusedPackage(_message.Message):
    __slots__ = ("file_name", "code", "subject", "found", "expected", "fix")
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    FOUND_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    FIX_FIELD_NUMBER: _ClassVar[int]
    file_name: str
    code: str
    subject: str
    found: str
    expected: str
    fix: str
    def __init__(self, file_name: _Optional[str] = ..., code: _Optional[str] = ..., subject: _Optional[str] = ..., found: _Optional[str] = ..., expected: _Optional[str] = ..., fix: _Optional[str] = ...) -> None: ...

class AvatarSummary(_message.Message):
    __slots__ = ("avatar_id", "name", "size_bytes", "digest", "gaussian_count", "joint_count", "clips")
    AVATAR_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    GAUSSIAN_COUNT_FIELD_NUMBER: _ClassVar[int]
    JOINT_COUNT_FIELD_NUMBER: _ClassVar[int]
    CLIPS_FIELD_NUMBER: _ClassVar[int]
    avatar_id: str
    name: str
    size_bytes: int
    digest: str
    gaussian_count: int
    joint_count: int
    clips: _containers.RepeatedCompositeFieldContainer[ClipSummary]
    def __init__(self, avatar_id: _Optional[str] = ..., name: _Optional[str] = ..., size_bytes: _Optional[int] = ..., digest: _Optional[str] = ..., gaussian_count: _Optional[int] = ..., joint_count: _Optional[int] = ..., clips: _Optional[_Iterable[_Union[ClipSummary, _Mapping]]] = ...) -> None: ...

class ClipSummary(_message.Message):
    __slots__ = ("name", "fps", "frame_count", "duration_s", "loops", "travel", "in_place", "markers")
    NAME_FIELD_NUMBER: _ClassVar[int]
    FPS_FIELD_NUMBER: _ClassVar[int]
    FRAME_COUNT_FIELD_NUMBER: _ClassVar[int]
    DURATION_S_FIELD_NUMBER: _ClassVar[int]
    LOOPS_FIELD_NUMBER: _ClassVar[int]
    TRAVEL_FIELD_NUMBER: _ClassVar[int]
    IN_PLACE_FIELD_NUMBER: _ClassVar[int]
    MARKERS_FIELD_NUMBER: _ClassVar[int]
    name: str
    fps: float
    frame_count: int
    duration_s: float
    loops: bool
    travel: Travel
    in_place: bool
    markers: _containers.RepeatedCompositeFieldContainer[Marker]
    def __init__(self, name: _Optional[str] = ..., fps: _Optional[float] = ..., frame_count: _Optional[int] = ..., duration_s: _Optional[float] = ..., loops: bool = ..., travel: _Optional[_Union[Travel, _Mapping]] = ..., in_place: bool = ..., markers: _Optional[_Iterable[_Union[Marker, _Mapping]]] = ...) -> None: ...

class Travel(_message.Message):
    __slots__ = ("heading_rad", "x_m", "y_m", "z_m")
    HEADING_RAD_FIELD_NUMBER: _ClassVar[int]
    X_M_FIELD_NUMBER: _ClassVar[int]
    Y_M_FIELD_NUMBER: _ClassVar[int]
    Z_M_FIELD_NUMBER: _ClassVar[int]
    heading_rad: float
    x_m: float
    y_m: float
    z_m: float
    def __init__(self, heading_rad: _Optional[float] = ..., x_m: _Optional[float] = ..., y_m: _Optional[float] = ..., z_m: _Optional[float] = ...) -> None: ...

class Marker(_message.Message):
    __slots__ = ("name", "time_s", "kind")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TIME_S_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    name: str
    time_s: float
    kind: str
    def __init__(self, name: _Optional[str] = ..., time_s: _Optional[float] = ..., kind: _Optional[str] = ...) -> None: ...

class GetManifestRequest(_message.Message):
    __slots__ = ("avatar_id",)
    AVATAR_ID_FIELD_NUMBER: _ClassVar[int]
    avatar_id: str
    def __init__(self, avatar_id: _Optional[str] = ...) -> None: ...

class GetManifestResponse(_message.Message):
    __slots__ = ("avatar", "manifest_json")
    AVATAR_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_JSON_FIELD_NUMBER: _ClassVar[int]
    avatar: AvatarSummary
    manifest_json: bytes
    def __init__(self, avatar: _Optional[_Union[AvatarSummary, _Mapping]] = ..., manifest_json: _Optional[bytes] = ...) -> None: ...

class DownloadRequest(_message.Message):
    __slots__ = ("avatar_id", "offset", "limit", "if_digest")
    AVATAR_ID_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    IF_DIGEST_FIELD_NUMBER: _ClassVar[int]
    avatar_id: str
    offset: int
    limit: int
    if_digest: str
    def __init__(self, avatar_id: _Optional[str] = ..., offset: _Optional[int] = ..., limit: _Optional[int] = ..., if_digest: _Optional[str] = ...) -> None: ...

class DownloadResponse(_message.Message):
    __slots__ = ("offset", "data", "digest", "total_size_bytes")
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    offset: int
    data: bytes
    digest: str
    total_size_bytes: int
    def __init__(self, offset: _Optional[int] = ..., data: _Optional[bytes] = ..., digest: _Optional[str] = ..., total_size_bytes: _Optional[int] = ...) -> None: ...
