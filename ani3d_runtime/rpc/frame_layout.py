"""The packed payloads of a frame, as proto/ani3d_runtime/rpc/v1/frames.proto lays them out."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.channel import Channel
from ani3d_runtime.deformation import Detail, Frame
from ani3d_runtime.errors import ServiceError
from ani3d_runtime.geometry.harmonics import SH_C0
from ani3d_runtime.splats import SplatCloud

LAYOUT_VERSION = 1

_LIGHT_HEAD = struct.Struct("<HHIIII")
_FULL_HEAD = struct.Struct("<HHI")
_FULL_BYTES_PER_GAUSSIAN = 36
_QUATERNION_ONE = 32767.0
_MM_PER_M = 1000.0
_LARGEST_HALF = 65504.0


@dataclass(frozen=True)
class FullFrame:
    """Posed Gaussians of one instant, in world space.

    Attributes:
        time_s: media time.
        means_m: [N, 3] metres.
        quats_wxyz: [N, 4] rotations, within 2e-5 of unit length.
        scales_m: [N, 3] standard deviations along the local axes, metres, half precision.
        opacities: [N] 0..1, half precision.
        colours: [N, 3] of harmonic degree 0, half precision.
        capture_time_s: of a live session: when the pose was captured, by the publisher's clock; None otherwise.
    """

    time_s: float
    means_m: Float32Array
    quats_wxyz: Float32Array
    scales_m: Float32Array
    opacities: Float32Array
    colours: Float32Array
    capture_time_s: float | None = None

    @property
    def count(self) -> int:
        """N, the number of Gaussians."""
        return len(self.means_m)


def pack_light(frame: Frame) -> bytes:
    """The payload of a light frame; float32 throughout, so nothing is lost."""
    detail = frame.detail
    channels: list[Float32Array] = []
    mask = 0
    if detail is not None:
        for channel in Channel:
            values: Float32Array | None = getattr(detail, channel.field)
            if values is not None:
                mask |= channel.bit
                channels.append(values)
    indices: Int32Array = detail.indices if detail is not None and mask else np.zeros(0, dtype=np.int32)
    head = _LIGHT_HEAD.pack(
        LAYOUT_VERSION,
        mask,
        len(frame.joint_rotations_wxyz),
        len(frame.node_displacements_m),
        len(frame.coefficients),
        len(indices),
    )
    floats = (
        frame.root_translation_m,
        frame.joint_rotations_wxyz,
        frame.node_displacements_m,
        frame.node_rotations_wxyz,
        frame.coefficients,
    )
    return b"".join(
        [
            head,
            *(np.asarray(array, dtype="<f4").tobytes() for array in floats),
            np.asarray(indices, dtype="<i4").tobytes(),
            *(np.asarray(array, dtype="<f4").tobytes() for array in channels),
        ]
    )


def unpack_light(time_s: float, payload: bytes) -> Frame:
    """The frame of a light payload.

    Raises:
        ServiceError: ``service-bad-frame`` when lengths do not add up or a number is not finite,
            ``service-frame-version`` for a newer layout.
    """
    if len(payload) < _LIGHT_HEAD.size:
        _refuse_length(payload, f"at least {_LIGHT_HEAD.size} bytes")
    version, mask, joints, nodes, coefficients, details = _LIGHT_HEAD.unpack_from(payload)
    _check_version(version)
    channel_count = int(mask).bit_count()
    words = 3 + 4 * joints + 7 * nodes + coefficients + details * (1 + 3 * channel_count)
    if mask >= 1 << len(Channel) or len(payload) != _LIGHT_HEAD.size + 4 * words:
        expected = f"{_LIGHT_HEAD.size + 4 * words} bytes for {joints} joints, {nodes} nodes, {details} details"
        _refuse_length(payload, expected)
    cursor = _Cursor(payload, _LIGHT_HEAD.size)
    root = cursor.take("<f4", (3,))
    frame = Frame(
        time_s=time_s,
        root_translation_m=root,
        joint_rotations_wxyz=cursor.take("<f4", (joints, 4)),
        node_displacements_m=cursor.take("<f4", (nodes, 3)),
        node_rotations_wxyz=cursor.take("<f4", (nodes, 4)),
        coefficients=cursor.take("<f4", (coefficients,)),
    )
    if not channel_count:
        return frame
    indices = cursor.take("<i4", (details,))
    channels = {channel.field: cursor.take("<f4", (details, 3)) for channel in Channel if mask & channel.bit}
    return replace(frame, detail=Detail(indices=indices, **channels))


def pack_full(cloud: SplatCloud) -> bytes:
    """The payload of a full frame, 36 bytes a Gaussian; ``cloud`` is posed, in world space."""
    count = cloud.count
    scales_and_opacity = np.empty((count, 4), dtype="<f2")
    scales_and_opacity[:, :3] = np.minimum(cloud.scales_m * np.float32(_MM_PER_M), np.float32(_LARGEST_HALF))
    scales_and_opacity[:, 3] = cloud.opacities
    colours = np.zeros((count, 4), dtype="<f2")
    colours[:, :3] = np.clip(
        np.float32(0.5) + np.float32(SH_C0) * cloud.sh[:, 0], np.float32(-_LARGEST_HALF), np.float32(_LARGEST_HALF)
    )
    return b"".join(
        (
            _FULL_HEAD.pack(LAYOUT_VERSION, 0, count),
            np.asarray(cloud.means_m, dtype="<f4").tobytes(),
            np.rint(cloud.quats_wxyz * np.float32(_QUATERNION_ONE)).astype("<i2").tobytes(),
            scales_and_opacity.tobytes(),
            colours.tobytes(),
        )
    )


def unpack_full(time_s: float, payload: bytes) -> FullFrame:
    """The Gaussians of a full payload.

    Raises:
        ServiceError: ``service-bad-frame`` when lengths do not add up or a number is not finite,
            ``service-frame-version`` for a newer layout.
    """
    if len(payload) < _FULL_HEAD.size:
        _refuse_length(payload, f"at least {_FULL_HEAD.size} bytes")
    version, _, count = _FULL_HEAD.unpack_from(payload)
    _check_version(version)
    if len(payload) != _FULL_HEAD.size + _FULL_BYTES_PER_GAUSSIAN * count:
        _refuse_length(payload, f"{_FULL_HEAD.size + _FULL_BYTES_PER_GAUSSIAN * count} bytes for {count} Gaussians")
    cursor = _Cursor(payload, _FULL_HEAD.size)
    means = cursor.take("<f4", (count, 3))
    quats: Float32Array = cursor.take("<i2", (count, 4)).astype(np.float32)
    quats /= np.float32(_QUATERNION_ONE)
    scales_and_opacity: Float32Array = cursor.take("<f2", (count, 4)).astype(np.float32)
    scales_and_opacity[:, :3] /= np.float32(_MM_PER_M)
    colours = cursor.take("<f2", (count, 4)).astype(np.float32)
    return FullFrame(
        time_s=time_s,
        means_m=means,
        quats_wxyz=quats,
        scales_m=np.ascontiguousarray(scales_and_opacity[:, :3]),
        opacities=np.ascontiguousarray(scales_and_opacity[:, 3]),
        colours=np.ascontiguousarray(colours[:, :3]),
    )


class _Cursor:
    """Reads arrays one after the other; each owns its memory, because kernels are compiled for writable arrays."""

    def __init__(self, payload: bytes, offset: int) -> None:
        self._payload = payload
        self._offset = offset

    def take(self, dtype: str, shape: tuple[int, ...]) -> NDArray[Any]:
        count = int(np.prod(shape))
        array: NDArray[Any] = np.frombuffer(self._payload, dtype=dtype, count=count, offset=self._offset)
        # A NaN let through here would be everywhere after a blend.
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            _refuse("numbers that are not finite", "finite numbers")
        self._offset += array.nbytes
        return array.reshape(shape).astype(array.dtype.newbyteorder("="))


def _check_version(version: int) -> None:
    if version != LAYOUT_VERSION:
        raise ServiceError(
            "service-frame-version",
            "frame payload",
            found=f"layout version {version}",
            expected=f"version {LAYOUT_VERSION}",
            fix="Install the same ani3d version on client and server.",
        )


def _refuse_length(payload: bytes, expected: str) -> NoReturn:
    _refuse(f"{len(payload)} bytes that do not fit their counts", expected)


def _refuse(found: str, expected: str) -> NoReturn:
    raise ServiceError(
        "service-bad-frame",
        "frame payload",
        found=found,
        expected=expected,
        fix="Install the same ani3d version on client and server; if they are, report this.",
    )
